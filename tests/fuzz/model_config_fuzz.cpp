// The JSON that describes somebody else's model, against the tensors of a small one: Hugging Face's config.json and
// the arguments of perceiver-pytorch. The first byte says which.
#include "base/error.h"
#include "fuzz/fuzz.h"
#include "support/hugging_face_samples.h"
#include "weights/perceiver_pytorch.h"

using namespace perceiver;

namespace {

const std::vector<std::uint8_t> no_bytes(1 << 16);

weights::Checkpoint of_shapes(const std::map<std::string, std::vector<std::int64_t>>& shapes) {
    weights::Checkpoint out;
    for (const auto& [name, shape] : shapes) {
        std::size_t bytes = 4;
        for (const auto n : shape) bytes *= static_cast<std::size_t>(n);
        out.tensors[name] = {weights::DType::f32, shape, std::span(no_bytes).first(bytes)};
    }
    return out;
}

weights::Checkpoint hugging_face_shapes() {
    std::map<std::string, std::vector<std::int64_t>> shapes;
    for (const char* kind : {"Fourier", "Learned", "ConvProcessing"})
        for (const auto& source : weights::hugging_face_sources(samples::hugging_face_image_model(kind)))
            if (source.shape.size() < 2 || source.shape[0] * source.shape[1] < 4096)
                shapes[source.theirs] = source.shape;
    shapes["perceiver.output_postprocessor.modalities.label.classifier.weight"] = {2, 8};
    shapes["perceiver.decoder.modalities.label.decoder.output_position_encodings.position_embeddings"] = {1, 8};
    return of_shapes(shapes);
}

weights::Checkpoint pytorch_shapes() {
    return of_shapes({{"latents", {3, 4}},
                      {"layers.0.0.fn.to_q.weight", {64, 4}},
                      {"layers.1.0.fn.to_q.weight", {64, 4}},
                      {"layers.0.2.0.0.fn.to_q.weight", {128, 4}},
                      {"layers.0.0.norm_context.weight", {29}},
                      {"to_logits.1.weight", {4}},
                      {"to_logits.2.weight", {5, 4}}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static const weights::Checkpoint hugging_face = hugging_face_shapes(), pytorch = pytorch_shapes();
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        if (data[0] % 2 == 0) {
            const auto model = weights::read_hugging_face_config(text, hugging_face);
            std::vector<std::string> notes;
            if (weights::hugging_face_sources(model.config).size() != tensor_specs(model.config).size())
                __builtin_trap();
            weights::take_tensors(hugging_face, tensor_specs(model.config),
                                  weights::hugging_face_sources(model.config), "it", notes);
        } else {
            const auto model = weights::read_perceiver_pytorch(text, pytorch);
            std::vector<std::string> notes;
            if (model.sources.size() != tensor_specs(model.config).size()) __builtin_trap();
            weights::take_tensors(pytorch, tensor_specs(model.config), model.sources, "it", notes);
        }
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    const auto add = [&](char which, const std::string& text) {
        seeds.emplace_back(1, static_cast<std::uint8_t>(which));
        seeds.back().insert(seeds.back().end(), text.begin(), text.end());
    };
    for (const char* kind : {"Fourier", "Learned", "ConvProcessing"})
        add(0, weights::hugging_face_config(samples::hugging_face_image_model(kind)));
    add(0, R"({"architectures": ["PerceiverForMultimodalAutoencoding"], "model_type": "perceiver", "num_latents": 3,
               "d_latents": 4, "num_frames": 2, "audio_samples_per_frame": 64, "samples_per_patch": 16, "image_size": 4,
               "output_shape": [1, 2, 16, 16], "num_self_attends_per_block": 1, "num_self_attention_heads": 1,
               "num_cross_attention_heads": 1, "cross_attention_shape_for_attention": "q"})");
    add(1,
        R"({"num_freq_bands": 6, "max_freq": 10.0, "depth": 2, "input_channels": 3, "input_axis": 2, "cross_heads": 1,
               "latent_heads": 8, "latent_dim_head": 16, "weight_tie_layers": true,
               "version": "0.7.3", "labels": ["a"]})");
    add(1, R"({"max_freq": 10, "fourier_encode_data": false, "input_axis": 1, "image_size": [4, 4]})");
    return seeds;
}
