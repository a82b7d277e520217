// State dicts of perceiver-pytorch: what the weights tell, what is asked for, and what has changed under the same
// names.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/model_folders.h"

namespace perceiver::weights {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using samples::refusal_of_model;
using samples::says;
using samples::Tensors;
using samples::write_text;

struct Arguments {
    std::int64_t depth = 3, self = 2, channels = 3, axes = 2, bands = 5, cross_inner = 16, self_inner = 30;
    bool tied = true, head = true, old_head = false;
    std::string prefix;
};
constexpr std::int64_t latents = 5, dim = 6, classes = 4;

/// The tensors of such a model, of its own numbers everywhere but in tied layers.
Tensors state_dict(const Arguments& a) {
    const std::int64_t width = a.channels + a.axes * (2 * a.bands + 1);
    Tensors out;
    std::mt19937 random(5);
    const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
        out[a.prefix + name] = samples::random_tensor(DType::u8, shape, random);  // as bytes: finite when widened
        auto& tensor = out[a.prefix + name];
        tensor.dtype = DType::f32;
        std::vector<float> values(tensor.bytes.begin(), tensor.bytes.end());
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
        tensor.bytes.assign(bytes, bytes + values.size() * sizeof(float));
    };
    const auto norm = [&](const std::string& name, std::int64_t n) {
        add(name + ".weight", {n});
        add(name + ".bias", {n});
    };
    const auto attention = [&](const std::string& name, std::int64_t inner, std::int64_t context) {
        norm(name + "norm", dim);
        add(name + "fn.to_q.weight", {inner, dim});
        add(name + "fn.to_kv.weight", {2 * inner, context});
        add(name + "fn.to_out.weight", {dim, inner});
        add(name + "fn.to_out.bias", {dim});
    };
    const auto mlp = [&](const std::string& name) {
        norm(name + "norm", dim);
        add(name + "fn.net.0.weight", {8 * dim, dim});
        add(name + "fn.net.0.bias", {8 * dim});
        add(name + "fn.net.2.weight", {dim, 4 * dim});
        add(name + "fn.net.2.bias", {dim});
    };
    add("latents", {latents, dim});
    for (std::int64_t i = 0; i < a.depth; ++i) {
        const std::string layer = "layers." + std::to_string(i) + ".";
        if (a.tied && i > 1) {
            Tensors copies;
            for (const auto& [name, tensor] : out)
                if (const std::string first = a.prefix + "layers.1."; name.starts_with(first))
                    copies[a.prefix + layer + name.substr(first.size())] = tensor;
            out.merge(copies);
            continue;
        }
        attention(layer + "0.", a.cross_inner, width);
        norm(layer + "0.norm_context", width);
        mlp(layer + "1.");
        for (std::int64_t j = 0; j < a.self; ++j) {
            attention(layer + "2." + std::to_string(j) + ".0.", a.self_inner, dim);
            mlp(layer + "2." + std::to_string(j) + ".1.");
        }
    }
    if (a.head) {
        norm(a.old_head ? "to_logits.0" : "to_logits.1", dim);
        add(a.old_head ? "to_logits.1.weight" : "to_logits.2.weight", {classes, dim});
        add(a.old_head ? "to_logits.1.bias" : "to_logits.2.bias", {classes});
    }
    return out;
}

json call() {
    return {{"num_freq_bands", 5},   {"max_freq", 12.0},          {"depth", 3},
            {"cross_heads", 2},      {"cross_dim_head", 8},       {"latent_heads", 3},
            {"latent_dim_head", 10}, {"weight_tie_layers", true}, {"self_per_cross_attn", 2}};
}

class PerceiverPytorch : public testing::Test {
  protected:
    fs::path write(const Tensors& tensors, const std::map<std::string, std::string>& metadata = {}) const {
        write_safetensors(folder.path / "weights.safetensors", tensors, metadata);
        return folder.path / "weights.safetensors";
    }
    void arguments(const json& object) const { write_text(folder.path / "hyperparameters.json", object.dump()); }
    const samples::TemporaryFolder folder;
};

TEST_F(PerceiverPytorch, sizes_are_the_weights_and_the_rest_is_the_call) {
    const auto path = write(state_dict({}));
    arguments(call());
    const OpenedModel model = open_model(path);
    const Config& c = model.config;
    EXPECT_EQ(model.format, ModelFormat::perceiver_pytorch);
    EXPECT_TRUE(std::ranges::none_of(model.notes, [](const auto& n) { return n.find("no part of") != n.npos; }));
    EXPECT_EQ(c.num_latents, latents);
    EXPECT_EQ(c.latent_channels, dim);
    EXPECT_EQ(c.num_classes, classes);
    EXPECT_TRUE(c.head_norm);
    EXPECT_EQ(c.activation, Activation::geglu);
    ASSERT_EQ(c.cross_modules.size(), 2u) << "tied but for the first";
    EXPECT_EQ(c.cross_modules[1].heads, 2);
    EXPECT_FALSE(c.cross_modules[1].qkv_bias);
    ASSERT_EQ(c.stages.size(), 3u);
    EXPECT_EQ(c.stages[2].cross, 1);
    EXPECT_EQ(c.stages[2].blocks, std::vector<std::int64_t>{1});
    EXPECT_EQ(c.block_modules[0].layers, 2);
    EXPECT_EQ(c.block_modules[0].heads, 3);
    EXPECT_EQ(c.input.position.order, PositionConfig::Order::by_axis);
    EXPECT_EQ(c.input.position.spacing, PositionConfig::Spacing::linear);
    EXPECT_EQ(c.input.position.max_resolution, (std::vector<double>{12, 12}));
}

TEST_F(PerceiverPytorch, keys_are_the_first_half_of_one_matrix_and_values_the_second) {
    const Tensors tensors = state_dict({});
    arguments(call());
    const OpenedModel model = open_model(write(tensors));
    const auto& both = tensors.at("layers.0.0.fn.to_kv.weight").bytes;
    const auto &key = model.tensors.at("cross.0.key.weight").bytes,
               &value = model.tensors.at("cross.0.value.weight").bytes;
    ASSERT_EQ(key.size() + value.size(), both.size());
    EXPECT_TRUE(std::ranges::equal(key, std::span(both).first(key.size())));
    EXPECT_TRUE(std::ranges::equal(value, std::span(both).subspan(key.size())));
}

TEST_F(PerceiverPytorch, tied_layers_are_found_however_they_were_stored) {
    const Tensors all = state_dict({});
    arguments(call());
    const std::string wanted = to_json(open_model(write(all)).config);
    // Pitfall 21. Names dropped: those of layer 2, or of layer 1; with what was kept written down, or not.
    for (const std::string gone : {"layers.2.", "layers.1."}) {
        Tensors some = all;
        std::map<std::string, std::string> kept;
        const std::string other = gone == "layers.2." ? "layers.1." : "layers.2.";
        for (const auto& [name, tensor] : all)
            if (name.starts_with(gone)) {
                some.erase(name);
                kept[name] = other + name.substr(gone.size());
            }
        for (const auto& metadata : {kept, std::map<std::string, std::string>()}) {
            const OpenedModel model = open_model(write(some, metadata));
            EXPECT_EQ(to_json(model.config), wanted) << gone;
            EXPECT_TRUE(std::ranges::equal(model.tensors.at("cross.1.query.weight").bytes,
                                           all.at("layers.1.0.fn.to_q.weight").bytes));
        }
    }
    // Without a word, equal layers are the same one, and different ones aren't.
    json silent = call();
    silent.erase("weight_tie_layers");
    arguments(silent);
    EXPECT_EQ(open_model(write(all)).config.cross_modules.size(), 2u);
    EXPECT_EQ(open_model(write(state_dict({.tied = false, .prefix = {}}))).config.cross_modules.size(), 3u);
    arguments(call());
    EXPECT_TRUE(says(refusal_of_model(write(state_dict({.tied = false, .prefix = {}}))), "weight_tie_layers"));
}

TEST_F(PerceiverPytorch, what_the_weights_do_not_tell_is_asked_for_by_name) {
    const auto path = write(state_dict({}));
    const std::string sentence = refusal_of_model(path);
    for (const char* part :
         {"max_freq", "cross_heads", "latent_heads", "hyperparameters.json", "{\"num_freq_bands\": 6"})
        EXPECT_TRUE(says(sentence, part));
    EXPECT_EQ(sentence.find("num_latents"), std::string::npos) << "which they do tell";
    // Given on the way in, they needn't lie beside it.
    OpenOptions options;
    options.hyperparameters = R"({"max_freq": 10, "cross_heads": 2, "latent_heads": 3})";
    const OpenedModel model = open_model(path, options);
    EXPECT_EQ(model.config.input.position.num_bands, 5) << "by the width of the tokens";
    EXPECT_TRUE(
        std::ranges::any_of(model.notes, [](const auto& n) { return n.find("num_freq_bands is 5") != n.npos; }));
    // A width that no picture gives.
    options.hyperparameters = R"({"max_freq": 10, "cross_heads": 2, "latent_heads": 3, "input_channels": 4})";
    EXPECT_TRUE(says(refusal_of_model(path, options), "num_freq_bands"));
}

TEST_F(PerceiverPytorch, heads_of_the_usual_width_are_not_asked_for) {
    arguments({{"max_freq", 10}});
    const OpenedModel model = open_model(write(state_dict({.cross_inner = 64, .self_inner = 512, .prefix = {}})));
    EXPECT_EQ(model.config.cross_modules[0].heads, 1);
    EXPECT_EQ(model.config.block_modules[0].heads, 8);
}

TEST_F(PerceiverPytorch, a_call_that_contradicts_the_weights_is_refused_with_both_numbers) {
    const auto path = write(state_dict({}));
    const auto refusal = [&](const char* key, const json& value) {
        json object = call();
        object[key] = value;
        arguments(object);
        return refusal_of_model(path);
    };
    EXPECT_TRUE(says(refusal("latent_dim", 7), "latent_dim 7; the weights say 6 (latents)"));
    EXPECT_TRUE(says(refusal("num_latents", 7), "num_latents 7; the weights say 5"));
    EXPECT_TRUE(says(refusal("num_classes", 7), "num_classes 7; the weights say 4"));
    EXPECT_TRUE(says(refusal("depth", 2), "depth 2; the weights have 3"));
    EXPECT_TRUE(says(refusal("self_per_cross_attn", 1), "self_per_cross_attn 1; the weights say 2"));
    EXPECT_TRUE(says(refusal("cross_dim_head", 9), "cross_heads times cross_dim_head 18; the weights say 16"));
    EXPECT_TRUE(says(refusal("final_classifier_head", false), "final_classifier_head"));
    EXPECT_TRUE(says(refusal("inverted_cross_attn", true), "inverted_cross_attn"));
    EXPECT_TRUE(says(refusal("num_freq_bands", "six"), "num_freq_bands"));
    EXPECT_TRUE(says(refusal("num_freq_bands", -6), "num_freq_bands"));
    EXPECT_TRUE(says(refusal("input_axis", 7), "input_axis 7"));
    for (const json& size : {json::array({4, 1e126}), json::array({4, 12.0}), json::array({4, true}), json(1e126)})
        EXPECT_TRUE(says(refusal("image_size", size), "image_size is not a")) << size;
    EXPECT_TRUE(says(refusal("fourier_encode_data", 1), "fourier_encode_data"));
    json three = call();
    three.update({{"input_channels", 3}, {"input_axis", 2}, {"num_freq_bands", 6}});
    arguments(three);
    EXPECT_TRUE(says(refusal_of_model(path), "tokens of 29 channels"));
    write_text(folder.path / "hyperparameters.json", "{");
    EXPECT_FALSE(refusal_of_model(path).empty());
}

TEST_F(PerceiverPytorch, frequencies_are_those_of_the_version) {
    const auto path = write(state_dict({}));
    const auto position = [&](const char* version) {
        json object = call();
        object["version"] = version;
        arguments(object);
        return open_model(path).config.input.position;
    };
    using Spacing = PositionConfig::Spacing;
    EXPECT_EQ(position("0.9.0").spacing, Spacing::linear);
    EXPECT_EQ(position("0.7.4").spacing, Spacing::linear);
    EXPECT_EQ(position("1.0").spacing, Spacing::linear);
    EXPECT_EQ(position("0.7.3").spacing, Spacing::geometric);
    EXPECT_EQ(position("0.2.1").spacing, Spacing::geometric);
    EXPECT_EQ(position("0.7.3").max_resolution[0], 12);
    EXPECT_NEAR(position("0.7.2").max_resolution[0], 2 * std::pow(10, std::log(6.0)), 1e-9);
    for (const char* version : {"0.1.5", "0.2.0"}) {
        json object = call();
        object["version"] = version;
        arguments(object);
        EXPECT_TRUE(says(refusal_of_model(path), version));
    }
}

TEST_F(PerceiverPytorch, heads_are_named_as_in_every_version) {
    arguments(call());
    const OpenedModel old = open_model(write(state_dict({.old_head = true, .prefix = {}})));
    EXPECT_EQ(old.config.num_classes, classes);
    EXPECT_EQ(old.config.input.position.spacing, PositionConfig::Spacing::geometric);
    EXPECT_TRUE(std::ranges::any_of(old.notes, [](const auto& n) { return n.find("before 0.7.1") != n.npos; }));
    const OpenedModel none = open_model(write(state_dict({.head = false, .prefix = {}})));
    EXPECT_EQ(none.config.head, Config::Head::none);
    EXPECT_EQ(none.config.num_classes, 0);
    Tensors oldest = state_dict({});
    oldest["pos_emb"] = oldest.at("latents");
    EXPECT_TRUE(says(refusal_of_model(write(oldest)), "0.1"));
}

TEST_F(PerceiverPytorch, names_may_stand_inside_another_module) {
    arguments(call());
    for (const char* prefix : {"module.", "model.perceiver."})
        EXPECT_EQ(open_model(write(state_dict({.prefix = prefix}))).config.num_classes, classes);
}

TEST_F(PerceiverPytorch, the_json_beside_it_has_one_of_three_names) {
    const auto path = write(state_dict({}));
    for (const char* name : {"config.json", "weights.json", "hyperparameters.json"}) {
        json object = call();
        object["labels"] = {name, "b", "c", "d"};
        write_text(folder.path / name, object.dump());
        EXPECT_EQ(open_model(path).config.labels.at(0), name) << "each is preferred to the one before";
    }
}

}  // namespace
}  // namespace perceiver::weights
