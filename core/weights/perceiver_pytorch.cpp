#include "weights/perceiver_pytorch.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "perceiver/json_reader.h"
#include "weights/safetensors_header.h"

namespace perceiver::weights {
namespace {

using Shape = std::vector<std::int64_t>;
using Count = std::optional<std::int64_t>;

constexpr std::int64_t usual_dim_head = 64, max_layers = 1024;
constexpr std::string_view first_query = "layers.0.0.fn.to_q.weight";

/// The arguments of Perceiver(...), those that change what it computes.
struct Arguments {
    Count num_freq_bands, depth, input_channels, input_axis, num_latents, latent_dim, cross_heads, latent_heads;
    Count cross_dim_head, latent_dim_head, num_classes, self_per_cross_attn;
    std::optional<double> max_freq;
    std::optional<bool> weight_tie_layers, fourier_encode_data, final_classifier_head;
    std::string version;
    // Ours: what a picture needs to become the model's input, and the answers' names.
    std::vector<std::string> labels;
    std::vector<double> mean, std;
    Shape image_size;
};

Arguments read_arguments(const std::string& text) {
    Arguments a;
    if (text.empty()) return a;
    const json object = json::parse(text, nullptr, false);
    Reader r(object, "");
    const auto count = [&](const char* key, Count& value) {
        constexpr auto unset = std::numeric_limits<std::int64_t>::min();
        std::int64_t number = unset;
        r.get_optional(key, number);
        if (number == unset) return;
        if (number < 0 || number > (1 << 24)) wrong_config(std::string(key) + " is out of range");
        value = number;
    };
    const auto flag = [&](const char* key, std::optional<bool>& value) {
        const auto at = object.find(key);
        if (at == object.end() || at->is_null()) return;
        bool read = false;
        r.get(key, read);
        value = read;
    };
    count("num_freq_bands", a.num_freq_bands);
    count("depth", a.depth);
    count("input_channels", a.input_channels);
    count("input_axis", a.input_axis);
    count("num_latents", a.num_latents);
    count("latent_dim", a.latent_dim);
    count("cross_heads", a.cross_heads);
    count("latent_heads", a.latent_heads);
    count("cross_dim_head", a.cross_dim_head);
    count("latent_dim_head", a.latent_dim_head);
    count("num_classes", a.num_classes);
    count("self_per_cross_attn", a.self_per_cross_attn);
    flag("weight_tie_layers", a.weight_tie_layers);
    flag("fourier_encode_data", a.fourier_encode_data);
    flag("final_classifier_head", a.final_classifier_head);
    double frequency = 0;
    r.get_optional("max_freq", frequency);
    if (frequency != 0) a.max_freq = frequency;
    std::optional<bool> inverted;
    flag("inverted_cross_attn", inverted);
    if (inverted.value_or(false))
        bad_model(
            "The model has inverted_cross_attn: its softmax runs over the latents, which this program doesn't do.");
    r.get_optional("version", a.version);
    r.get_optional("labels", a.labels);
    r.get_optional("mean", a.mean);
    r.get_optional("std", a.std);
    if (const auto size = object.find("image_size"); size != object.end() && size->is_number_integer()) {
        a.image_size = {size->get<std::int64_t>(), size->get<std::int64_t>()};
    } else {
        r.get_optional("image_size", a.image_size);
        if (!a.image_size.empty() && a.image_size.size() != 2) wrong_config("image_size is not one number or two");
    }
    return a;
}

// The number that follows `prefix` in a tensor's name, as in layers.<i>.
Count index_after(std::string_view name, std::string_view prefix) {
    if (!name.starts_with(prefix)) return {};
    std::int64_t value = -1;
    const char *begin = name.data() + prefix.size(), *end = name.data() + name.size();
    const auto [at, error] = std::from_chars(begin, end, value);
    if (error != std::errc() || at == end || *at != '.' || value < 0 || value >= max_layers) return {};
    return value;
}

/// The tensors by the names perceiver-pytorch gives them, whatever stands before those and whichever of several equal
/// ones are in the file.
class Names {
  public:
    explicit Names(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {
        const auto first =
            std::ranges::find_if(checkpoint.tensors, [](const auto& t) { return t.first.ends_with(first_query); });
        if (first != checkpoint.tensors.end())
            prefix_ = first->first.substr(0, first->first.size() - first_query.size());
        for (const auto& [name, view] : checkpoint.tensors) count(name);
        for (const auto& [name, kept] : checkpoint.metadata) count(name);
    }
    const std::map<std::string, TensorView>& all() const { return checkpoint_.tensors; }
    /// The file's name of a tensor; one that isn't there where nothing stands for it.
    std::string in_file(const std::string& name) const {
        const std::string full = prefix_ + name;
        if (checkpoint_.tensors.contains(full)) return full;
        // safetensors' save_model writes down which of several shared tensors it kept.
        const auto kept = checkpoint_.metadata.find(full);
        return kept != checkpoint_.metadata.end() && checkpoint_.tensors.contains(kept->second) ? kept->second : full;
    }
    bool has(const std::string& name) const { return checkpoint_.tensors.contains(in_file(name)); }
    const TensorView* find(const std::string& name) const {
        const auto at = checkpoint_.tensors.find(in_file(name));
        return at == checkpoint_.tensors.end() ? nullptr : &at->second;
    }
    std::int64_t size(const std::string& name, std::size_t axis) const {
        return size_of(checkpoint_, in_file(name), axis);
    }
    const std::string& prefix() const { return prefix_; }

    std::int64_t depth = 0, self_layers = 0;

  private:
    void count(const std::string& name) {
        const Count i = index_after(name, prefix_ + "layers.");
        if (!i) return;
        depth = std::max(depth, *i + 1);
        if (const Count j = index_after(name, prefix_ + "layers." + std::to_string(*i) + ".2."))
            self_layers = std::max(self_layers, *j + 1);
    }
    const Checkpoint& checkpoint_;
    std::string prefix_;
};

class Model {
  public:
    Model(const Arguments& arguments, const Checkpoint& checkpoint) : a_(arguments), names_(checkpoint) {}

    PerceiverPytorchModel run() {
        if (names_.has("pos_emb"))
            bad_model(
                "The model is of perceiver-pytorch 0.1, whose latents have position embeddings; this program reads "
                "0.2.1 and later.");
        read_sizes();
        read_heads();
        read_input();
        add_modules();
        if (!missing_.empty()) ask();
        config().labels = a_.labels;
        config().validate();
        add_sources();
        return std::move(out_);
    }

  private:
    Config& config() { return out_.config; }
    void note(const std::string& text) { out_.notes.push_back(text); }

    static void agree(const char* key, const Count& said, std::int64_t is, const std::string& where) {
        if (said && *said != is)
            bad_model("The arguments say " + std::string(key) + " " + std::to_string(*said) + "; the weights say " +
                      std::to_string(is) + " (" + where + ").");
    }

    void read_sizes() {
        config().num_latents = names_.size("latents", 0);
        config().latent_channels = names_.size("latents", 1);
        agree("num_latents", a_.num_latents, config().num_latents, "latents");
        agree("latent_dim", a_.latent_dim, config().latent_channels, "latents");
        agree("self_per_cross_attn", a_.self_per_cross_attn, names_.self_layers, "layers.0.2");
        depth_ = a_.depth.value_or(names_.depth);
        if (depth_ < 1 || depth_ > max_layers) wrong_config("depth is out of range");
        const bool equal = depth_ > 2 && layers_are_equal();
        tied_ = a_.weight_tie_layers.value_or(equal);
        if (tied_ && depth_ > 2 && !equal)
            bad_model("The arguments say weight_tie_layers, but the layers after the first have different weights.");
        if (!tied_) out_.copies.clear();
        // Where tied layers were stored once, the names stop at the second.
        if (depth_ < names_.depth || (depth_ > names_.depth && !(tied_ && names_.depth > 1)))
            bad_model("The arguments say depth " + std::to_string(depth_) + "; the weights have " +
                      std::to_string(names_.depth) + " layers.");
        config().activation = Activation::geglu;
        config().all_masked = Config::AllMasked::everything;
        const bool old_head = names_.has("to_logits.1.weight") && names_.find("to_logits.1.weight")->shape.size() == 2;
        head_ = !names_.has("to_logits.1.weight") ? "" : old_head ? "to_logits.1" : "to_logits.2";
        head_norm_ = old_head ? "to_logits.0" : "to_logits.1";
        if (a_.final_classifier_head.value_or(!head_.empty()) == head_.empty())
            bad_model("The arguments and the weights disagree about final_classifier_head.");
        if (head_.empty()) {
            config().head = Config::Head::none;
        } else {
            config().head_norm = true;
            config().num_classes = names_.size(head_ + ".weight", 0);
            agree("num_classes", a_.num_classes, config().num_classes, head_ + ".weight");
        }
        old_head_ = old_head;
    }

    // Layers 1, 2, ... share one set of weights: where their tensors are in the file, they are the same numbers.
    bool layers_are_equal() {
        const std::string first = names_.prefix() + "layers.1.";
        for (const auto& [name, view] : names_.all()) {
            if (!name.starts_with(first)) continue;
            for (std::int64_t i = 2; i < names_.depth; ++i) {
                const std::string copy = "layers." + std::to_string(i) + "." + name.substr(first.size());
                const auto* other = names_.find(copy);
                if (!other) continue;
                if (other->shape != view.shape || other->dtype != view.dtype ||
                    (other->bytes.data() != view.bytes.data() && !std::ranges::equal(other->bytes, view.bytes)))
                    return false;
                out_.copies.push_back(names_.in_file(copy));
            }
        }
        return true;
    }

    // Only the product of heads and their width is in the weights.
    std::int64_t heads(const char* heads_key, const char* width_key, const Count& heads, const Count& width,
                       std::int64_t inner, const std::string& tensor) {
        if (heads && width) {
            if (*heads < 1 || *heads * *width != inner)
                bad_model("The arguments say " + std::string(heads_key) + " times " + width_key + " " +
                          std::to_string(*heads * *width) + "; the weights say " + std::to_string(inner) + " (" +
                          tensor + ").");
            return *heads;
        }
        if (heads) return *heads;
        const std::int64_t each = width.value_or(usual_dim_head);
        if (each >= 1 && inner % each == 0) {
            if (!width)
                note(std::string(width_key) + " is taken to be " + std::to_string(usual_dim_head) +
                     ", as by default.");
            return inner / each;
        }
        missing_.push_back(heads_key);
        return 1;
    }

    void read_heads() {
        const std::string cross = "layers.0.0.fn.to_q.weight", self = "layers.0.2.0.0.fn.to_q.weight";
        cross_width_ = names_.size(cross, 0);
        cross_heads_ = heads("cross_heads", "cross_dim_head", a_.cross_heads, a_.cross_dim_head, cross_width_, cross);
        if (names_.self_layers == 0) return;
        self_width_ = names_.size(self, 0);
        self_heads_ = heads("latent_heads", "latent_dim_head", a_.latent_heads, a_.latent_dim_head, self_width_, self);
    }

    void read_input() {
        const std::int64_t width = names_.size("layers.0.0.norm_context.weight", 0);
        const bool fourier = a_.fourier_encode_data.value_or(true);
        const std::int64_t axes = a_.input_axis.value_or(2);
        if (axes < 1 || axes > 3)
            bad_model("The model has input_axis " + std::to_string(axes) + "; this program knows 1 to 3.");
        if (!a_.input_axis) note("input_axis is taken to be 2, as by default.");
        std::int64_t channels = a_.input_channels.value_or(fourier ? 3 : width);
        if (!fourier) {
            agree("input_channels", a_.input_channels, width, "layers.0.0.norm_context.weight");
            set_input(axes, channels);
            config().input.position.type = PositionConfig::Type::none;
            return;
        }
        if (!a_.max_freq) missing_.push_back("max_freq");
        std::int64_t bands = a_.num_freq_bands.value_or(0);
        if (!a_.num_freq_bands) {
            bands = (width - channels - axes) / (2 * axes);
            note("num_freq_bands is " + std::to_string(bands) + " by the width of the tokens, if input_channels is " +
                 std::to_string(channels) + " and input_axis " + std::to_string(axes) + ".");
        }
        if (!a_.input_channels && a_.num_freq_bands) channels = width - axes * (2 * bands + 1);
        if (channels < 1 || bands < 1 || bands > width || width != channels + axes * (2 * bands + 1)) {
            if (a_.num_freq_bands && a_.input_channels && a_.input_axis)
                bad_model("The arguments say tokens of " +
                          std::to_string(channels + axes * (2 * std::min(bands, width) + 1)) +
                          " channels (input_channels, input_axis, num_freq_bands); the weights say " +
                          std::to_string(width) + " (layers.0.0.norm_context.weight).");
            for (const char* key : {"num_freq_bands", "input_channels", "input_axis"}) missing_.push_back(key);
            return;
        }
        set_input(axes, channels);
        auto& position = config().input.position;
        position.order = PositionConfig::Order::by_axis;
        position.num_bands = bands;
        set_frequencies(position, axes);
    }

    void set_input(std::int64_t axes, std::int64_t channels) {
        auto& input = config().input;
        if (axes == 1) {
            input.type = InputConfig::Type::audio;
            input.audio.samples_per_patch = channels;
        } else if (axes == 2) {
            input.image.channels = channels;
            input.image.mean = a_.mean;
            input.image.std = a_.std;
            if (a_.image_size.empty()) return;
            input.image.height = a_.image_size[0];
            input.image.width = a_.image_size[1];
        } else {
            input.type = InputConfig::Type::video;
            input.video.channels = channels;
            input.video.mean = a_.mean;
            input.video.std = a_.std;
        }
    }

    // Frequencies have changed with the package: the same weights, other numbers.
    void set_frequencies(PositionConfig& position, std::int64_t axes) {
        double top = a_.max_freq.value_or(2);
        int release[3] = {0, 9, 0};
        if (!a_.version.empty() &&
            std::sscanf(a_.version.c_str(), "%d.%d.%d", &release[0], &release[1], &release[2]) < 2)
            wrong_config("version is no version of perceiver-pytorch");
        const int number = release[0] * 10'000 + release[1] * 100 + release[2];
        if (number < 201)
            bad_model("The model is of perceiver-pytorch " + shown(a_.version) +
                      "; this program reads 0.2.1 and later.");
        if (number == 702)
            top = 2 * std::pow(10.0, std::log(top / 2));  // that release took one logarithm for the other
        bool geometric = number < 704;
        if (old_head_ && a_.version.empty()) {
            geometric = true;
            note(
                "The names are those of perceiver-pytorch before 0.7.1, so its frequencies are spread geometrically.");
        }
        if (geometric) position.spacing = PositionConfig::Spacing::geometric;
        position.max_resolution.assign(static_cast<std::size_t>(axes), top);
    }

    std::int64_t module_of(std::int64_t layer) const { return tied_ ? std::min<std::int64_t>(layer, 1) : layer; }

    void add_modules() {
        const std::int64_t modules = module_of(depth_ - 1) + 1;
        for (std::int64_t i = 0; i < modules; ++i) {
            CrossModule cross;
            cross.heads = cross_heads_;
            cross.qk_channels = cross.v_channels = cross_width_;
            cross.widening = 4;
            cross.qkv_bias = false;
            config().cross_modules.push_back(cross);
            if (names_.self_layers == 0) continue;
            BlockModule block;
            block.layers = names_.self_layers;
            block.heads = self_heads_;
            block.qk_channels = block.v_channels = self_width_;
            block.widening = 4;
            block.qkv_bias = false;
            config().block_modules.push_back(block);
        }
        for (std::int64_t i = 0; i < depth_; ++i) {
            Stage stage{module_of(i), {}};
            if (names_.self_layers > 0) stage.blocks = {module_of(i)};
            config().stages.push_back(stage);
        }
    }

    [[noreturn]] void ask() {
        std::string keys;
        for (const auto& key : missing_) keys += (keys.empty() ? "" : ", ") + key;
        bad_model(
            "The weights of a perceiver-pytorch model don't tell " + keys +
            ". Write what Perceiver(...) was called with into a file hyperparameters.json beside them, or give it "
            "with --hyperparameters, for example {\"num_freq_bands\": 6, \"max_freq\": 10.0, \"input_channels\": 3, "
            "\"input_axis\": 2, \"cross_heads\": 1, \"latent_heads\": 8}.");
    }

    // The layer whose tensors stand for module m: of tied ones, any that is in the file.
    std::string layer_name(std::int64_t module) const {
        const auto name = [](std::int64_t i) { return "layers." + std::to_string(i) + "."; };
        if (tied_ && module == 1)
            for (std::int64_t i = 1; i < depth_; ++i)
                if (names_.has(name(i) + "0.fn.to_q.weight")) return name(i);
        return name(module);
    }

    void add(const std::string& ours, const std::string& theirs, Shape shape, std::int64_t first_row = 0) {
        out_.sources.push_back({ours, names_.in_file(theirs), std::move(shape), first_row});
    }
    void add_pair(const std::string& ours, const std::string& theirs, std::int64_t out, std::int64_t in = 0) {
        add(ours + ".weight", theirs + ".weight", in ? Shape{out, in} : Shape{out});
        add(ours + ".bias", theirs + ".bias", {out});
    }
    // Attention and the MLP after it; keys and values are the halves of one matrix.
    void add_attention(const std::string& ours, const std::string& attend, const std::string& mlp, std::int64_t width,
                       std::int64_t context) {
        const std::int64_t d = config().latent_channels;
        add_pair(ours + "q_norm", attend + "norm", d);
        add(ours + "query.weight", attend + "fn.to_q.weight", {width, d});
        add(ours + "key.weight", attend + "fn.to_kv.weight", {2 * width, context});
        add(ours + "value.weight", attend + "fn.to_kv.weight", {2 * width, context}, width);
        add_pair(ours + "output", attend + "fn.to_out", d, width);
        add_pair(ours + "mlp_norm", mlp + "norm", d);
        add_pair(ours + "mlp_in", mlp + "fn.net.0", 8 * d, d);
        add_pair(ours + "mlp_out", mlp + "fn.net.2", d, 4 * d);
    }
    void add_sources() {
        const std::int64_t d = config().latent_channels, c = config().token_channels();
        add("latents", "latents", {config().num_latents, d});
        for (std::size_t m = 0; m < config().cross_modules.size(); ++m) {
            const std::string number = std::to_string(m), layer = layer_name(static_cast<std::int64_t>(m));
            add_pair("cross." + number + ".kv_norm", layer + "0.norm_context", c);
            add_attention("cross." + number + ".", layer + "0.", layer + "1.", cross_width_, c);
            for (std::int64_t j = 0; j < names_.self_layers; ++j) {
                const std::string self = layer + "2." + std::to_string(j) + ".";
                add_attention("block." + number + ".layer." + std::to_string(j) + ".", self + "0.", self + "1.",
                              self_width_, d);
            }
        }
        if (head_.empty()) return;
        add_pair("head.norm", head_norm_, d);
        add_pair("head", head_, config().num_classes, d);
    }

    const Arguments& a_;
    const Names names_;
    PerceiverPytorchModel out_;
    std::vector<std::string> missing_;
    std::int64_t depth_ = 0, cross_width_ = 0, cross_heads_ = 1, self_width_ = 0, self_heads_ = 1;
    bool tied_ = false, old_head_ = false;
    std::string head_, head_norm_;
};

}  // namespace

PerceiverPytorchModel read_perceiver_pytorch(const std::string& hyperparameters, const Checkpoint& checkpoint) {
    return Model(read_arguments(hyperparameters), checkpoint).run();
}

bool is_perceiver_pytorch(const Checkpoint& checkpoint) {
    for (const auto& [name, view] : checkpoint.tensors)
        if (name.ends_with(first_query)) return true;
    return false;
}

}  // namespace perceiver::weights
