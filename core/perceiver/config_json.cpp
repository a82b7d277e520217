// JSON in and out of Config.
#include <algorithm>

#include "perceiver/config.h"
#include "perceiver/json_reader.h"

namespace perceiver {
namespace {

json parse(const std::string& text) {
    json parsed = json::parse(text, nullptr, false);
    if (parsed.is_discarded()) wrong_config("it is not JSON");
    return parsed;
}

template <class T>
using Choices = std::initializer_list<std::pair<const char*, T>>;
using Type = InputConfig::Type;
using Fit = ImageConfig::Fit;
using Resample = ImageConfig::Resample;
using Filter = input::ImageProcessorConfig::Resample;
using Prepare = ImageConfig::Prepare;
using Padding = ImageConfig::Padding;
using Order = PositionConfig::Order;
using Spacing = PositionConfig::Spacing;
using Head = Config::Head;
using AllMasked = Config::AllMasked;
using PointsFit = input::PointsConfig::Fit;
constexpr Choices<Type> types = {{"image", Type::image}, {"audio", Type::audio}, {"spectrogram", Type::spectrogram},
                                 {"video", Type::video}, {"points", Type::points}, {"label", Type::label},
                                 {"multimodal", Type::multimodal}};
constexpr Choices<Activation> activations = {
    {"gelu", Activation::gelu}, {"gelu_tanh", Activation::gelu_tanh}, {"geglu", Activation::geglu}};
constexpr Choices<Fit> fits = {{"squash", Fit::squash}, {"center_crop", Fit::center_crop}};
constexpr Choices<PointsFit> points_fits = {
    {"none", PointsFit::none}, {"unit_ball", PointsFit::unit_ball}, {"unit_cube", PointsFit::unit_cube}};
constexpr Choices<Resample> resamples = {{"bilinear", Resample::bilinear}, {"bicubic", Resample::bicubic}};
constexpr Choices<Filter> filters = {{"nearest", Filter::nearest}, {"lanczos", Filter::lanczos},
                                     {"bilinear", Filter::bilinear}, {"bicubic", Filter::bicubic},
                                     {"box", Filter::box}, {"hamming", Filter::hamming}};
constexpr Choices<Prepare> prepares = {{"pixels", Prepare::pixels}, {"patches", Prepare::patches},
                                       {"conv1x1", Prepare::conv1x1}, {"conv_pool", Prepare::conv_pool}};
constexpr Choices<Padding> paddings = {{"symmetric", Padding::symmetric}, {"same", Padding::same}};
constexpr Choices<Order> orders = {{"by_function", Order::by_function}, {"by_axis", Order::by_axis}};
constexpr Choices<Spacing> spacings = {{"linear", Spacing::linear}, {"geometric", Spacing::geometric}};
constexpr Choices<Head> heads = {{"mean", Head::mean}, {"decoder", Head::decoder}, {"none", Head::none}};
constexpr Choices<AllMasked> masked_rules = {{"nothing", AllMasked::nothing}, {"everything", AllMasked::everything}};

// Settings at their default are left out where most models have them so.
template <class T>
void put(json& to, const char* key, const T& value, const T& usual) {
    if (value != usual) to[key] = value;
}
template <class T>
void put_word(json& to, const char* key, T value, Choices<T> choices, T usual) {
    if (value != usual) to[key] = word(value, choices);
}

PositionConfig read_position(const json& object, const std::string& path) {
    PositionConfig p;
    Reader r(object, path);
    using Kind = PositionConfig::Type;
    r.get_choice<Kind>("type", p.type, {{"fourier", Kind::fourier}, {"learned", Kind::learned}, {"none", Kind::none}},
                       false);
    if (p.type == Kind::fourier) {
        r.get("num_bands", p.num_bands);
        r.get("max_resolution", p.max_resolution);
        r.get_optional("axis_bands", p.axis_bands);
        r.get_optional("concat_pos", p.concat_position);
        r.get_optional("sine_only", p.sine_only);
        r.get_choice<Order>("order", p.order, orders, true);
        r.get_choice<Spacing>("spacing", p.spacing, spacings, true);
    } else if (p.type == Kind::learned) {
        r.get("channels", p.channels);
        r.get("index_dims", p.index_dims);
        r.get_optional("projected_channels", p.projected_channels);
    }
    r.done();
    return p;
}

json position_json(const PositionConfig& p) {
    json out = {{"type", "none"}};
    if (p.type == PositionConfig::Type::fourier) {
        out = {{"type", "fourier"}, {"num_bands", p.num_bands}, {"max_resolution", p.max_resolution},
               {"concat_pos", p.concat_position}, {"sine_only", p.sine_only}};
        put(out, "axis_bands", p.axis_bands, {});
        put_word(out, "order", p.order, orders, Order::by_function);
        put_word(out, "spacing", p.spacing, spacings, Spacing::linear);
    } else if (p.type == PositionConfig::Type::learned) {
        out = {{"type", "learned"}, {"channels", p.channels}, {"index_dims", p.index_dims}};
        put(out, "projected_channels", p.projected_channels, std::int64_t{0});
    }
    return out;
}

/// The keys cross-attends and latent blocks have in common.
template <class Module>
void read_attention(Reader& r, Module& m) {
    r.get("heads", m.heads);
    r.get_optional("qk_channels", m.qk_channels);
    r.get_optional("v_channels", m.v_channels);
    r.get_optional("widening", m.widening);
    r.get_optional("qkv_bias", m.qkv_bias);
}
template <class Module>
json attention_json(const Module& m, std::int64_t qk, std::int64_t v) {
    json out = {{"heads", m.heads}, {"qk_channels", qk}, {"v_channels", v}, {"widening", m.widening}};
    put(out, "qkv_bias", m.qkv_bias, true);
    return out;
}
CrossModule read_cross(const json& object, const std::string& path) {
    CrossModule m;
    Reader r(object, path);
    read_attention(r, m);
    r.get_optional("query_residual", m.query_residual);
    r.done();
    return m;
}
json cross_json(const CrossModule& m, std::int64_t qk, std::int64_t v) {
    json out = attention_json(m, qk, v);
    put(out, "query_residual", m.query_residual, true);
    return out;
}

void read_channels(Reader& r, const char* key, std::array<double, 3>& values) {
    std::vector<double> list(values.begin(), values.end());
    r.get_optional(key, list);
    if (list.size() != values.size()) wrong_config(r.name(key) + " needs one number for each of three channels");
    std::ranges::copy(list, values.begin());
}
input::ImageProcessorConfig read_processor(const json& object, const std::string& path) {
    input::ImageProcessorConfig p;
    Reader r(object, path);
    r.get_optional("do_center_crop", p.do_center_crop);
    r.get_optional("crop_height", p.crop_height);
    r.get_optional("crop_width", p.crop_width);
    r.get_optional("crop_rounds_up", p.crop_rounds_up);
    r.get_optional("do_resize", p.do_resize);
    r.get_optional("height", p.height);
    r.get_optional("width", p.width);
    r.get_choice<Filter>("resample", p.resample, filters, true);
    r.get_optional("do_rescale", p.do_rescale);
    r.get_optional("rescale_factor", p.rescale_factor);
    r.get_optional("do_normalize", p.do_normalize);
    read_channels(r, "mean", p.mean);
    read_channels(r, "std", p.std);
    r.done();
    return p;
}
json processor_json(const input::ImageProcessorConfig& p) {
    return {{"do_center_crop", p.do_center_crop}, {"crop_height", p.crop_height}, {"crop_width", p.crop_width},
            {"crop_rounds_up", p.crop_rounds_up}, {"do_resize", p.do_resize}, {"height", p.height}, {"width", p.width},
            {"resample", word(p.resample, filters)}, {"do_rescale", p.do_rescale}, {"rescale_factor", p.rescale_factor},
            {"do_normalize", p.do_normalize}, {"mean", p.mean}, {"std", p.std}};
}

void read_image(Reader& r, ImageConfig& image) {
    r.get("channels", image.channels);
    r.get_optional("height", image.height);
    r.get_optional("width", image.width);
    r.get_choice<Fit>("fit", image.fit, fits, true);
    r.get_optional("crop_fraction", image.crop_fraction);
    r.get_optional("crop_centre", image.crop_centre);
    r.get_choice<Resample>("resample", image.resample, resamples, true);
    r.get_optional("mean", image.mean);
    r.get_optional("std", image.std);
    r.get_choice<Prepare>("prepare", image.prepare, prepares, true);
    r.get_optional("patch", image.patch);
    r.get_optional("conv_channels", image.conv_channels);
    r.get_choice<Padding>("padding", image.padding, paddings, true);
    if (r.has("processor")) image.processor = read_processor(r.child("processor"), r.name("processor"));
}
json image_json(const ImageConfig& image) {
    json out = {{"channels", image.channels}, {"height", image.height}, {"width", image.width},
                {"fit", word(image.fit, fits)}, {"crop_fraction", image.crop_fraction},
                {"resample", word(image.resample, resamples)}, {"mean", image.mean}, {"std", image.std}};
    put_word(out, "prepare", image.prepare, prepares, Prepare::pixels);
    put(out, "crop_centre", image.crop_centre, {0.5, 0.5});
    put(out, "patch", image.patch, {1, 1});
    put(out, "conv_channels", image.conv_channels, std::int64_t{0});
    put_word(out, "padding", image.padding, paddings, Padding::symmetric);
    if (image.processor) out["processor"] = processor_json(*image.processor);
    return out;
}

void read_video(Reader& r, VideoConfig& video) {
    r.get("channels", video.channels);
    r.get("patch", video.patch);
    r.get_optional("frames", video.frames);
    r.get_optional("height", video.height);
    r.get_optional("width", video.width);
    r.get_optional("frame_rate", video.frame_rate);
    r.get_optional("mean", video.mean);
    r.get_optional("std", video.std);
    r.get_optional("crop_fraction", video.crop_fraction);
    r.get_optional("crop_centre", video.crop_centre);
    r.get_optional("mean_frame", video.mean_frame);
}

void read_spectrogram(Reader& r, SpectrogramConfig& sound) {
    r.get("sample_rate", sound.sample_rate);
    r.get("fft", sound.fft);
    r.get("window", sound.window);
    r.get("hop", sound.hop);
    r.get("mels", sound.mels);
    r.get_optional("frames", sound.frames);
    r.get("low", sound.low);
    r.get("high", sound.high);
    r.get_optional("floor", sound.floor);
    r.get_optional("mean", sound.mean);
    r.get_optional("std", sound.std);
    r.get("patch", sound.patch);
    r.get_optional("seek", sound.seek);
}
json spectrogram_json(const SpectrogramConfig& s) {
    json out = {{"sample_rate", s.sample_rate}, {"fft", s.fft}, {"window", s.window}, {"hop", s.hop}, {"mels", s.mels},
                {"frames", s.frames}, {"low", s.low}, {"high", s.high}, {"floor", s.floor}, {"mean", s.mean},
                {"std", s.std}, {"patch", s.patch}};
    put(out, "seek", s.seek, false);
    return out;
}

InputConfig read_input(const json& object, const std::string& path);

/// Modalities are an object by name, which nlohmann keeps in the order of the names.
void read_modalities(const json& object, const std::string& path, std::vector<input::Modality>& modalities) {
    if (!object.is_object()) wrong_config(path + " is not an object");
    for (const auto& item : object.items()) {
        input::Modality m;
        m.name = item.key();
        json rest = item.value();
        if (rest.is_object()) {
            Reader r(rest, path + "." + m.name);
            r.get_optional("mask_token", m.has_mask_token);
            r.get_optional("masked", m.masked);
            rest.erase("mask_token");
            rest.erase("masked");
        }
        m.input = read_input(rest, path + "." + m.name);
        modalities.push_back(std::move(m));
    }
}

InputConfig read_input(const json& object, const std::string& path) {
    InputConfig input;
    Reader r(object, path);
    r.get_choice<Type>("type", input.type, types, false);
    switch (input.type) {
        case Type::image: read_image(r, input.image); break;
        case Type::audio:
            r.get("samples_per_patch", input.audio.samples_per_patch);
            r.get_optional("sample_rate", input.audio.sample_rate);
            r.get_optional("samples", input.audio.samples);
            r.get_optional("rms", input.audio.rms);
            r.get_optional("mu", input.audio.mu);
            break;
        case Type::spectrogram: read_spectrogram(r, input.spectrogram); break;
        case Type::video: read_video(r, input.video); break;
        case Type::points:
            r.get_optional("dims", input.points.dims);
            r.get_optional("features", input.points.features);
            r.get_optional("points", input.points.points);
            r.get_choice<PointsFit>("fit", input.points.fit, points_fits, true);
            break;
        case Type::label:
            r.get("classes", input.label.classes);
            input.position.type = PositionConfig::Type::none;
            break;
        case Type::multimodal:
            r.get_optional("min_padding", input.min_padding);
            read_modalities(r.child("modalities"), r.name("modalities"), input.modalities);
            break;
    }
    if (input.type != Type::label && input.type != Type::multimodal)
        input.position = read_position(r.child("position"), r.name("position"));
    r.done();
    return input;
}

json input_json(const InputConfig& input) {
    json out = json::object();
    switch (input.type) {
        case Type::image: out = image_json(input.image); break;
        case Type::audio:
            out = {{"samples_per_patch", input.audio.samples_per_patch}, {"sample_rate", input.audio.sample_rate},
                   {"samples", input.audio.samples}};
            put(out, "rms", input.audio.rms, 0.0);
            put(out, "mu", input.audio.mu, 0.0);
            break;
        case Type::spectrogram: out = spectrogram_json(input.spectrogram); break;
        case Type::video: {
            const auto& v = input.video;
            out = {{"channels", v.channels}, {"patch", v.patch}, {"frames", v.frames}, {"height", v.height},
                   {"width", v.width}, {"frame_rate", v.frame_rate}, {"mean", v.mean}, {"std", v.std}};
            put(out, "crop_fraction", v.crop_fraction, 1.0);
            put(out, "crop_centre", v.crop_centre, {0.5, 0.5});
            put(out, "mean_frame", v.mean_frame, 0.0);
            break;
        }
        case Type::points:
            out = {{"dims", input.points.dims}, {"features", input.points.features}, {"points", input.points.points}};
            put_word(out, "fit", input.points.fit, points_fits, PointsFit::none);
            break;
        case Type::label: out = {{"classes", input.label.classes}}; break;
        case Type::multimodal:
            out = {{"min_padding", input.min_padding}, {"modalities", json::object()}};
            for (const auto& m : input.modalities) {
                json one = input_json(m.input);
                put(one, "mask_token", m.has_mask_token, false);
                put(one, "masked", m.masked, false);
                out["modalities"][m.name] = std::move(one);
            }
            break;
    }
    out["type"] = word(input.type, types);
    if (input.type != Type::label && input.type != Type::multimodal) out["position"] = position_json(input.position);
    return out;
}

DecoderConfig read_decoder(const json& object) {
    DecoderConfig d;
    Reader r(object, "decoder");
    d.cross = read_cross(r.child("cross"), "decoder.cross");
    r.get("output_channels", d.output_channels);
    r.get_optional("min_padding", d.min_padding);
    for (const auto& item : r.array("outputs")) {
        OutputConfig o;
        const std::string path = "decoder.outputs[" + std::to_string(d.outputs.size()) + "]";
        Reader e(item, path);
        e.get_optional("name", o.name);
        e.get("dims", o.dims);
        o.position = read_position(e.child("position"), path + ".position");
        e.get_optional("channels", o.channels);
        e.done();
        d.outputs.push_back(std::move(o));
    }
    r.done();
    return d;
}
json decoder_json(const Config& c) {
    const CrossModule m = c.decoder_cross();
    json outputs = json::array();
    for (const auto& o : c.decoder.outputs)
        outputs.push_back(
            {{"name", o.name}, {"dims", o.dims}, {"position", position_json(o.position)}, {"channels", o.channels}});
    return {{"cross", cross_json(m, m.qk_channels, m.v_channels)}, {"output_channels", c.decoder.output_channels},
            {"min_padding", c.decoder.min_padding}, {"outputs", outputs}};
}

}  // namespace

std::string to_json(const Config& c) {
    json cross = json::array(), blocks = json::array(), stages = json::array();
    for (const auto& m : c.cross_modules) cross.push_back(cross_json(m, c.qk_channels(m), c.v_channels(m)));
    for (const auto& m : c.block_modules) {
        blocks.push_back(attention_json(m, c.qk_channels(m), c.v_channels(m)));
        blocks.back()["layers"] = m.layers;
    }
    for (const auto& s : c.stages) stages.push_back({{"cross", s.cross}, {"blocks", s.blocks}});
    json out = {{"num_latents", c.num_latents}, {"latent_channels", c.latent_channels}, {"cross_modules", cross},
                {"block_modules", blocks}, {"stages", stages}, {"activation", word(c.activation, activations)},
                {"layer_norm_eps", c.layer_norm_eps}, {"num_classes", c.num_classes}, {"head_norm", c.head_norm},
                {"input", input_json(c.input)}, {"labels", c.labels}};
    put_word(out, "head", c.head, heads, Head::mean);
    put_word(out, "all_masked", c.all_masked, masked_rules, AllMasked::nothing);
    if (c.head == Head::decoder) out["decoder"] = decoder_json(c);
    return out.dump();
}

std::string to_json(const InputConfig& input) { return input_json(input).dump(); }
InputConfig input_config_from_json(const std::string& text) { return read_input(parse(text), "input"); }

Config config_from_json(const std::string& text) {
    const json object = parse(text);
    Config c;
    Reader r(object, "");
    r.get("num_latents", c.num_latents);
    r.get("latent_channels", c.latent_channels);
    r.get_choice<Activation>("activation", c.activation, activations, true);
    r.get_optional("layer_norm_eps", c.layer_norm_eps);
    r.get_choice<AllMasked>("all_masked", c.all_masked, masked_rules, true);
    r.get_choice<Head>("head", c.head, heads, true);
    r.get("num_classes", c.num_classes);
    r.get_optional("head_norm", c.head_norm);
    r.get_optional("labels", c.labels);
    for (const auto& item : r.array("cross_modules"))
        c.cross_modules.push_back(read_cross(item, "cross_modules[" + std::to_string(c.cross_modules.size()) + "]"));
    for (const auto& item : r.array("block_modules")) {
        BlockModule m;
        Reader e(item, "block_modules[" + std::to_string(c.block_modules.size()) + "]");
        e.get("layers", m.layers);
        read_attention(e, m);
        e.done();
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
    if (c.head == Head::decoder) c.decoder = read_decoder(r.child("decoder"));
    c.input = read_input(r.child("input"), "input");
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
    wrong_config("share_cross_attends is \"" + sharing + "\", which is not known");
}

std::vector<Stage> stages_2021(std::int64_t crosses, std::int64_t blocks, const std::string& arrangement,
                               const std::string& sharing, bool share_blocks) {
    if (crosses < 1 || crosses > 1024 || blocks < 0 || blocks > 1024)
        wrong_config("num_cross_attends or num_blocks is out of range");
    std::vector<Stage> stages(static_cast<std::size_t>(crosses));
    for (std::int64_t t = 0; t < crosses; ++t) stages[static_cast<std::size_t>(t)].cross = distinct_cross(sharing, t);
    const bool interleaved = arrangement == "interleaved";
    if (!interleaved && arrangement != "at_start")
        wrong_config("arrangement is \"" + arrangement + "\", which is not known");
    if (interleaved && blocks % crosses) wrong_config("num_blocks is not a multiple of num_cross_attends");
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
    if (format != "perceiver-2021") wrong_config("format is not perceiver-2021");
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
    c.input = read_input(r.child("input"), "input");
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
