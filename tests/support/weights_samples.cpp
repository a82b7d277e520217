#include "support/weights_samples.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

namespace perceiver::samples {

ByteVector safetensors_with_header(const std::string& header, std::size_t data_bytes) {
    const std::uint64_t length = header.size();
    ByteVector bytes(sizeof length + header.size() + data_bytes);
    std::memcpy(bytes.data(), &length, sizeof length);
    std::ranges::copy(header, bytes.begin() + sizeof length);
    return bytes;
}

weights::TensorData random_tensor(weights::DType dtype, std::vector<std::int64_t> shape,
                                  std::mt19937& random) {
    const auto elements = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    ByteVector bytes(static_cast<std::size_t>(elements) * weights::item_size(dtype));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return {dtype, std::move(shape), std::move(bytes)};
}

Tensors tensors_of_every_type(std::mt19937& random) {
    using enum weights::DType;
    Tensors tensors;
    int i = 0;
    for (const auto dtype : {f16, bf16, f32, f64, i64, i32, u8, boolean}) {
        std::vector<std::int64_t> shape;
        for (auto rank = random() % 4; rank > 0; --rank)
            shape.push_back(static_cast<std::int64_t>(random() % 5));
        tensors["t." + std::to_string(i++)] = random_tensor(dtype, std::move(shape), random);
    }
    tensors["scalar"] = random_tensor(f32, {}, random);
    tensors["empty"] = random_tensor(f64, {3, 0, 2}, random);
    tensors["\u00e4 \"quoted\" name"] = random_tensor(u8, {7}, random);
    return tensors;
}

Config tiny_config() {
    Config config;
    config.num_latents = 3;
    config.latent_channels = 4;
    config.num_classes = 2;
    config.cross_modules = {{}, {}};
    config.cross_modules[0].v_channels = config.cross_modules[1].v_channels = 4;
    config.block_modules = {{}};
    config.block_modules[0].heads = 2;
    config.stages = {{0, {0}}, {1, {0}}};
    config.input.image.height = config.input.image.width = 4;
    config.input.position.num_bands = 1;
    config.input.position.max_resolution = {4, 4};
    config.labels = {"cat", "dog"};
    return config;
}

Tensors tensors_for(const Config& config) {
    std::mt19937 random(1);
    Tensors tensors;
    for (const auto& spec : tensor_specs(config))
        tensors[spec.name] = random_tensor(weights::DType::f32, spec.shape, random);
    return tensors;
}

weights::Card full_card() {
    return {.title = "A title",
            .summary = "One sentence, with \u201cquotes\u201d and a \n newline.",
            .data = "data",
            .licence_note = "licence",
            .recipe = "recipe",
            .knows = "cats",
            .does_not_know = "anything else",
            .test_split = "test, all 10,000",
            .accuracy = 0.6634,
            .accuracy_low = 0.6541,
            .accuracy_high = 0.6726,
            .accuracy_n = 10'000,
            .measured_too = "sound alone 99.4 %",
            .set = {"cifar10", {{"size", "32"}, {"labels", "names.txt"}}, "test"},
            .sample_n = 200,
            .sample_right = 143,
            .trained_with = "0.1.0, 100 steps"};
}

}  // namespace perceiver::samples
