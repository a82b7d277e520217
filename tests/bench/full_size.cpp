#include "bench/full_size.h"

#include "support/tiny_model.h"

namespace perceiver::bench {

Config imagenet(std::int64_t side, std::int64_t latents, std::int64_t blocks) {
    Config c;
    c.num_latents = latents;
    c.latent_channels = 1024;
    c.cross_modules = {{1, 0, 0, 1}, {1, 0, 0, 1}};
    c.block_modules = {{6, 8, 0, 0, 1}};
    for (std::int64_t b = 0; b < blocks; ++b) c.stages.push_back({b ? 1 : 0, {0}});
    if (blocks < 2) c.cross_modules.pop_back();
    c.num_classes = 1000;
    c.input.position.num_bands = 64;
    c.input.position.max_resolution = {double(side), double(side)};
    return c;
}

Config cross_attend_alone(std::int64_t side, std::int64_t latents, std::int64_t heads) {
    Config c = imagenet(side, latents, 1);
    c.latent_channels = 16;
    c.cross_modules[0].heads = heads;
    c.cross_modules[0].qk_channels = c.cross_modules[0].v_channels = heads == 1 ? 0 : 256;
    c.block_modules.clear();
    c.stages = {{0, {}}};
    c.num_classes = 10;
    return c;
}

Weights plausible_weights(const Config& config) {
    Weights weights;
    auto random = test::generator(1);
    for (const auto& spec : tensor_specs(config)) {
        at::Tensor t = at::randn(spec.shape, random);
        t.mul_(spec.shape.size() == 2 && spec.name != "latents" ? 1 / std::sqrt(double(spec.shape[1])) : 0.02);
        if (spec.name.find("norm.weight") != std::string::npos) t.add_(1);
        weights.emplace(spec.name, std::move(t));
    }
    return weights;
}

}  // namespace perceiver::bench
