#include "engine/encode.h"

#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <functional>
#include <tuple>

#include "base/with_commas.h"
#include "engine/pose.h"
#include "engine/run.h"
#include "engine/senses.h"
#include "engine/stopwatch.h"
#include "input/film_input.h"
#include "input/image_input.h"
#include "input/points_input.h"
#include "input/sound_input.h"

namespace perceiver::engine {
namespace {

using Type = InputConfig::Type;
constexpr double open_ended_seconds = 10;           ///< of a sound, read by a model that takes any length
constexpr double seek_seconds = 60;                 ///< of a sound, looked through for where it is loudest
constexpr std::int64_t open_ended_points = 20'000;  ///< of a cloud, likewise; of a mesh, points spread over it
constexpr std::int64_t mesh_points = 2'048;
constexpr std::int64_t other_points = 50'000;       ///< drawn beside those the model reads
constexpr std::int64_t most_points_tried = 4'096;   ///< turned four ways to see which the model is surest of
constexpr std::int64_t frame_side = 960;            ///< of frames for the window; several dozen of them are kept
constexpr double end_slack = 0.5;                   ///< seconds past the claimed end that still show the last frame
constexpr double longest_still = 64;                ///< seconds that it is looked for
constexpr std::uint64_t choice_seed = 0;            ///< of points: the same file gives the same cloud

std::string seconds_text(double seconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", seconds);
    return text;
}

bool is_sound(Type type) { return type == Type::audio || type == Type::spectrogram; }

[[noreturn]] void no_fit(const MediaFile& file, const api::ModelInfo& model) {
    const std::string reads = model.reads == "image"    ? "pictures"
                              : model.reads == "audio"  ? "sound"
                              : model.reads == "video"  ? "film"
                              : model.reads == "points" ? "clouds of points"
                                                        : "several kinds of data at once";
    throw Error(ErrorCode::no_fit, "This is " + std::string(kind_name(file.info.kind)) + ", and the model reads " +
                                       reads + ": choose another model.");
}

/// Edges of `bands` bands of equal width on the mel scale, which share the first `used` of `mels` triangles: between
/// the corners of neighbouring triangles' peaks.
std::vector<double> mel_edges(double low, double high, int bands, int used, std::int64_t mels) {
    const auto to_mel = [](double f) { return 2595 * std::log10(1 + f / 700); };
    std::vector<double> edges;
    const double first = to_mel(low), step = (to_mel(high) - first) / double(mels + 1);
    for (int b = 0; b <= bands; ++b)
        edges.push_back(700 * (std::pow(10, (first + step * (0.5 + double(b) * used / bands)) / 2595) - 1));
    return edges;
}

/// Brings one file to one model's input array, modality by modality.
class Encoding {
  public:
    Encoding(MediaFile& file, const LoadedModel& model, const Reading& reading, const CancelToken& cancel)
        : file_(file),
          model_(model),
          start_(std::max(0.0, reading.start)),
          seeks_(reading.start < 0),
          pose_(reading.pose),
          cancel_(cancel) {
        out_.file = file.info;
    }

    Prepared run() {
        const Stopwatch watch;
        const InputConfig& config = model_.perceiver.config().input;
        input::RawInput raw;
        input::EncodeOptions options;
        if (config.type == Type::multimodal) {
            options.absent = missing_senses(config, file_, start_);
            for (const auto& m : config.modalities)
                if (!options.absent.count(m.name)) raw[m.name] = one(m.input);
            if (!options.absent.empty()) out_.file.notes.push_back(missing_words(config, options.absent, file_));
        } else {
            raw[""] = one(config);
        }
        out_.input = model_.perceiver.make_input(raw, options);
        place(config);
        out_.file.arms = arms_of(*out_.input, {api::Arm::travel, api::Arm::stay, api::Arm::none, api::Arm::jitter});
        for (const auto along : {inspect::Along::both, inspect::Along::frames, inspect::Along::patches})
            out_.file.largest_tile[static_cast<std::size_t>(along)] =
                static_cast<int>(inspect::largest_block(out_.input->layout(), along));
        out_.encode_ms = watch.milliseconds() - out_.decode_ms;
        return std::move(out_);
    }

  private:
    at::Tensor one(const InputConfig& config) {
        switch (config.type) {
            case Type::image: return file_.film ? frame(config.image) : picture(config.image);
            case Type::audio: case Type::spectrogram: return sound(config);
            case Type::video: return film(config);
            case Type::points: return points(config.points);
            case Type::label: return at::zeros({config.label.classes}, at::kFloat);
            case Type::multimodal: break;
        }
        no_fit(file_, model_.info);
    }

    // ---- pictures ----

    at::Tensor encode_picture(const input::PixelView& pixels, ImageConfig image, double shown_width,
                              double shown_height) {
        if (!image.height && !image.processor) {
            std::tie(image.height, image.width) = picture_size(image);
            out_.file.notes.push_back("The model doesn't say what size of picture it reads; it got " +
                                      std::to_string(image.width) + " x " + std::to_string(image.height) + ".");
        }
        auto encoded = input::encode_image(pixels, image, cancel_);
        // The crop is told in pixels of the picture that is shown, which may be a reduced copy.
        crop(encoded, shown_width / double(pixels.width), shown_height / double(pixels.height));
        out_.file.view = picture_of(std::move(encoded.view), encoded.cols, encoded.rows);
        return encoded.data.view({encoded.rows, encoded.cols, -1});
    }

    template <class Encoded>
    void crop(const Encoded& encoded, double sx, double sy) {
        out_.file.crop_x = encoded.crop_x * sx;
        out_.file.crop_y = encoded.crop_y * sy;
        out_.file.crop_width = encoded.crop_width * sx;
        out_.file.crop_height = encoded.crop_height * sy;
    }

    at::Tensor picture(const ImageConfig& config) {
        if (!file_.image) no_fit(file_, model_.info);
        const auto& image = *file_.image;
        return encode_picture({image.rgb.data(), image.width, image.height}, config, out_.file.picture->width,
                              out_.file.picture->height);
    }

    /// An image model over a film: the frame that shows at the start of the window.
    at::Tensor frame(const ImageConfig& config) {
        auto info = read_frames({start_, 1, 0, frame_side * 2});
        const api::PicturePtr shown = info->frames.front();
        start_ = info->times.front();
        const double rate = info->rate > 0 ? info->rate : 25;
        info->start = start_;
        info->seconds = 1 / rate;
        const at::Tensor data =
            encode_picture({shown->rgb.data(), shown->width, shown->height}, config, shown->width, shown->height);
        info->view = {out_.file.view};
        out_.file.film = std::move(info);
        return data;
    }

    // ---- film ----

    std::shared_ptr<api::FilmInfo> read_frames(const media::FrameWindow& window) {
        const Stopwatch watch;
        media::VideoFrames read = file_.film->frames(window, cancel_);
        if (read.frames.empty()) read = last_frame(window);
        out_.decode_ms += watch.milliseconds();
        if (read.frames.empty() && window.start > 0)
            throw Error(ErrorCode::no_fit, "The film has no frame at " + seconds_text(window.start) + ".");
        if (read.frames.empty()) throw Error(ErrorCode::unreadable_input, "The film has no frame that can be read.");
        auto info = std::make_shared<api::FilmInfo>();
        const auto& whole = file_.film->info();
        info->duration = whole.duration.value_or(0);
        info->rate = whole.rate;
        info->has_sound = file_.sound.has_value();
        for (auto& f : read.frames) {
            info->times.push_back(f.time);
            info->frames.push_back(picture_of(std::move(f.rgb), read.width, read.height));
        }
        out_.file.picture = info->frames.front();
        out_.file.notes.insert(out_.file.notes.end(), read.notes.begin(), read.notes.end());
        return info;
    }

    /// The film's last frame, just past its end or where its header claims that it goes on: it stays, as when played.
    media::VideoFrames last_frame(const media::FrameWindow& window) {
        const auto& whole = file_.film->info();
        media::VideoFrames none;
        if (window.start > whole.duration.value_or(0) + end_slack) return none;
        constexpr std::int64_t looks = 16;
        for (double back = 0.25; back <= longest_still; back *= 4) {
            const auto before = file_.film->frames(
                {std::max(0.0, window.start - back), looks, double(looks) / back, window.side}, cancel_);
            if (before.frames.empty()) continue;
            const double rate = whole.rate > 0 ? whole.rate : 25;
            auto last = file_.film->frames(
                {before.frames.back().time, static_cast<std::int64_t>(back / looks * rate) + 2, 0, window.side},
                cancel_);
            if (last.frames.size() > 1) last.frames.erase(last.frames.begin(), last.frames.end() - 1);
            return last;
        }
        return none;
    }

    at::Tensor film(const InputConfig& config) {
        if (!file_.film) no_fit(file_, model_.info);
        const input::FilmShape shape = input::film_shape(config);
        auto info =
            read_frames({start_, shape.frames, shape.frame_rate, shape.frames > 32 ? frame_side / 2 : frame_side});
        const auto have = static_cast<std::int64_t>(info->frames.size());
        if (have < shape.frames)
            out_.file.notes.push_back("The film ends here after " + std::to_string(have) + " of the model's " +
                                      std::to_string(shape.frames) + " frames; the last one is repeated.");
        std::vector<input::PixelView> pixels;
        for (const auto& f : info->frames) pixels.push_back({f->rgb.data(), f->width, f->height});
        auto encoded = input::encode_film(pixels, config, cancel_);
        crop(encoded, 1, 1);
        for (auto& view : encoded.view) info->view.push_back(picture_of(std::move(view), shape.width, shape.height));
        while (static_cast<std::int64_t>(info->frames.size()) < shape.frames) {
            info->frames.push_back(info->frames.back());
            info->times.push_back(info->times.back());
        }
        out_.file.view = info->view.front();
        frame_seconds_ = 1 / (shape.frame_rate > 0 ? shape.frame_rate : info->rate > 0 ? info->rate : 25);
        info->start = start_;
        info->seconds = frame_seconds_ * double(shape.frames);
        out_.file.film = std::move(info);
        return encoded.data;
    }

    // ---- sound ----

    at::Tensor sound(const InputConfig& config) {
        if (!file_.sound) {
            if (file_.film)
                throw Error(ErrorCode::no_fit, "The model listens, and this film has no sound: choose another model.");
            no_fit(file_, model_.info);
        }
        const input::SoundShape shape = input::sound_shape(config);
        auto info = std::make_shared<api::SoundInfo>();
        const auto& whole = file_.sound->info();
        info->duration = whole.duration.value_or(0);
        info->file_rate = whole.rate;
        info->file_channels = whole.channels;
        info->rate = static_cast<int>(shape.rate ? shape.rate : whole.rate);
        const double wanted = shape.samples ? double(shape.samples) / info->rate : open_ended_seconds;
        const Stopwatch watch;
        if (seeks_ && config.type == Type::spectrogram && config.spectrogram.seek)
            start_ = loudest_start(wanted, info->rate);
        media::Sound piece = read_sound(file_, start_, wanted, info->rate, 1, cancel_);
        out_.decode_ms += watch.milliseconds();
        if (piece.samples.empty() && start_ > 0)
            throw Error(ErrorCode::no_fit, "The sound ends before " + seconds_text(start_) + ".");
        if (piece.samples.empty()) throw Error(ErrorCode::unreadable_input, "There is no sound in it.");
        out_.file.notes.insert(out_.file.notes.end(), piece.notes.begin(), piece.notes.end());
        const double have = double(piece.samples.size()) / info->rate;
        if (shape.samples && have < wanted - 0.05)
            out_.file.notes.push_back("Only " + seconds_text(have) + " of sound where the model hears " +
                                      seconds_text(wanted) + "; the rest is silence.");
        const at::Tensor data = input::encode_sound(piece.samples, info->rate, config, cancel_);
        if (shape.samples) piece.samples.resize(static_cast<std::size_t>(shape.samples), 0.0F);
        info->start = start_;
        info->seconds = double(piece.samples.size()) / info->rate;
        info->spectrogram = spectrogram_of(piece.samples, info->rate, start_, cancel_);
        info->samples = std::move(piece.samples);
        out_.file.sound = std::move(info);
        return data;
    }

    /// Where the sound is loudest for as long as the model listens.
    double loudest_start(double seconds, int rate) {
        const media::Sound all = read_sound(file_, 0, seek_seconds, rate, 1, cancel_);
        const double at = double(input::loudest_window(all.samples, std::llround(seconds * rate))) / rate;
        if (at > 0)
            out_.file.notes.push_back("The model hears " + seconds_text(seconds) + " from " + seconds_text(at) +
                                      " on, where the sound is loudest.");
        return at;
    }

    // ---- points ----

    at::Tensor points(const input::PointsConfig& config) {
        if (!file_.points) no_fit(file_, model_.info);
        if (config.dims != 3)
            throw Error(ErrorCode::no_fit, "The model reads points of " + std::to_string(config.dims) + " dimensions.");
        const media::PointCloud& read = *file_.points;
        auto info = std::make_shared<api::Cloud>();
        info->file_points = read.points();
        info->file_faces = read.triangles();
        media::PointCloud cloud;
        if (read.triangles() > 0) {
            cloud = media::sample_surface(read, config.points ? config.points : mesh_points, choice_seed, {}, cancel_);
            out_.file.notes.push_back(with_commas(cloud.points()) + " points spread over its " +
                                      with_commas(read.triangles()) + " triangles.");
        } else {
            cloud = media::subsample(read, config.points ? config.points : open_ended_points, choice_seed, cancel_);
            if (cloud.points() < read.points())
                out_.file.notes.push_back(with_commas(cloud.points()) + " of its " + with_commas(read.points()) +
                                          " points, chosen at random.");
        }
        const auto encode_turned = [&](media::PointCloud turned, int quarters) {
            turn(turned, {info->pose.up, quarters});
            return input::encode_points(with_features(turned, config), config, choice_seed);
        };
        info->pose = usual_pose(pose_, read.format);
        if (info->pose.quarters == api::Pose::surest) {
            info->pose.quarters = surest([&](int quarters) { return encode_turned(cloud, quarters).data; });
            info->surest = true;
        }
        note_pose(*info);
        auto encoded = encode_turned(cloud, info->pose.quarters);
        const float* data = encoded.data.data_ptr<float>();
        const std::int64_t width = encoded.data.size(1);
        for (std::int64_t i = 0; i < encoded.data.size(0); ++i)
            info->xyz.insert(info->xyz.end(), data + i * width, data + i * width + 3);
        info->rgb = cloud.rgb;
        if (read.triangles() == 0 && cloud.points() < read.points()) add_others(read, encoded, *info);
        out_.file.cloud = std::move(info);
        return encoded.data;
    }

    /// The quarter turns, 0 to 3, after which the model's answer is the most probable. 0 where turns tell nothing: the
    /// model answers nothing, reads other things too, or so many points that four answers would take long.
    int surest(const std::function<at::Tensor(int)>& turned) const {
        const Config& config = model_.perceiver.config();
        if (config.input.type != Type::points || config.num_classes < 2 ||
            config.input.points.points > most_points_tried)
            return 0;
        int best = 0;
        double highest = 0;
        for (int quarters = 0; quarters < 4; ++quarters) {
            const Trace trace =
                model_.perceiver.forward(model_.perceiver.make_input(turned(quarters)), Attend::automatic, cancel_);
            if (!trace.logits.defined()) return 0;
            const double probability = trace.logits.softmax(0).max().item<double>();
            if (probability > highest) highest = probability, best = quarters;
        }
        return best;
    }

    void note_pose(const api::Cloud& cloud) {
        if (cloud.pose.up != api::Pose::Up::z)
            out_.file.notes.push_back(std::string("Its ") + (cloud.pose.up == api::Pose::Up::y ? "y" : "x") +
                                      " axis is taken as up.");
        if (cloud.pose.quarters == 0) return;
        const std::string degrees = std::to_string(90 * cloud.pose.quarters);
        out_.file.notes.push_back("Turned by " + degrees +
                                  (cloud.surest ? " degrees, where the model is surest." : " degrees."));
    }

    std::vector<float> with_features(const media::PointCloud& cloud, const input::PointsConfig& config) const {
        if (config.features == 0) return cloud.xyz;
        const bool normals = cloud.normals.size() == cloud.xyz.size(), colours = cloud.rgb.size() == cloud.xyz.size();
        if (config.features != 3 || !(normals || colours))
            throw Error(ErrorCode::no_fit, "The model wants " + std::to_string(config.features) +
                                               " numbers with every point that this file doesn't have.");
        std::vector<float> out;
        for (std::size_t i = 0; i < cloud.xyz.size(); i += 3) {
            out.insert(out.end(), cloud.xyz.begin() + std::ptrdiff_t(i), cloud.xyz.begin() + std::ptrdiff_t(i) + 3);
            for (std::size_t a = i; a < i + 3; ++a)
                out.push_back(normals ? cloud.normals[a] : float(cloud.rgb[a]) / 255);
        }
        return out;
    }

    void add_others(const media::PointCloud& read, const input::EncodedPoints& encoded, api::Cloud& info) const {
        media::PointCloud rest = media::subsample(read, other_points, choice_seed + 1, cancel_);
        turn(rest, info.pose);
        info.others = std::move(rest.xyz);
        for (std::size_t i = 0; i < info.others.size(); ++i)
            info.others[i] = static_cast<float>((double(info.others[i]) - encoded.centre[i % 3]) / encoded.scale);
    }

    // ---- where every element lies ----

    void place(const InputConfig& config) {
        for (const auto& segment : out_.input->layout().segments) {
            const InputConfig* of = &config;
            for (const auto& m : config.modalities)
                if (m.name == segment.modality) of = &m.input;
            out_.file.parts.push_back(part(segment, *of));
        }
    }

    api::InputPart part(const input::Segment& segment, const InputConfig& config) const {
        api::InputPart p;
        p.name = segment.modality;
        p.first = static_cast<int>(segment.first);
        const auto& g = segment.grid;
        p.grid = {g.size() > 2 ? static_cast<int>(g[0]) : 1, g.size() > 1 ? static_cast<int>(g[g.size() - 2]) : 1,
                  static_cast<int>(g.back())};
        p.label = config.type == Type::label;
        if (config.type == Type::points) p.kind = api::Kind::points;
        if (is_sound(config.type)) place_sound(config, p);
        if (config.type == Type::video) {
            p.kind = api::Kind::video;
            p.start = start_;
            p.step = frame_seconds_ * double(config.video.patch[0]);
        }
        if (config.type == Type::image && file_.film) p.start = start_;
        return p;
    }

    void place_sound(const InputConfig& config, api::InputPart& p) const {
        p.kind = api::Kind::audio;
        p.start = start_;
        const int rate = out_.file.sound->rate;
        if (config.type == Type::audio) {
            p.step = double(config.audio.samples_per_patch) / rate;
            return;
        }
        const auto& s = config.spectrogram;
        p.step = double(s.hop * s.patch[1]) / rate;
        p.hertz = mel_edges(s.low, s.high, p.grid.rows, p.grid.rows * static_cast<int>(s.patch[0]), s.mels);
    }

    MediaFile& file_;
    const LoadedModel& model_;
    double start_;
    bool seeks_;
    api::Pose pose_;
    const CancelToken& cancel_;
    double frame_seconds_ = 0;
    Prepared out_;
};

}  // namespace

std::pair<std::int64_t, std::int64_t> picture_size(const ImageConfig& config) {
    if (config.height) return {config.height, config.width};
    if (config.processor && config.processor->do_resize) return {config.processor->height, config.processor->width};
    return {224, 224};
}

double window_seconds(const InputConfig& config) {
    if (is_sound(config.type)) {
        const input::SoundShape shape = input::sound_shape(config);
        return shape.rate ? double(shape.samples) / double(shape.rate) : 0;
    }
    if (config.type == Type::video && config.video.frame_rate > 0)
        return double(config.video.frames) / config.video.frame_rate;
    double longest = 0;
    for (const auto& m : config.modalities) longest = std::max(longest, window_seconds(m.input));
    return longest;
}

std::vector<api::Kind> runs_over(const InputConfig& config) {
    switch (config.type) {
        case Type::image: return {api::Kind::image, api::Kind::video};
        case Type::audio: case Type::spectrogram: return {api::Kind::audio, api::Kind::video};
        case Type::video: return {api::Kind::video};
        case Type::points: return {api::Kind::points};
        case Type::label: return {};
        case Type::multimodal: break;
    }
    // What can give every modality that is not made up, as a film can be seen and heard; or any, where others may miss.
    std::vector<api::Kind> kinds{api::Kind::image, api::Kind::audio, api::Kind::video, api::Kind::points};
    std::erase_if(kinds, [&](api::Kind kind) {
        const auto gives = [&](const input::Modality& m) {
            const auto these = runs_over(m.input);
            return m.input.type == Type::label || std::ranges::find(these, kind) != these.end();
        };
        return senses_may_miss(config) ? std::ranges::none_of(config.modalities, gives)
                                       : !std::ranges::all_of(config.modalities, gives);
    });
    return kinds;
}

Prepared encode(MediaFile& file, const LoadedModel& model, const Reading& reading, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    return Encoding(file, model, reading, cancel).run();
}

api::Spectrogram spectrogram_of(std::span<const float> samples, int rate, double start, const CancelToken& cancel) {
    constexpr std::int64_t columns = 1000;
    constexpr float quiet = 1e-10F;
    input::SpectrogramConfig c;
    c.sample_rate = rate;
    c.mels = rate < 8000 ? 32 : 80;   // at a low rate the transform tells fewer pitches apart
    c.window = c.fft =
        std::max<std::int64_t>(1024, static_cast<std::int64_t>(std::bit_ceil(static_cast<unsigned>(rate) / 16)));
    c.hop = std::max<std::int64_t>(std::max(1, rate / 100),
                                   (static_cast<std::int64_t>(samples.size()) + columns - 1) / columns);
    c.low = 40;
    c.high = rate / 2.0;
    const c10::InferenceMode guard;
    const at::Tensor power = input::mel_power(samples, c, cancel).contiguous();
    api::Spectrogram out;
    out.rows = static_cast<int>(power.size(0));
    out.cols = static_cast<int>(power.size(1));
    out.start = start;
    out.step = double(c.hop) / rate;
    out.hertz = mel_edges(c.low, c.high, out.rows, out.rows, c.mels);
    // A full-scale sine's power in its bin, under a Hann window: (sum of the window / 2)^2.
    const float full = float(c.window) / 4 * float(c.window) / 4;
    const float* p = power.data_ptr<float>();
    out.decibels.resize(static_cast<std::size_t>(power.numel()));
    out.high = -200;
    for (std::size_t i = 0; i < out.decibels.size(); ++i) {
        out.decibels[i] = 10 * std::log10(p[i] / full + quiet);
        out.high = std::max(out.high, out.decibels[i]);
    }
    out.low = out.high - 80;
    return out;
}

}  // namespace perceiver::engine
