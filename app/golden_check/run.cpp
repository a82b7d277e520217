#include "run.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>

#include "perceiver/reference.h"
#include "weights/open_model.h"
#include "weights/to_torch.h"

namespace perceiver::golden {
namespace {

using Examples = std::map<std::string, std::vector<at::Tensor>>;
using Type = InputConfig::Type;

const at::Tensor& given(const Fixture& f, const std::string& name) {
    const auto it = f.inputs.find(name);
    if (it == f.inputs.end()) throw Error(ErrorCode::unreadable_input, "inputs.safetensors lacks " + name + ".");
    return it->second;
}

/// Example b of one modality, channels last as input::Prepared wants it. Hugging Face's pictures come channels first.
at::Tensor raw_of(const Fixture& f, const std::string& name, Type type, std::int64_t b) {
    const bool first = f.family == "hf";
    if (f.family == "lucid") return given(f, "data")[b];
    switch (type) {
        case Type::image: return first ? given(f, name)[b].permute({1, 2, 0}) : given(f, name)[b];
        case Type::video: return first ? given(f, name)[b].permute({0, 2, 3, 1}) : given(f, name)[b];
        case Type::points:
            if (!f.inputs.count("points_features")) return given(f, "points")[b];
            return at::cat({given(f, "points")[b], given(f, "points_features")[b]}, 1);
        default: return given(f, name)[b];
    }
}

/// What the fixtures call the only modality of a model.
std::string only_name(Type type) {
    switch (type) {
        case Type::image: return "image";
        case Type::audio: return "audio";
        case Type::video: return "video";
        case Type::points: return "points";
        default: return "";
    }
}

input::RawInput inputs_of(const Fixture& f, const InputConfig& config, std::int64_t b) {
    if (config.type != Type::multimodal) return {{"", raw_of(f, only_name(config.type), config.type, b)}};
    input::RawInput raw;
    for (const auto& m : config.modalities) raw[m.name] = raw_of(f, m.name, m.input.type, b);
    return raw;
}

input::EncodeOptions options_of(const Fixture& f, std::int64_t b) {
    input::EncodeOptions options;
    for (const char* name : {"mask", "attention_mask"})
        if (f.inputs.count(name)) options.mask = f.inputs.at(name)[b].reshape({-1}).ne(0);
    if (f.options.contains("mask_probs"))
        for (const auto& item : f.options["mask_probs"].items()) {
            const double p = item.value();
            if (p != 0 && p != 1) throw Error(ErrorCode::unreadable_input, "mask_probs other than 0 and 1 are random.");
            options.masked_modalities[item.key()] = p == 1;
        }
    return options;
}

Places places_of(const Fixture& f) {
    Places places;
    for (const auto& [name, tensor] : f.inputs) {
        if (name.rfind("subsample.", 0) != 0) continue;
        auto& list = places[name.substr(10)];
        for (std::int64_t i = 0; i < tensor.numel(); ++i) list.push_back(std::llround(tensor[i].item<double>()));
    }
    return places;
}

/// The softmax itself, [heads, N, M], from what the trace keeps.
at::Tensor attention_of(const CrossTrace& cross, const input::InputArray& input) {
    const at::Tensor scores = cross.queries.matmul(input.normalized().t());
    const at::Tensor attention = (scores - cross.log_sum.unsqueeze(2)).exp();
    if (!input.mask().defined() || cross.all_masked) return attention;
    return at::where(input.mask(), attention, at::zeros_like(attention));
}

void add_decoder(const Config& config, const DecoderTrace& d, Examples& got) {
    got["decoder_query"].push_back(d.query);
    got["decoder_attention"].push_back(d.attention);
    got["decoder_hidden"].push_back(d.hidden);
    got["decoder_output"].push_back(d.output);
    if (config.decoder.outputs.size() == 1) return;
    for (const auto& [name, values] : d.outputs) {
        // Classes are one row, sound is one row of samples, pictures keep their places.
        const bool sound = name == "audio", classes = name == "label";
        got["logits." + name].push_back(sound ? values.reshape({-1}) : classes ? values[0] : values);
    }
}

std::map<std::string, at::Tensor> stacked(const Examples& got) {
    std::map<std::string, at::Tensor> out;
    for (const auto& [name, examples] : got) out[name] = at::stack(examples);
    return out;
}

}  // namespace

Result run(const Fixture& fixture, const std::filesystem::path& path, Attend how) {
    const c10::InferenceMode guard;
    const Perceiver model = weights::to_perceiver(weights::open_model(path));
    const std::int64_t batch = fixture.inputs.begin()->second.size(0);
    const Places places = places_of(fixture);
    Examples got;
    Result result;
    for (std::int64_t b = 0; b < batch; ++b) {
        const auto input = model.make_input(inputs_of(fixture, model.config().input, b), options_of(fixture, b));
        const Trace trace = model.forward(input, how);
        got["tokens"].push_back(input->tokens());
        int block = 0;
        for (std::size_t k = 0; k < trace.cross.size(); ++k) {
            result.separable |= trace.cross[k].separable;
            got["cross_attention." + std::to_string(k)].push_back(attention_of(trace.cross[k], *input));
            got["latents.cross." + std::to_string(k)].push_back(trace.cross[k].latents);
            for (const auto& done : trace.blocks[k])
                got["latents.block." + std::to_string(block++)].push_back(done.latents);
        }
        if (trace.pooled.defined()) got["pooled"].push_back(trace.pooled);
        if (trace.logits.defined()) got["logits"].push_back(trace.logits);
        if (trace.decoder.query.defined())
            add_decoder(model.config(),
                        places.empty() ? trace.decoder : model.decode(trace.blocks.back().back().latents, places), got);
    }
    result.tensors = stacked(got);
    return result;
}

Tensors run_reference(const Fixture& fixture, const std::filesystem::path& path) {
    const c10::InferenceMode guard;
    const auto opened = weights::open_model(path);
    const Reference reference(opened.config, weights::to_weights(opened));
    const std::int64_t batch = fixture.inputs.begin()->second.size(0);
    Examples got;
    for (std::int64_t b = 0; b < batch; ++b) {
        const auto options = options_of(fixture, b);
        const at::Tensor tokens = reference.tokens(inputs_of(fixture, opened.config.input, b), options);
        const ReferenceRun run = reference.run(tokens, {options.mask, true, places_of(fixture)});
        got["tokens"].push_back(tokens);
        int block = 0;
        for (std::size_t k = 0; k < run.cross_latents.size(); ++k) {
            got["cross_attention." + std::to_string(k)].push_back(run.cross_attention[k]);
            got["latents.cross." + std::to_string(k)].push_back(run.cross_latents[k]);
            for (const auto& done : run.block_latents[k])
                got["latents.block." + std::to_string(block++)].push_back(done);
        }
        if (run.pooled.defined()) got["pooled"].push_back(run.pooled);
        if (run.logits.defined()) got["logits"].push_back(run.logits);
        if (run.decoder.query.defined()) add_decoder(opened.config, run.decoder, got);
    }
    return stacked(got);
}

}  // namespace perceiver::golden
