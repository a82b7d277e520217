#include "inspect/cost.h"

#include <functional>
#include <numeric>
#include <set>

namespace perceiver::inspect {
namespace {

using Kind = PartCost::Kind;

constexpr std::int64_t float_bytes = 4;

std::int64_t product_of(const std::vector<std::int64_t>& factors) {
    return std::accumulate(factors.begin(), factors.end(), std::int64_t{1}, std::multiplies<>());
}

/// 2 a multiply-add of [rows, inner] times [inner, cols].
double product(std::int64_t rows, std::int64_t inner, std::int64_t cols) {
    return 2.0 * double(rows) * double(inner) * double(cols);
}

/// N queries of D channels attend to M elements of C channels, and the MLP after it.
struct Attention {
    std::int64_t n, d, m, c, heads, qk, v, widening;

    double flops(Activation activation) const {
        const std::int64_t hidden = widening * d, gates = activation == Activation::geglu ? 2 : 1;
        return product(n, d, qk) + product(m, c, qk) + product(m, c, v)    // queries, keys, values
               + product(n, qk, m) + product(n, m, v)                      // logits, weighted values, of all heads
               + 3.0 * double(heads) * double(n) * double(m)               // softmax
               + product(n, v, d) + product(n, d, gates * hidden) + product(n, hidden, d);
    }
    std::int64_t matrix_bytes() const { return float_bytes * heads * n * m; }
    std::int64_t plain_bytes() const { return float_bytes * (n * qk + m * qk + m * v) + matrix_bytes(); }
};

Attention attention_of(const Config& config, const CrossModule& module, std::int64_t elements) {
    return {config.num_latents, config.latent_channels, elements, config.token_channels(),
            module.heads, config.qk_channels(module), config.v_channels(module), module.widening};
}
Attention attention_of(const Config& config, const BlockModule& module) {
    const std::int64_t n = config.num_latents, d = config.latent_channels;
    return {n, d, n, d, module.heads, config.qk_channels(module), config.v_channels(module), module.widening};
}

/// Trained numbers of the tensors whose names begin so.
std::int64_t parameters_of(const std::vector<TensorSpec>& specs, const std::string& prefix) {
    std::int64_t count = 0;
    for (const auto& spec : specs)
        if (spec.trained && spec.name.rfind(prefix, 0) == 0) count += product_of(spec.shape);
    return count;
}

PartCost cross_cost(const Config& config, const CrossModule& module, const Workload& workload) {
    const Attention a = attention_of(config, module, workload.elements);
    PartCost part{.kind = Kind::cross_attend};
    part.flops = a.flops(config.activation);
    part.plain_bytes = a.plain_bytes();
    part.matrix_bytes = a.matrix_bytes();
    // Folded queries, their offsets and log-sums, scores by row and column, and the latents.
    part.kept_bytes = float_bytes * (a.heads * a.n * (a.c + 2 + workload.separable_width) + a.n * a.d);
    return part;
}

PartCost block_cost(const Config& config, const BlockModule& module) {
    const Attention a = attention_of(config, module);
    PartCost part{.kind = Kind::latent_block, .layers = module.layers};
    part.flops = double(module.layers) * a.flops(config.activation);
    part.plain_bytes = a.plain_bytes();
    part.matrix_bytes = module.layers * a.matrix_bytes();
    part.kept_bytes = float_bytes * a.n * a.d;   // the latents after it
    return part;
}

PartCost decoder_cost(const Config& config, const Workload& workload) {
    const auto& decoder = config.decoder;
    const CrossModule module = config.decoder_cross();
    PartCost part{.kind = Kind::decoder};
    std::int64_t queries = 0, answers = 0;
    for (const auto& output : decoder.outputs) {
        const auto asked = workload.places.find(output.name);
        const std::int64_t places =
            asked != workload.places.end() ? asked->second : product_of(output.dims) == 1 ? 1 : 0;
        queries += places;
        answers += places * (output.channels ? output.channels : decoder.output_channels);
        part.flops += product(places, decoder.output_channels, output.channels);
    }
    const std::int64_t q = decoder.query_channels(), n = config.num_latents;
    const Attention a{queries, q, n, config.latent_channels, module.heads, module.qk_channels, module.v_channels,
                      module.widening};
    part.flops += a.flops(config.activation) + product(queries, q, decoder.output_channels);
    part.plain_bytes = a.plain_bytes();
    part.matrix_bytes = a.matrix_bytes();
    // The decoder's attention is small and stays as it is, with its queries, what came of them and the answers.
    part.kept_bytes = a.matrix_bytes() + float_bytes * (queries * (2 * q + decoder.output_channels) + answers);
    return part;
}

PartCost head_cost(const Config& config) {
    PartCost part{.kind = Kind::head};
    part.flops = product(1, config.latent_channels, config.num_classes);
    part.kept_bytes = float_bytes * (config.latent_channels + config.num_classes);
    return part;
}

template <class T, class Of>
T sum(const std::vector<PartCost>& parts, Of of) {
    T total = 0;
    for (const auto& part : parts) total += of(part);
    return total;
}

}  // namespace

std::int64_t Cost::parameters() const {
    return sum<std::int64_t>(parts, [](const PartCost& p) { return p.shared ? 0 : p.parameters; });
}
double Cost::flops() const {
    return sum<double>(parts, [](const PartCost& p) { return p.flops; });
}
std::int64_t Cost::matrix_bytes() const {
    return sum<std::int64_t>(parts, [](const PartCost& p) { return p.matrix_bytes; });
}
std::int64_t Cost::kept_bytes() const {
    return sum<std::int64_t>(parts, [](const PartCost& p) { return p.kept_bytes; });
}

Cost cost(const Config& config, const Workload& workload) {
    const auto specs = tensor_specs(config);
    Cost out;
    std::set<std::string> seen;
    const auto add = [&](PartCost part, const std::string& prefix) {
        part.parameters = parameters_of(specs, prefix);
        part.shared = !seen.insert(prefix).second;
        out.parts.push_back(part);
    };
    add({.kind = Kind::input}, "input.");
    add({.kind = Kind::latents}, "latents");
    for (std::size_t s = 0; s < config.stages.size(); ++s) {
        const Stage& stage = config.stages[s];
        PartCost cross = cross_cost(config, config.cross_modules[static_cast<std::size_t>(stage.cross)], workload);
        cross.stage = s;
        cross.module = stage.cross;
        add(cross, "cross." + std::to_string(stage.cross) + ".");
        for (std::size_t b = 0; b < stage.blocks.size(); ++b) {
            PartCost block = block_cost(config, config.block_modules[static_cast<std::size_t>(stage.blocks[b])]);
            block.stage = s;
            block.block = b;
            block.module = stage.blocks[b];
            add(block, "block." + std::to_string(stage.blocks[b]) + ".");
        }
    }
    if (config.head == Config::Head::mean) add(head_cost(config), "head.");
    if (config.head == Config::Head::decoder) add(decoder_cost(config, workload), "decoder.");
    return out;
}

}  // namespace perceiver::inspect
