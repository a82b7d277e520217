#include "rivals/config.h"

#include "perceiver/json_reader.h"

namespace perceiver::rivals {
namespace {

constexpr std::initializer_list<std::pair<const char*, Type>> types = {
    {"resnet", Type::resnet}, {"vit", Type::vit}, {"transformer", Type::transformer}};

void require(bool holds, const std::string& what) {
    if (!holds) wrong_config(what);
}
// Bounds far above any rival of use; they keep every product of sizes far from overflow.
void require_count(std::int64_t value, const char* key, std::int64_t low, std::int64_t high) {
    require(value >= low && value <= high, std::string(key) + " is " + std::to_string(value) + ", not " +
                                               std::to_string(low) + " to " + std::to_string(high));
}
constexpr std::int64_t max_channels = 4096, max_side = 1024, max_layers = 64;

void check_input(const InputConfig& input) {
    require(input.type == InputConfig::Type::image, "input.type is not \"image\": rivals read pictures");
    const auto& image = input.image;
    require(image.prepare == ImageConfig::Prepare::pixels && !image.processor,
            "input.prepare is not \"pixels\": rivals read pixels as they are");
    require_count(image.channels, "input.channels", 3, 3);
    require_count(image.height, "input.height", 2, max_side);
    require_count(image.width, "input.width", 2, max_side);
    for (const auto* list : {&image.mean, &image.std})
        require(list->empty() || list->size() == 3, "input.mean and input.std don't have 3 numbers");
    for (double s : image.std) require(s > 0, "input.std holds a number that is not above 0");
    const auto& position = input.position;
    require(position.type == PositionConfig::Type::fourier, "input.position.type is not \"fourier\"");
    require_count(position.num_bands, "input.position.num_bands", 1, 1024);
    require(position.max_resolution.size() == 2 && position.axis_bands.empty(),
            "input.position is not the same number of bands along two axes");
    for (double r : position.max_resolution)
        require(r > 0 && r < 1e6, "input.position.max_resolution is out of range");
}

void check_resnet(const RivalConfig& c) {
    require_count(c.stem, "stem", 1, max_channels);
    require_count(c.kernel, "kernel", 1, 15);
    require(c.kernel % 2 == 1, "kernel is even");
    require_count(static_cast<std::int64_t>(c.stages.size()), "the number of stages", 1, 10);
    for (const auto& s : c.stages) require_count(s.channels, "a stage's channels", 1, max_channels);
    const std::int64_t halvings = std::int64_t{1} << c.stages.size();
    require(c.rows() % halvings == 0 && c.cols() % halvings == 0,
            "the picture's sides can't be halved once for every stage");
}

void check_tokens(const RivalConfig& c) {
    require_count(c.patch, "patch", 1, max_side);
    require_count(c.downsample, "downsample", 1, max_side);
    require(c.input.image.height % c.downsample == 0 && c.input.image.width % c.downsample == 0,
            "the picture is not of whole squares of downsample pixels");
    require(c.rows() % c.patch == 0 && c.cols() % c.patch == 0, "the picture is not of whole patches");
    require_count(c.channels, "channels", 1, max_channels);
    require_count(c.layers, "layers", 1, max_layers);
    require_count(c.heads, "heads", 1, c.channels);
    require(c.channels % c.heads == 0, "channels is not a multiple of heads");
    require_count(c.widening, "widening", 1, 16);
    require_count(c.tokens(), "the number of tokens", 1, 1 << 14);
}

struct Specs {
    std::vector<TensorSpec> all;

    void norm(const std::string& name, std::int64_t channels) {
        all.push_back({name + ".weight", {channels}});
        all.push_back({name + ".bias", {channels}});
    }
    void linear(const std::string& name, std::int64_t out, std::int64_t in) {
        all.push_back({name + ".weight", {out, in}});
        all.push_back({name + ".bias", {out}});
    }
    void conv(const std::string& name, std::int64_t out, std::int64_t in, std::int64_t side) {
        all.push_back({name + "conv.weight", {out, in, side, side}});
        norm(name + "norm", out);
        all.push_back({name + "norm.mean", {out}, false});
        all.push_back({name + "norm.variance", {out}, false});
    }
};

}  // namespace

const char* type_word(Type type) { return word(type, types); }

const char* type_name(Type type) {
    return type == Type::resnet ? "ResNet" : type == Type::vit ? "ViT" : "Transformer";
}

std::int64_t RivalConfig::receptive_field() const {
    if (type == Type::resnet) return kernel * kernel;
    return type == Type::vit ? patch * patch : elements();
}

std::int64_t RivalConfig::parameter_count() const {
    std::int64_t sum = 0;
    for (const auto& spec : tensor_specs(*this)) {
        std::int64_t count = spec.trained;
        for (const auto n : spec.shape) count *= n;
        sum += count;
    }
    return sum;
}

void RivalConfig::validate() const {
    check_input(input);
    if (type == Type::resnet)
        check_resnet(*this);
    else
        check_tokens(*this);
    require(permutation < std::uint64_t{1} << 62, "permutation is no seed");
    require_count(num_classes, "num_classes", 1, 1 << 16);
    require(labels.empty() || static_cast<std::int64_t>(labels.size()) == num_classes,
            "labels are not num_classes names");
}

std::string to_json(const RivalConfig& c) {
    json out = {{"type", type_word(c.type)},
                {"permutation", c.permutation},
                {"num_classes", c.num_classes},
                {"labels", c.labels},
                {"input", json::parse(perceiver::to_json(c.input))}};
    if (c.type == Type::resnet) {
        out["stem"] = c.stem;
        out["kernel"] = c.kernel;
        out["stages"] = json::array();
        for (const auto& s : c.stages)
            out["stages"].push_back({{"channels", s.channels}, {"residual", s.residual}});
        return out.dump();
    }
    if (c.type == Type::vit)
        out["patch"] = c.patch;
    else
        out["downsample"] = c.downsample;
    out["channels"] = c.channels;
    out["layers"] = c.layers;
    out["heads"] = c.heads;
    out["widening"] = c.widening;
    return out.dump();
}

RivalConfig rival_from_json(const std::string& text) {
    const json object = json::parse(text, nullptr, false);
    if (object.is_discarded()) wrong_config("it is not JSON");
    RivalConfig c;
    Reader r(object, "");
    r.get_choice<Type>("type", c.type, types, false);
    r.get_optional("permutation", c.permutation);
    r.get("num_classes", c.num_classes);
    r.get_optional("labels", c.labels);
    if (c.type == Type::resnet) {
        r.get("stem", c.stem);
        r.get_optional("kernel", c.kernel);
        for (const auto& item : r.array("stages")) {
            Reader e(item, "stages[" + std::to_string(c.stages.size()) + "]");
            auto& stage = c.stages.emplace_back();
            e.get("channels", stage.channels);
            e.get_optional("residual", stage.residual);
            e.done();
        }
    } else {
        if (c.type == Type::vit)
            r.get("patch", c.patch);
        else
            r.get("downsample", c.downsample);
        r.get("channels", c.channels);
        r.get("layers", c.layers);
        r.get("heads", c.heads);
        r.get_optional("widening", c.widening);
    }
    c.input = input_config_from_json(r.child("input").dump());
    r.done();
    c.validate();
    return c;
}

std::vector<TensorSpec> tensor_specs(const RivalConfig& c) {
    Specs specs;
    std::int64_t width = c.channels;
    if (c.type == Type::resnet) {
        specs.conv("stem.", c.stem, c.element_channels(), c.kernel);
        width = c.stem;
        for (std::size_t i = 0; i < c.stages.size(); ++i) {
            const std::string name = "stage." + std::to_string(i) + ".";
            const std::int64_t channels = c.stages[i].channels;
            specs.conv(name, channels, width, 3);
            width = channels;
            if (!c.stages[i].residual) continue;
            specs.conv(name + "first.", channels, channels, 3);
            specs.conv(name + "second.", channels, channels, 3);
        }
    } else {
        specs.all.push_back({"embed.weight", {c.channels, c.element_channels(), c.patch, c.patch}});
        specs.all.push_back({"embed.bias", {c.channels}});
        for (std::int64_t l = 0; l < c.layers; ++l) {
            const std::string name = "layer." + std::to_string(l) + ".";
            specs.norm(name + "norm", c.channels);
            specs.linear(name + "qkv", 3 * c.channels, c.channels);
            specs.linear(name + "output", c.channels, c.channels);
            specs.norm(name + "mlp_norm", c.channels);
            specs.linear(name + "mlp_in", c.widening * c.channels, c.channels);
            specs.linear(name + "mlp_out", c.channels, c.widening * c.channels);
        }
        specs.norm("norm", c.channels);
    }
    specs.linear("head", c.num_classes, width);
    return specs.all;
}

}  // namespace perceiver::rivals
