#include "support/released_models.h"

#include <algorithm>
#include <cmath>

namespace perceiver::samples {
namespace {

constexpr std::int64_t image_side = 224, patch = 4, sample_rate = 48'000;

PositionConfig fourier(std::int64_t bands, std::vector<double> max_resolution) {
    PositionConfig p;
    p.num_bands = bands;
    p.max_resolution = std::move(max_resolution);
    return p;
}
PositionConfig learned(std::int64_t channels, std::vector<std::int64_t> dims) {
    PositionConfig p;
    p.type = PositionConfig::Type::learned;
    p.channels = channels;
    p.index_dims = std::move(dims);
    return p;
}

std::vector<std::string> classes(std::int64_t count) {
    std::vector<std::string> labels;
    for (std::int64_t i = 0; i < count; ++i) labels.push_back("class " + std::to_string(i));
    return labels;
}

/// Whole multiples of `unit`, at least one.
class Scale {
  public:
    explicit Scale(double scale) : scale_(scale) {}
    std::int64_t operator()(std::int64_t full, std::int64_t unit = 1) const {
        return std::max<std::int64_t>(1, std::llround(double(full) * scale_ / double(unit))) * unit;
    }

  private:
    double scale_;
};

/// One cross-attend, then `blocks` times the same layers; the rest is the decoder's.
Config encoder(std::int64_t latents, std::int64_t channels, std::int64_t blocks, std::int64_t layers) {
    Config c;
    c.num_latents = latents;
    c.latent_channels = channels;
    c.cross_modules = {{}};
    c.block_modules = {{}};
    c.block_modules[0].layers = layers;
    c.stages = {{0, std::vector<std::int64_t>(static_cast<std::size_t>(blocks), 0)}};
    c.all_masked = Config::AllMasked::everything;
    c.head = Config::Head::decoder;
    return c;
}

Config image_model(Released which, const Scale& scale) {
    Config c = encoder(scale(512), scale(1024, 8), scale(8), scale(6));
    auto& image = c.input.image;
    image.processor.emplace();
    image.height = image.width = image.processor->height = image.processor->width = scale(image_side);
    image.processor->crop_height = image.processor->crop_width = scale(256);
    c.input.position = fourier(64, {double(image_side), double(image_side)});
    if (which == Released::learned) {
        image.prepare = ImageConfig::Prepare::conv1x1;
        image.conv_channels = 256;
        c.input.position = learned(256, {image.height, image.width});
        c.input.position.projected_channels = 256;
    } else if (which == Released::conv) {
        image.prepare = ImageConfig::Prepare::conv_pool;
        image.conv_channels = 64;
        c.input.position = fourier(64, {56, 56});
    }
    c.num_classes = c.decoder.output_channels = scale(1000);
    c.labels = classes(c.num_classes);
    c.decoder.outputs = {{"", {1}, learned(c.latent_channels, {1}), 0}};
    return c;
}

input::Modality modality(const char* name, InputConfig input, bool masked) {
    input::Modality m;
    m.name = name;
    m.input = std::move(input);
    m.has_mask_token = true;
    m.masked = masked;
    return m;
}

Config multimodal(const Scale& scale) {
    const std::int64_t frames = scale(16), grid = scale(56), per_frame = scale(1920, 16), samples = frames * per_frame;
    Config c = encoder(scale(784), scale(512, 8), 1, scale(8));
    c.num_classes = scale(700);
    c.labels = classes(c.num_classes);
    const auto audio_position = fourier(192, {double(samples)});
    const auto image_position = fourier(32, {double(frames), double(grid), double(grid)});
    InputConfig audio, image, label;
    audio.type = InputConfig::Type::audio;
    audio.audio = {16, sample_rate, samples};
    audio.position = audio_position;
    image.type = InputConfig::Type::video;
    image.video.patch = {1, patch, patch};
    image.video.frames = frames;
    image.video.height = image.video.width = grid * patch;
    image.video.frame_rate = double(sample_rate) / double(per_frame);
    image.position = image_position;
    label.type = InputConfig::Type::label;
    label.label.classes = c.num_classes;
    label.position.type = PositionConfig::Type::none;
    c.input.type = InputConfig::Type::multimodal;
    c.input.min_padding = 4;
    c.input.modalities = {modality("audio", audio, false), modality("image", image, false),
                          modality("label", label, true)};
    c.decoder.min_padding = 2;
    c.decoder.cross.query_residual = false;
    c.decoder.output_channels = scale(512);
    c.decoder.outputs = {{"audio", {samples / 16}, audio_position, 16},
                         {"image", {frames, grid * patch, grid * patch}, image_position, 3},
                         {"label", {1}, learned(scale(1024), {1}), c.num_classes}};
    return c;
}

}  // namespace

Config perceiver_2021(std::int64_t crosses, bool at_start) {
    constexpr std::int64_t blocks = 8;
    Config c;
    c.num_latents = 512;
    c.latent_channels = 1024;
    c.num_classes = 1000;
    c.input.position = fourier(64, {double(image_side), double(image_side)});
    c.cross_modules.resize(crosses > 1 ? 2 : 1);
    c.block_modules = {{}};
    c.block_modules[0].layers = 6;
    for (std::int64_t t = 0; t < crosses; ++t) {
        const std::int64_t own = !at_start ? blocks / crosses : t == crosses - 1 ? blocks : 0;
        c.stages.push_back({t ? 1 : 0, std::vector<std::int64_t>(static_cast<std::size_t>(own), 0)});
    }
    return c;
}

Config unshared(Config c) {
    std::vector<CrossModule> crosses;
    std::vector<BlockModule> blocks;
    for (auto& stage : c.stages) {
        crosses.push_back(c.cross_modules[static_cast<std::size_t>(stage.cross)]);
        stage.cross = static_cast<std::int64_t>(crosses.size()) - 1;
        for (auto& block : stage.blocks) {
            blocks.push_back(c.block_modules[static_cast<std::size_t>(block)]);
            block = static_cast<std::int64_t>(blocks.size()) - 1;
        }
    }
    c.cross_modules = std::move(crosses);
    c.block_modules = std::move(blocks);
    return c;
}

Config crosses_only(std::int64_t crosses) {
    Config c = perceiver_2021(1);
    c.block_modules.clear();
    c.stages.assign(static_cast<std::size_t>(crosses), {0, {}});
    return unshared(std::move(c));
}

Config perceiver_2021_learned() {
    Config c = perceiver_2021(1);
    c.input.position = learned(128, {image_side, image_side});
    return c;
}

Config released(Released which, double scale) {
    return which == Released::multimodal ? multimodal(Scale(scale)) : image_model(which, Scale(scale));
}

}  // namespace perceiver::samples
