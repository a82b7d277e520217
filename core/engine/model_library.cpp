#include "engine/model_library.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sstream>

#include "engine/api/default_model.h"
#include "engine/encode.h"
#include "engine/errors.h"
#include "weights/to_torch.h"

namespace perceiver::engine {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t models_kept = 3;

std::string position_words(const PositionConfig& p) {
    std::ostringstream words;
    switch (p.type) {
        case PositionConfig::Type::none: return "no positions";
        case PositionConfig::Type::learned: words << "learned positions, " << p.channels << " channels"; break;
        case PositionConfig::Type::fourier:
            words << "Fourier features, ";
            for (std::size_t a = 0; a < p.axis_bands.size(); ++a) words << (a ? " and " : "") << p.axis_bands[a];
            if (p.axis_bands.empty()) words << p.num_bands;
            words << (p.axis_bands.empty() ? " bands" : " bands along its axes");
            if (!p.max_resolution.empty()) words << ", max resolution " << p.max_resolution.front();
            break;
    }
    return words.str();
}

std::string number(double value, const char* format = "%.1f") {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string times(std::int64_t a, std::int64_t b) { return std::to_string(a) + " x " + std::to_string(b); }

/// The input array of one modality as a person would say it, and its grid; rows 0 where the file decides.
std::string input_words(const InputConfig& c, std::int64_t& rows, std::int64_t& cols) {
    using Type = InputConfig::Type;
    rows = cols = 0;
    switch (c.type) {
        case Type::image: {
            const auto [height, width] = picture_size(c.image);
            rows = c.image.elements(height, 0);
            cols = c.image.elements(width, 1);
            if (c.image.prepare == ImageConfig::Prepare::patches)
                return times(rows, cols) + " patches of " + times(c.image.patch[0], c.image.patch[1]) + " pixels";
            return times(rows, cols) +
                   (rows == height ? " pixels" : " elements of " + times(height, width) + " pixels");
        }
        case Type::audio:
            if (c.audio.samples) rows = 1, cols = c.audio.samples / c.audio.samples_per_patch;
            return (cols ? std::to_string(cols) + " p" : "P") + "atches of " +
                   std::to_string(c.audio.samples_per_patch) + " samples" +
                   (cols && c.audio.sample_rate
                        ? ", " + number(double(c.audio.samples) / double(c.audio.sample_rate)) + " s"
                        : "");
        case Type::spectrogram: {
            const auto& s = c.spectrogram;
            if (s.frames) rows = s.mels / s.patch[0], cols = s.frames / s.patch[1];
            return (cols ? times(rows, cols) + " p" : std::string("P")) + "atches of " + std::to_string(s.mels) +
                   " mels" + (cols ? " over " + number(double(s.samples()) / double(s.sample_rate)) + " s" : "");
        }
        case Type::video: {
            const auto& v = c.video;
            if (v.frames && v.height && v.width)
                rows = v.frames / v.patch[0] * (v.height / v.patch[1]), cols = v.width / v.patch[2];
            if (!cols)
                return "Blocks of " + std::to_string(v.patch[0]) + " x " + times(v.patch[1], v.patch[2]) +
                       " pixels of film";
            return std::to_string(v.frames / v.patch[0]) + " x " + times(v.height / v.patch[1], cols) + " blocks of " +
                   std::to_string(v.frames) + " frames" +
                   (v.frame_rate > 0 ? ", " + number(double(v.frames) / v.frame_rate, "%.2f") + " s" : "");
        }
        case Type::points:
            if (c.points.points) rows = 1, cols = c.points.points;
            return cols ? std::to_string(cols) + " points" : "all points there are";
        case Type::label: rows = cols = 1; return "a masked label";
        case Type::multimodal: break;
    }
    return {};
}

void describe_input(const InputConfig& c, api::ModelInfo& info) {
    std::int64_t rows = 0, cols = 0;
    if (c.type != InputConfig::Type::multimodal) {
        info.input_words = input_words(c, rows, cols);
        info.input_rows = static_cast<int>(rows);
        info.input_cols = static_cast<int>(cols);
        info.input_elements = static_cast<int>(rows * cols);
    } else {
        bool known = true;
        std::int64_t all = 0;
        for (const auto& m : c.modalities) {
            info.input_words +=
                (info.input_words.empty() ? "" : "; ") + m.name + ": " + input_words(m.input, rows, cols);
            known = known && rows * cols > 0;
            all += rows * cols;
        }
        info.input_elements = known ? static_cast<int>(all) : 0;
        info.input_rows = known ? 1 : 0;
        info.input_cols = info.input_elements;
    }
    info.runs_over = runs_over(c);
    info.window_seconds = window_seconds(c);
}

std::vector<api::StageInfo> stages_of(const Config& config) {
    std::vector<api::StageInfo> stages;
    std::vector<int> first_cross(config.cross_modules.size(), -1), first_block(config.block_modules.size(), -1);
    int block_position = 0;
    // The first user of a set of weights is itself (-1); later ones name it.
    const auto shared_with = [](int& first, int position) { return first < 0 ? (first = position, -1) : first; };
    for (const auto& stage : config.stages) {
        const auto& c = config.cross_modules[static_cast<std::size_t>(stage.cross)];
        api::StageInfo info;
        info.cross = {static_cast<int>(stage.cross),
                      shared_with(first_cross[static_cast<std::size_t>(stage.cross)], static_cast<int>(stages.size())),
                      static_cast<int>(c.heads), static_cast<int>(config.qk_channels(c)),
                      static_cast<int>(config.v_channels(c))};
        for (auto b : stage.blocks) {
            const auto& module = config.block_modules[static_cast<std::size_t>(b)];
            info.blocks.push_back({static_cast<int>(b),
                                   shared_with(first_block[static_cast<std::size_t>(b)], block_position++),
                                   static_cast<int>(module.layers), static_cast<int>(module.heads)});
        }
        stages.push_back(std::move(info));
    }
    return stages;
}

const char* reads_word(const InputConfig& input) {
    switch (input.type) {
        case InputConfig::Type::image: return kind_word(api::Kind::image);
        case InputConfig::Type::audio: case InputConfig::Type::spectrogram: return kind_word(api::Kind::audio);
        case InputConfig::Type::video: return kind_word(api::Kind::video);
        case InputConfig::Type::points: return kind_word(api::Kind::points);
        case InputConfig::Type::label: case InputConfig::Type::multimodal: break;
    }
    return "multimodal";
}

/// What bundles and opened models say alike.
api::ModelInfo describe(const Config& c, const weights::Card& card, const fs::path& path, const std::string& sha256,
                        const std::string& id) {
    api::ModelInfo info;
    info.id = id;
    info.path = path.string();
    info.sha256 = sha256;
    info.format = weights::format_name(weights::ModelFormat::bundle);
    info.reads = reads_word(c.input);
    info.title = card.title;
    info.summary = card.summary;
    info.knows = card.knows;
    info.does_not_know = card.does_not_know;
    info.data = card.data;
    info.licence_note = card.licence_note;
    info.recipe = card.recipe;
    info.test_split = card.test_split;
    info.measured_too = card.measured_too;
    info.trained_with = card.trained_with;
    info.accuracy = card.accuracy;
    info.accuracy_low = card.accuracy_low;
    info.accuracy_high = card.accuracy_high;
    info.accuracy_n = card.accuracy_n;
    info.parameters = c.parameter_count();
    std::error_code ignored;
    info.file_bytes = static_cast<std::int64_t>(fs::file_size(path, ignored));
    info.classes = static_cast<int>(c.num_classes);
    info.head = c.head == Config::Head::decoder ? "decoder" : c.head == Config::Head::none ? "none" : "mean";
    describe_input(c.input, info);
    info.token_channels = static_cast<int>(c.token_channels());
    info.latents = static_cast<int>(c.num_latents);
    info.latent_channels = static_cast<int>(c.latent_channels);
    info.positions = c.input.modalities.empty() ? position_words(c.input.position) : "positions of each kind's own";
    info.stages = stages_of(c);
    info.labels = c.labels;
    info.config_json = to_json(c);
    return info;
}
api::ModelInfo describe(const weights::Bundle& bundle, const std::string& id) {
    return describe(bundle.config, bundle.card, bundle.path, bundle.sha256, id);
}
api::ModelInfo describe(const weights::OpenedModel& model, const std::string& id) {
    api::ModelInfo info = describe(model.config, model.card, model.path, model.sha256, id);
    info.format = weights::format_name(model.format);
    info.notes = model.notes;
    info.file_bytes = 0;
    for (const auto& file : model.files) info.file_bytes += file.bytes;
    return info;
}

/// Of all the files that make the model: its own, and those that may lie beside it.
fs::file_time_type last_change(const fs::path& path) {
    std::error_code ignored;
    auto newest = fs::last_write_time(path, ignored);
    const auto look = [&](const fs::path& file) {
        std::error_code missing;
        const auto changed = fs::last_write_time(file, missing);
        if (!missing) newest = std::max(newest, changed);
    };
    if (fs::is_directory(path, ignored)) {
        for (fs::directory_iterator at(path, ignored), end; !ignored && at != end; at.increment(ignored))
            look(at->path());
    } else {
        for (const char* name : {"config.json", "preprocessor_config.json", "hyperparameters.json"})
            look(path.parent_path() / name);
        look(fs::path(path).replace_extension(".json"));
    }
    return newest;
}

}  // namespace

ModelLibrary::ModelLibrary(fs::path resources, Limits limits, Precision precision)
    : folder_(std::move(resources) / "models"), limits_(limits), precision_(precision) {}

std::vector<api::ModelInfo> ModelLibrary::list() const {
    std::vector<api::ModelInfo> models;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder_, failed)) {
        if (entry.path().extension() != ".safetensors") continue;
        try {
            models.push_back(
                describe(weights::read_bundle_header(entry.path(), limits_), entry.path().stem().string()));
        } catch (const Error&) {
            // A damaged bundle is not offered; asked for by name, it says what is wrong with it.
        }
    }
    // A kind's default comes first, pictures before all others.
    const auto rank = [](const api::ModelInfo& m) {
        for (const auto kind : {api::Kind::image, api::Kind::audio, api::Kind::video, api::Kind::points})
            if (m.reads == kind_word(kind)) return static_cast<int>(kind);
        return 4;
    };
    std::sort(models.begin(), models.end(), [&](const auto& a, const auto& b) {
        if (rank(a) != rank(b)) return rank(a) < rank(b);
        return api::chosen_before(a, b);
    });
    return models;
}

hub::Settings ModelLibrary::hub_settings() const {
    hub::Settings settings = hub::settings_from_environment();
    settings.model_bytes = limits_.model_bytes;
    return settings;
}

std::vector<api::PublishedModel> ModelLibrary::published() const {
    const hub::Settings settings = hub_settings();
    std::vector<api::PublishedModel> models;
    for (const auto& m : hub::published())
        models.push_back({m.reference.text(), m.title, m.knows, m.reads, m.licence, m.bytes,
                          hub::cached(m.reference, settings).has_value()});
    return models;
}

weights::OpenOptions ModelLibrary::options_of(const Fetching& fetching) const {
    return {limits_, fetching.cancel, fetching.hyperparameters, fetching.loading};
}

bool ModelLibrary::must_be_fetched(const std::string& id) const {
    return hub::is_reference(id) && !hub::cached(hub::parse_reference(id), hub_settings());
}

fs::path ModelLibrary::resolve(const std::string& id, const Fetching& fetching) const {
    if (hub::is_reference(id))
        return hub::fetch(hub::parse_reference(id), hub_settings(), fetching.tell, fetching.cancel);
    if (id.empty()) return resolve(default_for(api::Kind::image), fetching);
    const fs::path bundled = folder_ / (id + ".safetensors");
    std::error_code ignored;
    if (id.find('/') == std::string::npos && fs::is_regular_file(bundled, ignored)) return bundled;
    if (fs::exists(id, ignored)) return id;
    throw Error(ErrorCode::unreadable_model,
                "There is no model \"" + id + "\": it is neither a bundled one nor a file.");
}

api::ModelInfo ModelLibrary::info(const std::string& id, const Fetching& fetching) const {
    const fs::path path = resolve(id, fetching);
    if (path.parent_path() == folder_)
        return describe(weights::read_bundle_header(path, limits_), path.stem().string());
    return describe(weights::open_model(path, options_of(fetching)), id);
}

std::string ModelLibrary::default_for(api::Kind kind) const {
    std::string others;
    for (const auto& model : list()) {
        if (model.reads == kind_word(kind)) return model.id;
        if (std::ranges::find(model.runs_over, kind) != model.runs_over.end())
            others += (others.empty() ? ", such as " : " or ") + model.id;
    }
    throw Error(ErrorCode::unreadable_model,
                "This is " + std::string(kind_name(kind)) +
                    ", and no model made for it comes with this program: name one with --model" + others + ".");
}

std::string ModelLibrary::model_for(api::Kind kind, const std::string& wanted, bool or_default,
                                    const Fetching& fetching, std::optional<api::Kind> before) {
    if (wanted.empty()) return default_for(kind);
    if (!or_default) return wanted;
    try {
        const ModelPtr model = load(wanted, fetching);
        const api::ModelInfo& info = model->info;
        const bool runs = std::ranges::find(info.runs_over, kind) != info.runs_over.end();
        const bool asked_for = info.reads == kind_word(kind) || !before || *before == kind;
        const auto reads_kind = [&](const api::ModelInfo& m) { return m.reads == kind_word(kind); };
        if (runs && (asked_for || std::ranges::none_of(list(), reads_kind))) return wanted;
    } catch (const Error& e) {
        if (e.code == ErrorCode::cancelled) throw;
        return wanted;   // what is wrong with it is said when it is used
    }
    return default_for(kind);
}

ModelPtr ModelLibrary::load(const std::string& id, const Fetching& fetching) {
    const fs::path path = resolve(id, fetching);
    const Key key{path, fetching.hyperparameters, last_change(path)};
    auto mine = std::make_shared<Loading>(Loading{key});
    {
        std::unique_lock lock(mutex_);
        while (true) {
            for (const auto& model : kept_)
                if (Key{model->path, model->hyperparameters, model->changed} == key) return model;
            const auto other = std::ranges::find(loading_, key, &Loading::key);
            if (other == loading_.end()) break;
            const LoadingPtr theirs = *other;
            wait_for(*theirs, lock, fetching);
            if (theirs->model) return theirs->model;
            if (theirs->failure) throw Error(*theirs->failure);
        }
        loading_.push_back(mine);
    }
    try {
        const ModelPtr model = read(key, id, fetching, *mine);
        end(mine, model, {});
        return model;
    } catch (...) {
        const Error error = as_error(std::current_exception(), ErrorCode::unreadable_model);
        end(mine, {}, error.code == ErrorCode::cancelled ? std::nullopt : std::optional(error));
        throw;
    }
}

ModelPtr ModelLibrary::read(const Key& key, const std::string& id, const Fetching& fetching, Loading& told) {
    Fetching noting = fetching;
    noting.loading = [&](const LoadProgress& at) {
        {
            const std::lock_guard lock(mutex_);
            told.at = at;
        }
        if (fetching.loading) fetching.loading(at);
    };
    weights::OpenedModel opened = weights::open_model(key.path, options_of(noting));
    const std::string name = key.path.parent_path() == folder_ ? key.path.stem().string() : id;
    auto perceiver = weights::to_perceiver(std::move(opened), precision_, fetching.cancel, noting.loading);
    return std::make_shared<const LoadedModel>(
        LoadedModel{std::move(perceiver), describe(opened, name), key.path, key.changed, key.hyperparameters});
}

void ModelLibrary::wait_for(const Loading& other, std::unique_lock<std::mutex>& lock, const Fetching& fetching) {
    constexpr std::chrono::milliseconds look{20};   // nobody wakes those who wait when their token is cancelled
    while (!ended_.wait_for(lock, look, [&] { return other.ended; })) {
        const auto at = other.at;
        lock.unlock();
        fetching.cancel.check();
        if (fetching.loading && at) fetching.loading(*at);
        lock.lock();
    }
}

void ModelLibrary::end(const LoadingPtr& loading, ModelPtr model, std::optional<Error> failure) {
    {
        const std::lock_guard lock(mutex_);
        if (model && kept_.size() >= models_kept) kept_.erase(kept_.begin());
        if (model) kept_.push_back(model);
        std::erase(loading_, loading);
        loading->model = std::move(model);
        loading->failure = std::move(failure);
        loading->ended = true;
    }
    ended_.notify_all();
}

Reference ModelLibrary::reference(const LoadedModel& model, at::ScalarType type, const CancelToken& cancel) const {
    if (last_change(model.path) != model.changed)
        throw Error(ErrorCode::no_fit, "The model's file has changed since it was loaded: open it again.");
    const weights::OpenedModel opened = weights::open_model(model.path, {limits_, cancel, model.hyperparameters, {}});
    return Reference(opened.config, weights::to_weights(opened, cancel), type);
}

}  // namespace perceiver::engine
