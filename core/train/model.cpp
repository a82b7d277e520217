#include "train/model.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "input/fourier.h"
#include "train/learned_loops.h"

namespace perceiver::train {
namespace {

using at::Tensor;

// One axis of the Fourier features: raw position, sines, cosines at n places, [1 + 2 bands, n].
Tensor axis_features(const PositionConfig& p, std::int64_t axis, std::int64_t n) {
    const Tensor x = torch::linspace(-1, 1, n, at::kDouble).unsqueeze(0);
    const Tensor f = torch::linspace(1, p.max_resolution[axis] / 2, p.num_bands, at::kDouble).unsqueeze(1);
    const Tensor angle = f * x * M_PI;
    return torch::cat({x, angle.sin(), angle.cos()}, 0);
}

std::string cross_name(std::int64_t j) { return "cross." + std::to_string(j) + "."; }

void need(bool holds, const std::string& what) {
    if (!holds) throw Error(ErrorCode::no_fit, "The trainer can't train this model: " + what + ".");
}

bool learns_positions(const InputConfig& c) { return c.position.type == PositionConfig::Type::learned; }

/// Every two of them are at right angles, and none has a mean that LayerNorm would take off.
constexpr std::int64_t code_channels = 4;
constexpr std::array<std::array<float, code_channels>, 3> codes{{{1, -1, 1, -1}, {-1, 1, 1, -1}, {1, 1, -1, -1}}};

void check_picture(const InputConfig& c) {
    const auto& position = c.position;
    const bool learned = learns_positions(c);
    need(!learned || position.projected_channels == 0, "its learned positions are projected");
    need(!learned || c.image.height * c.image.width % 16 == 0, "its pixels are not a multiple of 16");
    need(learned || (position.concat_position && !position.sine_only && position.axis_bands.empty() &&
             position.order == PositionConfig::Order::by_function &&
             position.spacing == PositionConfig::Spacing::linear),
         "its positions are not Fourier features with the raw position, sines and cosines, linearly spaced");
    need(c.image.height > 1 && c.image.width > 1, "the size of its pictures is not fixed");
    need(c.image.channels == 3, "its pictures don't have 3 channels");
    need(c.image.prepare == ImageConfig::Prepare::pixels && !c.image.processor,
         "it doesn't read pixels as they are");
}

void check_input(const InputConfig& c);

void check_senses(const InputConfig& c) {
    for (const auto& m : c.modalities) {
        const auto type = m.input.type;
        need(type == InputConfig::Type::video || type == InputConfig::Type::spectrogram,
             "several modalities are film and spectrograms, and " + m.name + " is neither");
        need(!m.has_mask_token, m.name + " has a mask token");
        check_input(m.input);
    }
    need(c.modalities.size() <= codes.size(), "it has too many modalities");
    need(c.min_padding >= code_channels, "min_padding leaves no room for a code of its modalities");
}

void check_input(const InputConfig& c) {
    using Type = InputConfig::Type;
    if (c.type == Type::multimodal) return check_senses(c);
    need(c.position.type == PositionConfig::Type::fourier ||
             (learns_positions(c) && c.type == Type::image),
         "its positions are not Fourier features, nor learned ones of a picture");
    if (c.type == Type::image) return check_picture(c);
    need(c.type == Type::points || c.type == Type::spectrogram || c.type == Type::audio ||
             c.type == Type::video,
         "it reads neither pictures nor points nor sound nor film");
    const auto& film = c.video;
    need(c.type != Type::video || (film.frames > 0 && film.height > 0 && film.width > 0),
         "the size of its film is not fixed");
    need(c.type != Type::video || (film.frames % film.patch[0] == 0 && film.height % film.patch[1] == 0 &&
                                   film.width % film.patch[2] == 0),
         "its film is not of whole patches");
    need(c.type != Type::video || film.channels == 1 || film.channels == 3,
         "its film doesn't have 1 or 3 channels");
    need(c.type != Type::spectrogram || c.spectrogram.frames > 0, "the length of its sounds is not fixed");
    need(c.type != Type::audio || (c.audio.samples > 0 && c.audio.sample_rate > 0),
         "the length of its sounds is not fixed");
    need(c.type != Type::points || c.points.features == 0, "its points have features beside their position");
}

/// The grid of a sound's or film's elements.
std::vector<std::int64_t> grid_of(const InputConfig& c) {
    if (c.type == InputConfig::Type::audio) return {c.audio.samples / c.audio.samples_per_patch};
    const auto& v = c.video;
    if (c.type == InputConfig::Type::video)
        return {v.frames / v.patch[0], v.height / v.patch[1], v.width / v.patch[2]};
    return {c.spectrogram.mels / c.spectrogram.patch[0], c.spectrogram.frames / c.spectrogram.patch[1]};
}

}  // namespace

void check_trainable(const Config& c) {
    check_input(c.input);
    need(c.activation == Activation::gelu, "its activation is not gelu");
    need(c.head == Config::Head::mean, "its head is not the mean of the latents");
    // What the kernels of training take (train/kernels.h).
    need(c.num_latents % 16 == 0 && c.latent_channels % 16 == 0,
         "num_latents and latent_channels are not multiples of 16");
    if (learns_positions(c.input)) {
        need(c.stages.size() == 1, "it reads more than once, and its positions are learned");
        const auto& cross = c.cross_modules[static_cast<std::size_t>(c.stages[0].cross)];
        need(c.v_channels(cross) / cross.heads % 4 == 0,
             "its cross-attend's heads are not a multiple of 4 values wide");
    }
    for (const auto& b : c.block_modules) {
        need(c.qk_channels(b) == c.latent_channels && c.v_channels(b) == c.latent_channels,
             "a block's qk_channels or v_channels are not latent_channels");
        need(c.latent_channels / b.heads % 16 == 0, "a block's heads are not a multiple of 16 channels wide");
    }
}

// The residual stream: x, and what the last operation left to be added to it.
struct Model::Stream {
    Tensor x, delta, bias;
    std::int64_t batch = 1;
};

Model::Model(Config config, at::ScalarType compute) : Trainable(compute), config_(std::move(config)) {
    check_trainable(config_);
    const auto& c = config_;
    const std::int64_t d = c.latent_channels, channels = c.token_channels();
    add_leaf("latents", {c.num_latents, d}, false);
    if (learns_positions(c.input))
        add_leaf("input.position", {c.input.image.height * c.input.image.width, c.input.position.channels}, false);
    auto norm = [&](const std::string& name) {
        add_leaf(name + ".weight", {d}, false);
        add_leaf(name + ".bias", {d}, false);
    };
    auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in, bool matrix) {
        add_leaf(name + ".weight", {out, in}, matrix);
        add_leaf(name + ".bias", {out}, false);
    };
    auto feed_forward = [&](const std::string& p, std::int64_t widening) {
        norm(p + "mlp_norm");
        linear(p + "mlp_in", widening * d, d, true);
        linear(p + "mlp_out", d, widening * d, true);
    };
    for (std::size_t j = 0; j < c.cross_modules.size(); ++j) {
        const auto& m = c.cross_modules[j];
        const std::string p = cross_name(static_cast<std::int64_t>(j));
        norm(p + "q_norm");
        linear(p + "query", c.qk_channels(m), d, false);
        add_leaf(p + "key.weight", {c.qk_channels(m), channels}, false);
        add_leaf(p + "value.weight", {c.v_channels(m), channels}, false);
        linear(p + "output", d, c.v_channels(m), false);
        feed_forward(p, m.widening);
    }
    for (std::size_t b = 0; b < c.block_modules.size(); ++b)
        for (std::int64_t l = 0; l < c.block_modules[b].layers; ++l) {
            const std::string p = "block." + std::to_string(b) + ".layer." + std::to_string(l) + ".";
            norm(p + "q_norm");
            linear(p + "qkv", 3 * d, d, true);
            linear(p + "output", d, d, true);
            feed_forward(p, c.block_modules[b].widening);
        }
    if (c.head_norm) norm("head.norm");
    linear("head", c.num_classes, d, false);
    lay_out_parameters();
    if (c.input.type == InputConfig::Type::image && !learns_positions(c.input)) lay_out_picture();
    const auto features = [](const InputConfig& input) {
        return input::fourier_features(input::grid_positions(grid_of(input)), input.position).to(at::kFloat);
    };
    for (const auto& m : c.input.modalities) {
        const Tensor own = features(m.input), padding = this->padding(m.name);
        features_[m.name] = torch::cat({own, padding.expand({own.size(0), -1})}, 1);
    }
    using Type = InputConfig::Type;
    if (c.input.type == Type::audio || c.input.type == Type::spectrogram || c.input.type == Type::video)
        features_[""] = features(c.input);
}

Tensor Model::padding(const std::string& modality) const {
    const auto& all = config_.input.modalities;
    const auto at = std::ranges::find(all, modality, &input::Modality::name);
    Tensor out = torch::zeros({config_.token_channels() - at->input.token_channels()});
    const auto& code = codes[static_cast<std::size_t>(at - all.begin())];
    std::ranges::copy(code, out.data_ptr<float>() + out.numel() - code_channels);
    return out;
}

void Model::lay_out_picture() {
    const auto& c = config_;
    const std::int64_t k = c.input.image.channels, rows = c.input.image.height, cols = c.input.image.width;
    const std::int64_t channels = c.token_channels(), bands = c.input.position.num_bands;
    const Tensor fr = axis_features(c.input.position, 0, rows), fc = axis_features(c.input.position, 1, cols);
    unfold_ = torch::zeros({channels, k + rows + cols}, at::kDouble);
    auto place = [&](std::int64_t channel, const Tensor& f, std::int64_t at, std::int64_t n) {
        unfold_.narrow(0, channel, f.size(0)).narrow(1, at, n).copy_(f);
    };
    place(0, torch::eye(k, at::kDouble), 0, k);
    place(k, fr.narrow(0, 0, 1), k, rows);
    place(k + 1, fc.narrow(0, 0, 1), k + rows, cols);
    for (int part = 0; part < 2; ++part) {
        place(k + 2 + 2 * part * bands, fr.narrow(0, 1 + part * bands, bands), k, rows);
        place(k + 2 + (2 * part + 1) * bands, fc.narrow(0, 1 + part * bands, bands), k + rows, cols);
    }
    sums_ = (fr.sum(0).unsqueeze(1) + fc.sum(0).unsqueeze(0)).to(at::kFloat);
    squares_ = (fr.square().sum(0).unsqueeze(1) + fc.square().sum(0).unsqueeze(0)).to(at::kFloat);
    unfold_ = unfold_.to(at::kFloat);
}

ModelInput Model::read(const Tensor& data) const {
    if (config_.input.type != InputConfig::Type::image) return tokens(data);
    if (!learns_positions(config_.input)) return grid(data);
    const Tensor pixels = data.flatten(2).contiguous();
    return PixelBatch{pixels, pixels.sum(1), pixels.square().sum(1)};
}

GridBatch Model::grid(const Tensor& pixels) const {
    const double n = static_cast<double>(unfold_.size(0));
    const Tensor mean = (pixels.sum(1) + sums_) / n;
    const Tensor rstd =
        ((pixels.square().sum(1) + squares_) / n - mean.square() + config_.layer_norm_eps).rsqrt_();
    return {rstd, pixels * rstd.unsqueeze(1)};
}

/// The data of the elements, [B, M, data channels].
Tensor Model::elements(const InputConfig& c, const Tensor& data) const {
    const std::int64_t batch = data.size(0);
    if (c.type == InputConfig::Type::audio) return data.view({batch, -1, c.audio.samples_per_patch});
    const auto grid = grid_of(c);
    if (c.type == InputConfig::Type::spectrogram) {
        const auto& patch = c.spectrogram.patch;
        return data.view({batch, grid[0], patch[0], grid[1], patch[1]})
            .transpose(2, 3)
            .reshape({batch, grid[0] * grid[1], -1});
    }
    const auto& patch = c.video.patch;
    return data.view({batch, grid[0], patch[0], grid[1], patch[1], grid[2], patch[2], c.video.channels})
        .permute({0, 1, 3, 5, 2, 4, 6, 7})
        .reshape({batch, grid[0] * grid[1] * grid[2], -1});
}

TokenBatch Model::tokens(const Tensor& data) const {
    const auto& c = config_.input;
    if (c.type != InputConfig::Type::points) return tokens({{"", data}});
    const Tensor all =
        input::fourier_features(data.view({-1, c.points.dims}), c.position).view({data.size(0), data.size(1), -1});
    return {torch::layer_norm(all, {all.size(2)}, {}, {}, config_.layer_norm_eps).to(compute_)};
}

TokenBatch Model::tokens(const std::map<std::string, Tensor>& data) const {
    std::vector<Tensor> all;
    const auto add = [&](const std::string& name, const InputConfig& input) {
        const auto found = data.find(name);
        if (found == data.end()) return;
        const Tensor own = elements(input, found->second);
        const Tensor rows = torch::cat({own, features_.at(name).expand({own.size(0), own.size(1), -1})}, 2);
        all.push_back(torch::layer_norm(rows, {rows.size(2)}, {}, {}, config_.layer_norm_eps).to(compute_));
    };
    if (config_.input.modalities.empty()) add("", config_.input);
    for (const auto& m : config_.input.modalities) add(m.name, m.input);
    return {all.size() == 1 ? all[0] : torch::cat(all, 1)};
}

void Model::cross(Stream& s, std::int64_t index, const ModelInput& input, bool first) const {
    const auto& m = config_.cross_modules[static_cast<std::size_t>(index)];
    const std::string p = cross_name(index);
    const std::int64_t h = m.heads, d = config_.latent_channels, qk = config_.qk_channels(m) / h,
                       v = config_.v_channels(m) / h;
    const auto scope = first ? at::kFloat : compute_;
    auto [x, y] = add_norm(s.x, s.delta, s.bias, leaf(p + "q_norm.weight"), leaf(p + "q_norm.bias"),
                           config_.layer_norm_eps, scope);
    const Tensor key = leaf(p + "key.weight"), value = leaf(p + "value.weight");
    const auto* grid = std::get_if<GridBatch>(&input);
    const auto* pixels = std::get_if<PixelBatch>(&input);
    // Of pictures, the mean of the LayerNorm is taken off here; on a grid, in the grid's data, rows and columns
    // in place of channels.
    const auto laid = [&](const Tensor& weight) {
        if (!grid && !pixels) return weight;
        const Tensor centred = weight - weight.mean(1, true);
        return grid ? centred.mm(unfold_) : centred;
    };
    const Tensor keys = laid(key).view({h, qk, -1}) * (1 / std::sqrt(double(qk)));
    Tensor values = laid(value).view({h, v, -1});
    const Tensor query = leaf(p + "query.weight").view({h, qk, d});
    const Tensor into = query.transpose(1, 2).bmm(keys).permute({1, 0, 2}).reshape({d, -1});
    const Tensor shift = leaf(p + "query.bias").view({h, 1, qk}).bmm(keys).view({-1});
    const Tensor tables = y.mm(into.to(scope)) + shift.to(scope);
    Tensor read;
    if (grid) {
        read = cross_attend(tables, *grid, config_.num_latents, h, compute_);
        s.batch = grid->data.size(0);
    } else if (pixels) {
        read = read_pixels(*pixels, tables.view({config_.num_latents, h, -1}), values).to(compute_);
        s.batch = pixels->data.size(0);
        // What it read of the positions are values already.
        values = torch::cat({values.narrow(2, 0, LearnedShape::data), torch::eye(v).expand({h, v, v})}, 2);
    } else {
        const auto& batch = std::get<TokenBatch>(input);
        read = cross_attend(tables, batch, config_.num_latents, h);
        s.batch = batch.tokens.size(0);
    }
    const Tensor outof =
        values.transpose(1, 2).bmm(leaf(p + "output.weight").view({d, h, v}).permute({1, 2, 0}));
    if (first) x = x.unsqueeze(0).expand({s.batch, -1, -1}).reshape({-1, d});
    s.x = x;
    s.delta = read.mm(outof.reshape({-1, d}).to(compute_));
    s.bias = leaf(p + "output.bias");
    mlp(s, p);
}

/// queries [latents, heads, C] and values [heads, depth, C], without the mean over C.
Tensor Model::read_pixels(const PixelBatch& batch, const Tensor& queries, const Tensor& values) const {
    const Tensor& position = leaf("input.position");
    const std::int64_t own = LearnedShape::data, channels = position.size(1);
    const auto n = static_cast<double>(own + channels);
    const Tensor mean = (batch.sum + position.sum(1)) / n;
    const Tensor square = (batch.squares + position.square().sum(1)) / n;
    const Tensor rstd = (square - mean.square() + config_.layer_norm_eps).rsqrt();
    const auto at_places = [&](const Tensor& of) { return of.narrow(2, own, channels).matmul(position.t()); };
    const Tensor asked = queries.transpose(0, 1);
    return learned_attend(at_places(asked), at_places(values), asked.narrow(2, 0, own), rstd, batch.data);
}

void Model::mlp(Stream& s, const std::string& p) const {
    auto [x, y] = add_norm(s.x, s.delta, s.bias, leaf(p + "mlp_norm.weight"), leaf(p + "mlp_norm.bias"),
                           config_.layer_norm_eps, compute_);
    const Tensor hidden = bias_gelu(y.mm(leaf(p + "mlp_in.weight").t()), leaf(p + "mlp_in.bias"));
    s.x = x;
    s.delta = hidden.mm(leaf(p + "mlp_out.weight").t());
    s.bias = leaf(p + "mlp_out.bias");
}

void Model::self_attend(Stream& s, const std::string& p, std::int64_t heads) const {
    auto [x, y] = add_norm(s.x, s.delta, s.bias, leaf(p + "q_norm.weight"), leaf(p + "q_norm.bias"),
                           config_.layer_norm_eps, compute_);
    const Tensor qkv = y.mm(leaf(p + "qkv.weight").t());
    s.x = x;
    s.delta = self_attention(qkv, leaf(p + "qkv.bias"), config_.num_latents, heads)
                  .mm(leaf(p + "output.weight").t());
    s.bias = leaf(p + "output.bias");
    mlp(s, p);
}

Tensor Model::forward(const ModelInput& input, bool) const {
    Stream s;
    s.x = leaf("latents");
    bool first = true;
    for (const auto& stage : config_.stages) {
        cross(s, stage.cross, input, first);
        first = false;
        for (auto b : stage.blocks)
            for (std::int64_t l = 0; l < config_.block_modules[static_cast<std::size_t>(b)].layers; ++l)
                self_attend(s, "block." + std::to_string(b) + ".layer." + std::to_string(l) + ".",
                            config_.block_modules[static_cast<std::size_t>(b)].heads);
    }
    Tensor z = (s.x + s.delta).view({s.batch, config_.num_latents, -1}).mean(1) + s.bias;
    if (config_.head_norm)
        z = torch::layer_norm(z, {config_.latent_channels}, leaf("head.norm.weight"), leaf("head.norm.bias"),
                              config_.layer_norm_eps);
    return torch::addmm(leaf("head.bias"), z, leaf("head.weight").t());
}

}  // namespace perceiver::train
