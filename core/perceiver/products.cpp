#include "perceiver/products.h"

#include <ATen/Parallel.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <dlfcn.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "base/error.h"

#ifdef PERCEIVERSCOPE_ONEDNN
#include <map>
#include <mutex>
#include <tuple>
#include <oneapi/dnnl/dnnl.hpp>
#else
#include <torch/version.h>
#endif

namespace perceiver {
namespace {

void require_offered(Precision precision) {
    if (!offers(precision))
        throw Error(ErrorCode::usage,
                    "bfloat16 is not offered here: it needs oneDNN and a processor with bfloat16 instructions.");
}

}  // namespace

#ifdef PERCEIVERSCOPE_ONEDNN
namespace {

using Desc = dnnl::memory::desc;
using Dims = dnnl::memory::dims;
constexpr auto f32 = dnnl::memory::data_type::f32;
dnnl::memory::data_type data_type(at::ScalarType type) {
    return type == at::kBFloat16 ? dnnl::memory::data_type::bf16 : f32;
}
enum class After { nothing, gelu_erf, gelu_tanh, add };

dnnl::engine& cpu() {
    static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}
/// Streams may not be shared between threads.
dnnl::stream& stream() {
    thread_local dnnl::stream stream(cpu());
    return stream;
}

dnnl::primitive_attr attributes(After after) {
    dnnl::primitive_attr attr;
    // A scratchpad of the caller's: with the library's own, a primitive may not run on two threads at once.
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    dnnl::post_ops ops;
    if (after == After::gelu_erf) ops.append_eltwise(1.f, dnnl::algorithm::eltwise_gelu_erf, 0, 0);
    if (after == After::gelu_tanh) ops.append_eltwise(1.f, dnnl::algorithm::eltwise_gelu_tanh, 0, 0);
    if (after == After::add) ops.append_sum(1.f);
    attr.set_post_ops(ops);
    return attr;
}

/// A made product and where its scratchpad goes.
struct Made {
    dnnl::matmul::primitive_desc desc;
    dnnl::matmul primitive;
    void run(std::unordered_map<int, dnnl::memory> arguments) const {
        arguments.emplace(DNNL_ARG_SCRATCHPAD, dnnl::memory(desc.scratchpad_desc(), cpu()));
        primitive.execute(stream(), arguments);
        stream().wait();
    }
};

dnnl::memory memory(const Desc& desc, const at::Tensor& t) { return {desc, cpu(), t.data_ptr()}; }

}  // namespace

struct PackedLinear::Packed {
    std::int64_t out = 0, in = 0;
    at::ScalarType type = at::kFloat;
    at::Tensor bias;
    Desc weight_desc, bias_desc;
    dnnl::memory weight;
    std::mutex mutex;
    std::map<std::tuple<std::int64_t, After, at::ScalarType>, Made>
        made;  ///< by rows of x: oneDNN plans for exact shapes

    const Made& plan(std::int64_t rows, After after, at::ScalarType result) {
        const std::lock_guard lock(mutex);
        const auto key = std::make_tuple(rows, after, result);
        if (const auto it = made.find(key); it != made.end()) return it->second;
        const Desc x({rows, in}, data_type(type), dnnl::memory::format_tag::ab),
            y({rows, out}, data_type(result), dnnl::memory::format_tag::ab);
        const dnnl::matmul::desc op(x, weight_desc, bias_desc, y);
        const dnnl::matmul::primitive_desc desc(op, attributes(after), cpu());
        return made.emplace(key, Made{desc, dnnl::matmul(desc)}).first->second;
    }
    void run(const at::Tensor& x, const at::Tensor& y, After after) {
        const at::Tensor from = x.to(type).contiguous();
        const Made& plan_ = plan(x.size(0), after, y.scalar_type());
        plan_.run({{DNNL_ARG_SRC, memory(plan_.desc.src_desc(), from)}, {DNNL_ARG_WEIGHTS, weight},
                   {DNNL_ARG_BIAS, memory(bias_desc, bias)}, {DNNL_ARG_DST, memory(plan_.desc.dst_desc(), y)}});
    }
    at::Tensor result(const at::Tensor& x, at::ScalarType of, After after) {
        at::Tensor y = at::empty({x.size(0), out}, of);
        run(x, y, after);
        return y;
    }
};

bool offers(Precision precision) {
    return precision == Precision::float32 || dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core_bf16;
}

PackedLinear::PackedLinear(const at::Tensor& weight, const at::Tensor& bias, Precision precision)
    : packed_(std::make_unique<Packed>()) {
    require_offered(precision);
    auto& p = *packed_;
    p.out = weight.size(0);
    p.in = weight.size(1);
    p.type = precision == Precision::bfloat16 ? at::kBFloat16 : at::kFloat;
    p.bias = bias.to(at::kFloat).contiguous();
    p.bias_desc = Desc({1, p.out}, f32, dnnl::memory::format_tag::ab);
    // Ask oneDNN for its favourite layout at a typical number of rows; every plan then takes that layout as it is.
    const auto kept = data_type(p.type);
    const Desc x({256, p.in}, kept, dnnl::memory::format_tag::ab), y({256, p.out}, f32, dnnl::memory::format_tag::ab);
    const dnnl::matmul::primitive_desc desc(
        dnnl::matmul::desc(x, Desc({p.in, p.out}, kept, dnnl::memory::format_tag::any), p.bias_desc, y),
        attributes(After::nothing), cpu());
    p.weight_desc = desc.weights_desc();
    p.weight = dnnl::memory(p.weight_desc, cpu());
    const at::Tensor plain = weight.to(at::kFloat).contiguous();
    auto from = memory(Desc({p.in, p.out}, f32, dnnl::memory::format_tag::ba), plain);
    dnnl::reorder(from, p.weight).execute(stream(), from, p.weight);
    stream().wait();
}

at::ScalarType PackedLinear::type() const { return packed_->type; }
at::Tensor PackedLinear::operator()(const at::Tensor& x) const {
    return packed_->result(x, at::kFloat, After::nothing);
}
at::Tensor PackedLinear::hidden(const at::Tensor& x) const { return packed_->result(x, packed_->type, After::nothing); }
at::Tensor PackedLinear::gelu(const at::Tensor& x, Activation activation) const {
    return packed_->result(x, packed_->type, activation == Activation::gelu ? After::gelu_erf : After::gelu_tanh);
}
void PackedLinear::add_to(at::Tensor& y, const at::Tensor& x) const { packed_->run(x, y, After::add); }

at::Tensor product(const at::Tensor& a, const at::Tensor& b) {
    at::Tensor y = at::empty({a.size(0), a.size(1), b.size(2)}, at::kFloat);
    product_into(y, a, b);
    return y;
}

void product_into(at::Tensor& y, const at::Tensor& a, const at::Tensor& b) {
    const auto desc_of = [](const at::Tensor& t) {
        return Desc(Dims(t.sizes().vec()), data_type(t.scalar_type()), Dims(t.strides().vec()));
    };
    const Desc ad = desc_of(a), bd = desc_of(b), yd = desc_of(y);
    // Plans are kept: making one costs more than a small product. Shapes come from a handful of layers.
    thread_local std::map<std::vector<std::int64_t>, Made> made;
    std::vector<std::int64_t> key = a.sizes().vec();
    for (auto v : {a.strides(), b.sizes(), b.strides(), y.strides()}) key.insert(key.end(), v.begin(), v.end());
    for (const auto type : {a.scalar_type(), y.scalar_type()}) key.push_back(static_cast<std::int64_t>(type));
    auto it = made.find(key);
    if (it == made.end()) {
        if (made.size() > 256) made.clear();
        const dnnl::matmul::primitive_desc desc(dnnl::matmul::desc(ad, bd, yd), attributes(After::nothing), cpu());
        it = made.emplace(key, Made{desc, dnnl::matmul(desc)}).first;
    }
    it->second.run({{DNNL_ARG_SRC, memory(ad, a)}, {DNNL_ARG_WEIGHTS, memory(bd, b)}, {DNNL_ARG_DST, memory(yd, y)}});
}

std::string product_kernels() {
    const auto* v = dnnl::version();
    const char* isa = "plain";
    switch (dnnl::get_effective_cpu_isa()) {
        case dnnl::cpu_isa::sse41: isa = "SSE4.1"; break;
        case dnnl::cpu_isa::avx: isa = "AVX"; break;
        case dnnl::cpu_isa::avx2: isa = "AVX2"; break;
        case dnnl::cpu_isa::avx512_core: isa = "AVX-512"; break;
        case dnnl::cpu_isa::avx512_core_vnni: isa = "AVX-512 VNNI"; break;
        case dnnl::cpu_isa::avx512_core_bf16: isa = "AVX-512 BF16"; break;
        default: break;
    }
    return "oneDNN " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch) +
           ", " + isa;
}

#else  // LibTorch alone

bool offers(Precision precision) { return precision == Precision::float32; }

struct PackedLinear::Packed {
    at::Tensor weight, bias;
};
PackedLinear::PackedLinear(const at::Tensor& weight, const at::Tensor& bias, Precision precision)
    : packed_(new Packed{weight.to(at::kFloat).contiguous(), bias.to(at::kFloat).contiguous()}) {
    require_offered(precision);
}
at::ScalarType PackedLinear::type() const { return at::kFloat; }
at::Tensor PackedLinear::operator()(const at::Tensor& x) const { return at::linear(x, packed_->weight, packed_->bias); }
at::Tensor PackedLinear::hidden(const at::Tensor& x) const { return (*this)(x); }
at::Tensor PackedLinear::gelu(const at::Tensor& x, Activation activation) const {
    return at::gelu((*this)(x), activation == Activation::gelu ? "none" : "tanh");
}
void PackedLinear::add_to(at::Tensor& y, const at::Tensor& x) const { y.add_((*this)(x)); }
at::Tensor product(const at::Tensor& a, const at::Tensor& b) { return at::bmm(a, b); }
void product_into(at::Tensor& y, const at::Tensor& a, const at::Tensor& b) { y.copy_(at::bmm(a, b)); }
std::string product_kernels() { return "LibTorch " TORCH_VERSION; }

#endif

PackedLinear::~PackedLinear() = default;
PackedLinear::PackedLinear(PackedLinear&&) noexcept = default;
PackedLinear& PackedLinear::operator=(PackedLinear&&) noexcept = default;

void set_threads(int threads) {
    at::set_num_threads(threads);
#ifdef _OPENMP
    omp_set_num_threads(threads);
#endif
    // OpenBLAS with its own threads keeps a count of its own.
    if (auto* set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(threads);
}

std::string blas_kernels() {
    const auto text = [](const char* symbol) -> const char* {
        auto* get = reinterpret_cast<const char* (*)()>(dlsym(RTLD_DEFAULT, symbol));
        return get ? get() : nullptr;
    };
    // The program may have been loaded with RTLD_LOCAL, where RTLD_DEFAULT doesn't see LibTorch's libraries.
    const char* core = text("openblas_get_corename");
    const char* config = text("openblas_get_config");
    if (core) return "OpenBLAS, " + std::string(core) + " kernels" + (config ? " (" + std::string(config) + ")" : "");
    return "";
}

}  // namespace perceiver
