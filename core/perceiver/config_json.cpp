// JSON in and out of Config. A Reader takes every key it knows out of an object, so that what is left is unknown.
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "perceiver/config.h"

namespace perceiver {
namespace {

using nlohmann::json;

[[noreturn]] void wrong(const std::string& what) {
    throw Error(ErrorCode::unreadable_model, "The model's configuration is wrong: " + what + ".");
}

/// One JSON object being read: typed access by key, and at the end a complaint about keys nobody asked for.
class Reader {
  public:
    Reader(const json& object, std::string path) : object_(object), path_(std::move(path)) {
        if (!object.is_object()) wrong((path_.empty() ? "it" : path_) + " is not an object");
    }
    template <class T>
    void get(const char* key, T& value) {
        if (const json* found = find(key)) value = as<T>(*found, key);
        else wrong(name(key) + " is missing");
    }
    /// Leaves `value` alone when the key is absent or null.
    template <class T>
    void get_optional(const char* key, T& value) {
        const json* found = find(key);
        if (found && !found->is_null()) value = as<T>(*found, key);
    }
    template <class T>
    void get_choice(const char* key, T& value, std::initializer_list<std::pair<const char*, T>> choices, bool optional) {
        std::string text;
        if (optional && !find(key)) return;
        get(key, text);
        for (const auto& [word, choice] : choices)
            if (text == word) {
                value = choice;
                return;
            }
        wrong(name(key) + " is \"" + text + "\", which is not known");
    }
    const json& child(const char* key) {
        const json* found = find(key);
        if (!found) wrong(name(key) + " is missing");
        return *found;
    }
    const json& array(const char* key) {
        const json& found = child(key);
        if (!found.is_array() || found.size() > 4096) wrong(name(key) + " is not a list");
        return found;
    }
    std::string name(const char* key) const { return path_.empty() ? key : path_ + "." + key; }
    void done() const {
        for (const auto& item : object_.items())
            if (!known_.count(item.key())) wrong(name(item.key().c_str()) + " is not known");
    }

  private:
    const json* find(const char* key) {
        known_.insert(key);
        const auto it = object_.find(key);
        return it == object_.end() ? nullptr : &*it;
    }
    template <class T>
    T as(const json& value, const char* key) const {
        // nlohmann would turn 1.5 or true into an integer without a word.
        if constexpr (std::is_same_v<T, bool>) {
            if (!value.is_boolean()) wrong(name(key) + " is not true or false");
        } else if constexpr (std::is_integral_v<T>) {
            if (!value.is_number_integer()) wrong(name(key) + " is not a whole number");
            if (value.is_number_unsigned() && value.get<std::uint64_t>() > (std::uint64_t{1} << 62))
                wrong(name(key) + " is too large");
        }
        try {
            return value.get<T>();
        } catch (const json::exception&) {
            wrong(name(key) + " has the wrong type");
        }
    }
    const json& object_;
    std::string path_;
    std::set<std::string> known_;
};

json parse(const std::string& text) {
    json parsed = json::parse(text, nullptr, false);
    if (parsed.is_discarded()) wrong("it is not JSON");
    return parsed;
}

PositionConfig read_position(const json& object) {
    PositionConfig p;
    Reader r(object, "input.position");
    using Type = PositionConfig::Type;
    r.get_choice<Type>("type", p.type, {{"fourier", Type::fourier}, {"learned", Type::learned}, {"none", Type::none}}, false);
    if (p.type == Type::fourier) {
        r.get("num_bands", p.num_bands);
        r.get("max_resolution", p.max_resolution);
        r.get_optional("concat_pos", p.concat_position);
        r.get_optional("sine_only", p.sine_only);
    } else if (p.type == Type::learned) {
        r.get("channels", p.channels);
        r.get("index_dims", p.index_dims);
    }
    r.done();
    return p;
}

json position_json(const PositionConfig& p) {
    switch (p.type) {
        case PositionConfig::Type::fourier:
            return {{"type", "fourier"}, {"num_bands", p.num_bands}, {"max_resolution", p.max_resolution},
                    {"concat_pos", p.concat_position}, {"sine_only", p.sine_only}};
        case PositionConfig::Type::learned:
            return {{"type", "learned"}, {"channels", p.channels}, {"index_dims", p.index_dims}};
        case PositionConfig::Type::none: break;
    }
    return {{"type", "none"}};
}

constexpr std::initializer_list<std::pair<const char*, Activation>> activations = {
    {"gelu", Activation::gelu}, {"gelu_tanh", Activation::gelu_tanh}};
using Fit = ImageConfig::Fit;
constexpr std::initializer_list<std::pair<const char*, Fit>> fits = {{"squash", Fit::squash},
                                                                     {"center_crop", Fit::center_crop}};
using Resample = ImageConfig::Resample;
constexpr std::initializer_list<std::pair<const char*, Resample>> resamples = {
    {"bilinear", Resample::bilinear}, {"bicubic", Resample::bicubic}};

template <class T>
const char* word(T value, std::initializer_list<std::pair<const char*, T>> choices) {
    for (const auto& [text, choice] : choices)
        if (choice == value) return text;
    return "";
}

/// The keys cross-attends and latent blocks have in common; the last ones of their object.
template <class Module>
void read_attention(Reader& r, Module& m) {
    r.get("heads", m.heads);
    r.get_optional("qk_channels", m.qk_channels);
    r.get_optional("v_channels", m.v_channels);
    r.get_optional("widening", m.widening);
    r.done();
}

InputConfig read_input(const json& object) {
    InputConfig input;
    Reader r(object, "input");
    r.get_choice<InputConfig::Type>("type", input.type, {{"image", InputConfig::Type::image}}, false);
    auto& image = input.image;
    r.get("channels", image.channels);
    r.get_optional("height", image.height);
    r.get_optional("width", image.width);
    r.get_choice<Fit>("fit", image.fit, fits, true);
    r.get_optional("crop_fraction", image.crop_fraction);
    r.get_choice<Resample>("resample", image.resample, resamples, true);
    r.get_optional("mean", image.mean);
    r.get_optional("std", image.std);
    input.position = read_position(r.child("position"));
    r.done();
    return input;
}

json input_json(const InputConfig& input) {
    const auto& image = input.image;
    return {{"type", "image"}, {"channels", image.channels}, {"height", image.height}, {"width", image.width},
            {"fit", word(image.fit, fits)}, {"crop_fraction", image.crop_fraction},
            {"resample", word(image.resample, resamples)}, {"mean", image.mean}, {"std", image.std},
            {"position", position_json(input.position)}};
}

}  // namespace

std::string to_json(const Config& c) {
    json cross = json::array(), blocks = json::array(), stages = json::array();
    for (const auto& m : c.cross_modules)
        cross.push_back({{"heads", m.heads}, {"qk_channels", c.qk_channels(m)}, {"v_channels", c.v_channels(m)},
                         {"widening", m.widening}});
    for (const auto& m : c.block_modules)
        blocks.push_back({{"layers", m.layers}, {"heads", m.heads}, {"qk_channels", c.qk_channels(m)},
                          {"v_channels", c.v_channels(m)}, {"widening", m.widening}});
    for (const auto& s : c.stages) stages.push_back({{"cross", s.cross}, {"blocks", s.blocks}});
    return json{{"num_latents", c.num_latents}, {"latent_channels", c.latent_channels}, {"cross_modules", cross},
                {"block_modules", blocks}, {"stages", stages}, {"activation", word(c.activation, activations)},
                {"layer_norm_eps", c.layer_norm_eps}, {"num_classes", c.num_classes}, {"head_norm", c.head_norm},
                {"input", input_json(c.input)}, {"labels", c.labels}}
        .dump();
}

Config config_from_json(const std::string& text) {
    const json object = parse(text);
    Config c;
    Reader r(object, "");
    r.get("num_latents", c.num_latents);
    r.get("latent_channels", c.latent_channels);
    r.get_choice<Activation>("activation", c.activation, activations, true);
    r.get_optional("layer_norm_eps", c.layer_norm_eps);
    r.get("num_classes", c.num_classes);
    r.get_optional("head_norm", c.head_norm);
    r.get_optional("labels", c.labels);
    for (const auto& item : r.array("cross_modules")) {
        CrossModule m;
        Reader e(item, "cross_modules[" + std::to_string(c.cross_modules.size()) + "]");
        read_attention(e, m);
        c.cross_modules.push_back(m);
    }
    for (const auto& item : r.array("block_modules")) {
        BlockModule m;
        Reader e(item, "block_modules[" + std::to_string(c.block_modules.size()) + "]");
        e.get("layers", m.layers);
        read_attention(e, m);
        c.block_modules.push_back(m);
    }
    for (const auto& item : r.array("stages")) {
        Stage s;
        Reader e(item, "stages[" + std::to_string(c.stages.size()) + "]");
        e.get("cross", s.cross);
        e.get("blocks", s.blocks);
        e.done();
        c.stages.push_back(s);
    }
    c.input = read_input(r.child("input"));
    r.done();
    c.validate();
    return c;
}

namespace {

/// Which distinct cross-attend the t-th one of a `perceiver-2021` config uses.
std::int64_t distinct_cross(const std::string& sharing, std::int64_t t) {
    if (sharing == "none") return t;
    if (sharing == "all_but_first") return t == 0 ? 0 : 1;
    if (sharing == "all") return 0;
    wrong("share_cross_attends is \"" + sharing + "\", which is not known");
}

std::vector<Stage> stages_2021(std::int64_t crosses, std::int64_t blocks, const std::string& arrangement,
                               const std::string& sharing, bool share_blocks) {
    if (crosses < 1 || crosses > 1024 || blocks < 0 || blocks > 1024)
        wrong("num_cross_attends or num_blocks is out of range");
    std::vector<Stage> stages(static_cast<std::size_t>(crosses));
    for (std::int64_t t = 0; t < crosses; ++t) stages[static_cast<std::size_t>(t)].cross = distinct_cross(sharing, t);
    const bool interleaved = arrangement == "interleaved";
    if (!interleaved && arrangement != "at_start") wrong("arrangement is \"" + arrangement + "\", which is not known");
    if (interleaved && blocks % crosses) wrong("num_blocks is not a multiple of num_cross_attends");
    for (std::int64_t b = 0; b < blocks; ++b) {
        const std::int64_t stage = interleaved ? b / (blocks / crosses) : crosses - 1;
        stages[static_cast<std::size_t>(stage)].blocks.push_back(share_blocks ? 0 : b);
    }
    return stages;
}

}  // namespace

Config config_from_perceiver_2021(const std::string& text) {
    const json object = parse(text);
    Reader r(object, "");
    Config c;
    std::string format, arrangement, sharing;
    std::int64_t version = 0, crosses = 0, blocks = 0;
    bool share_blocks = false;
    CrossModule cross;
    BlockModule block;
    r.get("format", format);
    r.get_optional("version", version);
    if (format != "perceiver-2021") wrong("format is not perceiver-2021");
    r.get("num_latents", c.num_latents);
    r.get("latent_channels", c.latent_channels);
    r.get("num_cross_attends", crosses);
    r.get("num_blocks", blocks);
    r.get("self_attends_per_block", block.layers);
    r.get("arrangement", arrangement);
    r.get("share_cross_attends", sharing);
    r.get("share_blocks", share_blocks);
    r.get("cross_heads", cross.heads);
    r.get("self_heads", block.heads);
    r.get_optional("cross_qk_channels", cross.qk_channels);
    r.get_optional("cross_v_channels", cross.v_channels);
    r.get_optional("self_qk_channels", block.qk_channels);
    r.get_optional("self_v_channels", block.v_channels);
    r.get_optional("cross_widening", cross.widening);
    r.get_optional("self_widening", block.widening);
    r.get_choice<Activation>("activation", c.activation, activations, true);
    r.get_optional("layer_norm_eps", c.layer_norm_eps);
    r.get("num_classes", c.num_classes);
    c.input = read_input(r.child("input"));
    r.done();

    c.stages = stages_2021(crosses, blocks, arrangement, sharing, share_blocks);
    std::int64_t distinct_crosses = 0, distinct_blocks = 0;
    for (const auto& stage : c.stages) {
        distinct_crosses = std::max(distinct_crosses, stage.cross + 1);
        for (auto b : stage.blocks) distinct_blocks = std::max(distinct_blocks, b + 1);
    }
    c.cross_modules.assign(static_cast<std::size_t>(distinct_crosses), cross);
    c.block_modules.assign(static_cast<std::size_t>(distinct_blocks), block);
    c.validate();
    return c;
}

}  // namespace perceiver
