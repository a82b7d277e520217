#include "train/ops.h"

#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "perceiver/separable_kernel.h"
#include "train/kernels.h"
#include "train/pieces.h"

namespace perceiver::train {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

template <typename T>
T* bits(const Tensor& t) {
    return t.defined() ? static_cast<T*>(t.data_ptr()) : nullptr;
}
float* floats(const Tensor& t) { return bits<float>(t); }

// Calls f with a float or a std::uint16_t, whichever stands for the type of the activations.
template <typename F>
void by_type(at::ScalarType type, F f) {
    if (type == at::kBFloat16)
        f(std::uint16_t{});
    else
        f(float{});
}

struct AddNorm : Function<AddNorm> {
    static variable_list forward(AutogradContext* ctx, const Tensor& x, const Tensor& delta,
                                 const Tensor& bias, const Tensor& scale, const Tensor& shift, double eps,
                                 at::ScalarType compute) {
        const std::int64_t rows = x.size(0), d = x.size(1);
        Tensor sum = at::empty_like(x), out = at::empty({rows, d}, compute);
        Tensor mean = at::empty({rows}, at::kFloat), rstd = at::empty({rows}, at::kFloat);
        by_type(compute, [&]<typename T>(T) {
            pieces(rows, slots_for(rows), [&](std::int64_t a, std::int64_t b, std::int64_t) {
                kernels<T>().add_norm({b - a, d, static_cast<float>(eps)}, floats(x) + a * d,
                                      delta.numel() ? bits<T>(delta) + a * d : nullptr,
                                      bias.numel() ? floats(bias) : nullptr, floats(scale), floats(shift),
                                      floats(sum) + a * d, bits<T>(out) + a * d, floats(mean) + a,
                                      floats(rstd) + a);
            });
        });
        ctx->save_for_backward({sum, mean, rstd, scale});
        ctx->saved_data["compute"] = static_cast<std::int64_t>(compute);
        ctx->saved_data["delta"] = delta.numel() > 0;
        ctx->saved_data["bias"] = bias.numel() > 0;
        ctx->set_materialize_grads(false);
        return {sum, out};
    }
    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        const auto saved = ctx->get_saved_variables();
        const Tensor &sum = saved[0], &mean = saved[1], &rstd = saved[2], &scale = saved[3];
        const auto compute = static_cast<at::ScalarType>(ctx->saved_data["compute"].toInt());
        const bool has_delta = ctx->saved_data["delta"].toBool(), has_bias = ctx->saved_data["bias"].toBool();
        const std::int64_t rows = sum.size(0), d = sum.size(1), slots = slots_for(rows);
        const Tensor grad_sum = grads[0].defined() ? grads[0].contiguous() : Tensor();
        const Tensor grad_out = grads[1].contiguous();
        Tensor grad_x = at::empty_like(sum),
               grad_delta = has_delta ? at::empty({rows, d}, compute) : Tensor();
        Tensor columns = zero_slots(slots, 3 * d);
        by_type(compute, [&]<typename T>(T) {
            pieces(rows, slots, [&](std::int64_t a, std::int64_t b, std::int64_t s) {
                float* c = floats(columns) + s * 3 * d;
                const NormGradients<T> grad{grad_sum.defined() ? floats(grad_sum) + a * d : nullptr,
                                            bits<T>(grad_out) + a * d,
                                            floats(grad_x) + a * d,
                                            has_delta ? bits<T>(grad_delta) + a * d : nullptr,
                                            has_bias ? c : nullptr,
                                            c + d,
                                            c + 2 * d};
                kernels<T>().add_norm_backward({b - a, d, 0.0f}, floats(sum) + a * d, floats(mean) + a,
                                               floats(rstd) + a, floats(scale), grad);
            });
        });
        columns = columns.sum(0).view({3, d});
        return {grad_x,   grad_delta, has_bias ? columns[0] : Tensor(), columns[1], columns[2],
                Tensor(), Tensor()};
    }
};

struct BiasGelu : Function<BiasGelu> {
    static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& bias) {
        const std::int64_t rows = x.size(0), d = x.size(1);
        Tensor out = at::empty_like(x);
        by_type(x.scalar_type(), [&]<typename T>(T) {
            pieces(rows, slots_for(rows), [&](std::int64_t a, std::int64_t b, std::int64_t) {
                kernels<T>().bias_gelu(b - a, d, bits<T>(x) + a * d, floats(bias), bits<T>(out) + a * d);
            });
        });
        ctx->save_for_backward({x, bias});
        return out;
    }
    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        const auto saved = ctx->get_saved_variables();
        const Tensor &x = saved[0], &bias = saved[1];
        const Tensor g = grads[0].contiguous();
        const std::int64_t rows = x.size(0), d = x.size(1), slots = slots_for(rows);
        Tensor grad_x = at::empty_like(x), columns = zero_slots(slots, d);
        by_type(x.scalar_type(), [&]<typename T>(T) {
            pieces(rows, slots, [&](std::int64_t a, std::int64_t b, std::int64_t s) {
                kernels<T>().bias_gelu_backward(b - a, d, bits<T>(x) + a * d, floats(bias),
                                                bits<T>(g) + a * d, bits<T>(grad_x) + a * d,
                                                floats(columns) + s * d);
            });
        });
        return {grad_x, columns.sum(0)};
    }
};

struct SelfAttention : Function<SelfAttention> {
    static Tensor forward(AutogradContext* ctx, const Tensor& qkv, const Tensor& bias, std::int64_t latents,
                          std::int64_t heads) {
        const std::int64_t d = qkv.size(1) / 3, batch = qkv.size(0) / latents;
        const AttentionShape shape{latents, d, heads};
        Tensor out = at::empty({batch * latents, d}, qkv.scalar_type());
        Tensor weights = at::empty({batch, heads, latents, latents}, qkv.scalar_type());
        by_type(qkv.scalar_type(), [&]<typename T>(T) {
            pieces(batch, slots_for(batch), [&](std::int64_t a, std::int64_t b, std::int64_t) {
                std::vector<float> scratch(static_cast<std::size_t>(attention_scratch(shape)));
                for (std::int64_t i = a; i < b; ++i)
                    kernels<T>().attention(shape, bits<T>(qkv) + i * latents * 3 * d, floats(bias),
                                           bits<T>(out) + i * latents * d,
                                           bits<T>(weights) + i * heads * latents * latents, scratch.data());
            });
        });
        ctx->save_for_backward({qkv, bias, weights});
        ctx->saved_data["heads"] = heads;
        return out;
    }
    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        const auto saved = ctx->get_saved_variables();
        const Tensor &qkv = saved[0], &bias = saved[1], &weights = saved[2];
        const Tensor g = grads[0].contiguous();
        const std::int64_t d = qkv.size(1) / 3, latents = weights.size(2), heads = weights.size(1);
        const std::int64_t batch = weights.size(0), slots = slots_for(batch);
        const AttentionShape shape{latents, d, heads};
        Tensor grad = at::empty_like(qkv), columns = zero_slots(slots, 3 * d);
        by_type(qkv.scalar_type(), [&]<typename T>(T) {
            pieces(batch, slots, [&](std::int64_t a, std::int64_t b, std::int64_t s) {
                std::vector<float> scratch(static_cast<std::size_t>(attention_scratch(shape)));
                for (std::int64_t i = a; i < b; ++i)
                    kernels<T>().attention_backward(
                        shape, bits<T>(qkv) + i * latents * 3 * d, floats(bias),
                        bits<T>(weights) + i * heads * latents * latents, bits<T>(g) + i * latents * d,
                        bits<T>(grad) + i * latents * 3 * d, floats(columns) + s * 3 * d, scratch.data());
            });
        });
        return {grad, columns.sum(0), Tensor(), Tensor()};
    }
};

// One picture's tables or results as three arrays, between the packed rows [a | row | col] and the kernel.
struct Unpacked {
    std::int64_t queries, channels, rows, cols;
    std::vector<float> a, row, col;

    Unpacked(std::int64_t q, std::int64_t k, std::int64_t r, std::int64_t c)
        : queries(q), channels(k), rows(r), cols(c), a(q * k), row(q * r), col(q * c) {}

    std::int64_t width() const { return channels + rows + cols; }
    TableShape shape() const { return {queries, channels, rows, cols}; }

    template <typename T>
    void read(const T* from) {
        kernels<T>().unpack_tables(shape(), from, a.data(), row.data(), col.data());
    }
    template <typename T>
    void write(T* to) const {
        kernels<T>().pack_tables(shape(), a.data(), row.data(), col.data(), to);
    }
    void add_to(float* to) const {
        for (std::int64_t q = 0; q < queries; ++q, to += width()) {
            for (std::int64_t i = 0; i < channels; ++i) to[i] += a[q * channels + i];
            for (std::int64_t i = 0; i < rows; ++i) to[channels + i] += row[q * rows + i];
            for (std::int64_t i = 0; i < cols; ++i) to[channels + rows + i] += col[q * cols + i];
        }
    }
};

struct CrossAttend : Function<CrossAttend> {
    static SeparableGrid grid_of(const Tensor& rstd, const Tensor& data, std::int64_t i) {
        const std::int64_t channels = data.size(1), rows = data.size(2), cols = data.size(3);
        return {rows, cols, channels, floats(rstd) + i * rows * cols,
                floats(data) + i * channels * rows * cols};
    }
    static Tensor forward(AutogradContext* ctx, const Tensor& tables, const Tensor& rstd, const Tensor& data,
                          std::int64_t latents, std::int64_t heads, at::ScalarType compute) {
        const std::int64_t batch = data.size(0), q = latents * heads;
        const std::int64_t k = data.size(1), rows = data.size(2), cols = data.size(3),
                           n = q * (k + rows + cols);
        const bool shared = tables.numel() == n;
        Tensor out = at::empty({batch, n}, compute), log_sum = at::empty({batch, q}, at::kFloat);
        by_type(tables.scalar_type(), [&]<typename In>(In) {
            by_type(compute, [&]<typename Out>(Out) {
                pieces(batch, slots_for(batch), [&](std::int64_t first, std::int64_t last, std::int64_t) {
                    Unpacked in(q, k, rows, cols), sums(q, k, rows, cols);
                    if (shared) in.read(bits<In>(tables));
                    for (std::int64_t i = first; i < last; ++i) {
                        if (!shared) in.read(bits<In>(tables) + i * n);
                        separable_attend(grid_of(rstd, data, i), q, in.a.data(), in.row.data(), in.col.data(),
                                         floats(log_sum) + i * q, sums.a.data(), sums.row.data(),
                                         sums.col.data());
                        sums.write(bits<Out>(out) + i * n);
                    }
                });
            });
        });
        ctx->save_for_backward({tables, rstd, data, log_sum, out});
        return out.view({batch * latents, n / latents});
    }
    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        const auto saved = ctx->get_saved_variables();
        const Tensor &tables = saved[0], &rstd = saved[1], &data = saved[2], &log_sum = saved[3],
                     &out = saved[4];
        const Tensor g = grads[0].contiguous();
        const std::int64_t batch = data.size(0), q = log_sum.size(1), n = out.size(1);
        const std::int64_t k = data.size(1), rows = data.size(2), cols = data.size(3),
                           slots = slots_for(batch);
        const bool shared = tables.numel() == n;
        Tensor grad = shared ? zero_slots(slots, n) : at::empty_like(tables);
        by_type(tables.scalar_type(), [&]<typename In>(In) {
            by_type(out.scalar_type(), [&]<typename Out>(Out) {
                pieces(batch, slots, [&](std::int64_t first, std::int64_t last, std::int64_t slot) {
                    Unpacked in(q, k, rows, cols), sums(q, k, rows, cols), back(q, k, rows, cols),
                        to(q, k, rows, cols);
                    if (shared) in.read(bits<In>(tables));
                    for (std::int64_t i = first; i < last; ++i) {
                        if (!shared) in.read(bits<In>(tables) + i * n);
                        sums.read(bits<Out>(out) + i * n);
                        back.read(bits<Out>(g) + i * n);
                        separable_attend_backward(grid_of(rstd, data, i), q, in.a.data(), in.row.data(),
                                                  in.col.data(), floats(log_sum) + i * q, sums.a.data(),
                                                  sums.row.data(), sums.col.data(), back.a.data(),
                                                  back.row.data(), back.col.data(), to.a.data(),
                                                  to.row.data(), to.col.data());
                        if (shared)
                            to.add_to(floats(grad) + slot * n);
                        else
                            to.write(bits<In>(grad) + i * n);
                    }
                });
            });
        });
        if (shared) grad = grad.sum(0).view_as(tables).to(tables.scalar_type());
        return {grad, Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

// Runs a kernel over the rows of x, [..., cols].
template <typename T, typename F>
void by_rows(const Tensor& x, F f) {
    const std::int64_t cols = x.size(-1), rows = x.numel() / cols;
    pieces(rows, slots_for(rows), [&](std::int64_t a, std::int64_t b, std::int64_t) {
        std::vector<float> scratch(static_cast<std::size_t>(softmax_scratch(cols)));
        f(b - a, cols, a * cols, scratch.data());
    });
}

struct DenseAttend : Function<DenseAttend> {
    static Tensor forward(AutogradContext* ctx, const Tensor& queries, const Tensor& tokens) {
        const Tensor weights = queries.expand({tokens.size(0), -1, -1}).bmm(tokens.transpose(1, 2));
        by_type(weights.scalar_type(), [&]<typename T>(T) {
            by_rows<T>(weights, [&](std::int64_t rows, std::int64_t cols, std::int64_t at, float* scratch) {
                kernels<T>().softmax(rows, cols, bits<T>(weights) + at, scratch);
            });
        });
        ctx->save_for_backward({weights, tokens});
        ctx->saved_data["shared"] = queries.size(0) == 1;
        return weights.bmm(tokens);
    }
    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        const auto saved = ctx->get_saved_variables();
        const Tensor &weights = saved[0], &tokens = saved[1];
        const Tensor scores = grads[0].bmm(tokens.transpose(1, 2));
        by_type(scores.scalar_type(), [&]<typename T>(T) {
            by_rows<T>(scores, [&](std::int64_t rows, std::int64_t cols, std::int64_t at, float* scratch) {
                kernels<T>().softmax_backward(rows, cols, bits<T>(weights) + at, bits<T>(scores) + at, scratch);
            });
        });
        const Tensor grad = scores.bmm(tokens);
        return {ctx->saved_data["shared"].toBool() ? grad.sum(0, true) : grad, Tensor()};
    }
};

}  // namespace

std::pair<Tensor, Tensor> add_norm(const Tensor& x, const Tensor& delta, const Tensor& bias,
                                   const Tensor& scale, const Tensor& shift, double eps,
                                   at::ScalarType compute) {
    const Tensor none = at::empty({0}, at::kFloat);  // autograd functions take no undefined tensors
    const auto r = AddNorm::apply(x, delta.defined() ? delta : none, bias.defined() ? bias : none, scale,
                                  shift, eps, compute);
    return {r[0], r[1]};
}
Tensor bias_gelu(const Tensor& x, const Tensor& bias) { return BiasGelu::apply(x, bias); }
Tensor self_attention(const Tensor& qkv, const Tensor& bias, std::int64_t latents, std::int64_t heads) {
    return SelfAttention::apply(qkv, bias, latents, heads);
}
Tensor cross_attend(const Tensor& queries, const TokenBatch& batch, std::int64_t latents,
                    std::int64_t heads) {
    const Tensor& x = batch.tokens;
    const std::int64_t examples = x.size(0), channels = x.size(2);
    return DenseAttend::apply(queries.to(x.scalar_type()).view({-1, latents * heads, channels}), x)
        .view({examples * latents, heads * channels});
}
Tensor cross_attend(const Tensor& tables, const GridBatch& grid, std::int64_t latents, std::int64_t heads,
                    at::ScalarType compute) {
    return CrossAttend::apply(tables, grid.rstd, grid.data, latents, heads, compute);
}

}  // namespace perceiver::train
