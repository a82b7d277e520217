#include "weights/open_model.h"

#include <bit>
#include <cstring>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/input_file.h"
#include "base/with_commas.h"
#include "weights/hugging_face.h"
#include "weights/perceiver_pytorch.h"
#include "weights/safetensors_header.h"
#include "weights/sha256.h"
#include "weights/tensor_sources.h"

namespace perceiver::weights {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t max_json_bytes = 16 << 20;

std::optional<std::string> text_beside(const fs::path& folder, const std::string& name) {
    std::error_code ignored;
    if (!fs::is_regular_file(folder / name, ignored)) return {};
    InputFile file(folder / name, ErrorCode::unreadable_model);
    if (file.size() > max_json_bytes) bad_model(name + " is larger than any model's.");
    std::vector<std::uint8_t> bytes;
    file.append(bytes, file.size());
    return std::string(bytes.begin(), bytes.end());
}

std::string text_in(const json& object, const char* key) {
    const auto at = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

/// Which files a path means: the weights and the folder they lie in.
struct Place {
    fs::path weights, folder;
};

Place find_place(const fs::path& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return {find_weights(path), path};
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    // A JSON file that is no index stands for the folder it describes.
    InputFile file(path, ErrorCode::unreadable_model);
    std::vector<std::uint8_t> bytes;
    if (file.size() <= max_json_bytes) file.append(bytes, std::min<std::int64_t>(file.size(), 64));
    const std::string start(bytes.begin(), bytes.end());
    const std::size_t at = start.find_first_not_of(" \t\r\n");
    if (at == start.npos || start[at] != '{') return {path, folder};
    const json object = json::parse(text_beside(folder, path.filename().string()).value_or(""), nullptr, false);
    if (object.is_object() && object.contains("weight_map")) return {path, folder};
    return {find_weights(folder), folder};
}

/// The name a person knows a model by: that of its folder or file, or OWNER/NAME in the hub's cache.
std::string title_of(const fs::path& path, const Place& place) {
    std::error_code ignored;
    fs::path folder = fs::absolute(place.folder, ignored).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();
    const std::string repository = folder.parent_path().parent_path().filename().string(), models = "models--";
    if (folder.parent_path().filename() == "snapshots" && repository.starts_with(models)) {
        std::string name = repository.substr(models.size());
        if (const std::size_t at = name.find("--"); at != name.npos) name.replace(at, 2, "/");
        return name;
    }
    if (fs::is_directory(path, ignored) || place.weights.stem() == "model" || place.weights.stem() == "pytorch_model")
        return folder.filename().string();
    return place.weights.stem().string();
}

// Hugging Face's names as they are inside another module ("module.", "_orig_mod.").
void take_off_prefix(Checkpoint& checkpoint) {
    constexpr std::string_view known = "perceiver.embeddings.latents";
    std::string prefix;
    for (const auto& [name, view] : checkpoint.tensors)
        if (name.ends_with(known)) prefix = name.substr(0, name.size() - known.size());
    if (prefix.empty()) return;
    std::map<std::string, TensorView> renamed;
    for (auto& [name, view] : checkpoint.tensors)
        renamed.emplace(name.starts_with(prefix) ? name.substr(prefix.size()) : name, std::move(view));
    checkpoint.tensors = std::move(renamed);
}

bool has_nan(const TensorView& view) {
    const auto any = [&](auto bits, auto exponent) {
        using Bits = decltype(bits);
        for (std::size_t i = 0; i < view.bytes.size(); i += sizeof(Bits)) {
            Bits value;
            std::memcpy(&value, view.bytes.data() + i, sizeof value);
            if ((value & exponent) == exponent) return true;  // infinite or not a number
        }
        return false;
    };
    switch (view.dtype) {
        case DType::f16: return any(std::uint16_t{}, std::uint16_t{0x7c00});
        case DType::bf16: return any(std::uint16_t{}, std::uint16_t{0x7f80});
        case DType::f32: return any(std::uint32_t{}, std::uint32_t{0x7f80'0000});
        case DType::f64: return any(std::uint64_t{}, std::uint64_t{0x7ff0'0000'0000'0000});
        default: return false;
    }
}

void note_bad_numbers(OpenedModel& model, const CancelToken& cancel) {
    std::size_t count = 0;
    std::string first;
    for (const auto& [name, view] : model.tensors) {
        cancel.check();
        if (has_nan(view) && count++ == 0) first = name;
    }
    if (count)
        model.notes.push_back("The weights hold values that are not finite numbers (" + std::to_string(count) +
                              (count == 1 ? " tensor: " : " tensors, the first is ") + first +
                              "), so answers may be meaningless.");
}

std::string hash_of(const std::vector<CheckpointFile>& files, const OpenOptions& options) {
    std::int64_t total = 0;
    for (const auto& file : files) total += file.bytes;
    LoadMeter meter(options.tell, LoadProgress::Step::checking, total);
    if (files.size() == 1) return sha256_of_file(files[0].path, options.cancel, &meter);
    std::string lines;
    for (const auto& file : files)
        lines += sha256_of_file(file.path, options.cancel, &meter) + "  " + file.path.filename().string() + "\n";
    return sha256_hex({reinterpret_cast<const std::uint8_t*>(lines.data()), lines.size()});
}

// What the files tell of a model that carries no card.
Card card_of(const OpenedModel& model, const std::string& title, const std::string& kind) {
    Card card;
    card.title = title;
    card.summary = kind + ", " + with_commas(model.config.parameter_count()) + " parameters" +
                   (model.config.num_classes ? ", " + with_commas(model.config.num_classes) + " classes." : ".");
    return card;
}

class Opener {
  public:
    Opener(const fs::path& path, const OpenOptions& options) : options_(options), place_(find_place(path)) {
        model_.path = path;
    }

    OpenedModel run() {
        Checkpoint checkpoint = open_checkpoint(place_.weights, options_.limits, options_.cancel, options_.tell);
        model_.notes = checkpoint.notes;
        model_.files = checkpoint.files;
        model_.storages = checkpoint.storages;
        const auto config = text_beside(place_.folder, "config.json");
        const std::string format = config ? text_in(json::parse(*config, nullptr, false), "format") : "";
        const auto metadata = checkpoint.metadata.find("format");
        if (metadata != checkpoint.metadata.end() && metadata->second == bundle_format)
            open_bundle(checkpoint);
        else if (format == "perceiver-2021")
            open_2021(*config, checkpoint);
        else if (is_perceiver_pytorch(checkpoint))
            open_perceiver_pytorch(checkpoint);
        else if (take_off_prefix(checkpoint); checkpoint.tensors.contains("perceiver.embeddings.latents"))
            open_hugging_face(config, checkpoint);
        else
            refuse(checkpoint);
        note_bad_numbers(model_, options_.cancel);
        model_.sha256 = hash_of(model_.files, options_);
        return std::move(model_);
    }

  private:
    void open_bundle(Checkpoint& checkpoint) {
        BundleMetadata parsed = parse_bundle_metadata(checkpoint.metadata);
        check_bundle_tensors(parsed.config, checkpoint.tensors);
        model_.format = ModelFormat::bundle;
        model_.config = std::move(parsed.config);
        model_.card = std::move(parsed.card);
        model_.tensors = std::move(checkpoint.tensors);
    }

    void open_2021(const std::string& config, const Checkpoint& checkpoint) {
        model_.format = ModelFormat::perceiver_2021;
        model_.config = config_from_perceiver_2021(config);
        std::vector<TensorSource> sources;
        for (const auto& spec : tensor_specs(model_.config)) sources.push_back({spec.name, spec.name, spec.shape});
        take(checkpoint, sources, "config.json", "Perceiver of 2021");
    }

    void open_perceiver_pytorch(const Checkpoint& checkpoint) {
        std::string hyperparameters = options_.hyperparameters;
        for (const std::string& name : {std::string("hyperparameters.json"), place_.weights.stem().string() + ".json",
                                        std::string("config.json")})
            if (hyperparameters.empty()) hyperparameters = text_beside(place_.folder, name).value_or("");
        auto read = read_perceiver_pytorch(hyperparameters, checkpoint);
        model_.format = ModelFormat::perceiver_pytorch;
        model_.config = std::move(read.config);
        model_.notes.insert(model_.notes.end(), read.notes.begin(), read.notes.end());
        take(checkpoint, read.sources, "what it was made with", "perceiver-pytorch", read.copies);
    }

    void open_hugging_face(const std::optional<std::string>& config, const Checkpoint& checkpoint) {
        if (!config)
            bad_model("These are the weights of a Hugging Face Perceiver; its config.json must lie beside them.");
        auto read = read_hugging_face_config(*config, checkpoint);
        model_.format = ModelFormat::hugging_face;
        model_.config = std::move(read.config);
        add_image_processor(model_.config, text_beside(place_.folder, "preprocessor_config.json").value_or(""),
                            model_.notes);
        take(checkpoint, hugging_face_sources(model_.config), "config.json", read.architecture);
    }

    void take(const Checkpoint& checkpoint, const std::vector<TensorSource>& sources, const std::string& origin,
              const std::string& kind, const std::vector<std::string>& copies = {}) {
        model_.tensors = take_tensors(checkpoint, tensor_specs(model_.config), sources, origin, model_.notes, copies);
        model_.card = card_of(model_, title_of(model_.path, place_), kind);
    }

    [[noreturn]] void refuse(const Checkpoint& checkpoint) const {
        if (checkpoint.tensors.empty()) bad_model("The file holds no tensors.");
        const std::string first = shown(checkpoint.tensors.begin()->first);
        if (checkpoint.tensors.contains("latents") && checkpoint.tensors.contains("cross.0.query.weight"))
            bad_model("The weights are named as in a perceiver-2021 folder; its config.json must lie beside them.");
        if (first.find("/~/") != first.npos || first.find("/w") != first.npos)
            bad_model(
                "The weights are named as DeepMind's haiku modules are; convert them to Hugging Face's names first.");
        bad_model(
            "The weights are of no Perceiver that this program knows: a bundle, Hugging Face, perceiver-pytorch or "
            "perceiver-2021. Their first tensor is " +
            first + ".");
    }

    const OpenOptions& options_;
    const Place place_;
    OpenedModel model_;
};

}  // namespace

const char* format_name(ModelFormat format) {
    switch (format) {
        case ModelFormat::bundle: return "bundle";
        case ModelFormat::hugging_face: return "Hugging Face";
        case ModelFormat::perceiver_pytorch: return "perceiver-pytorch";
        case ModelFormat::perceiver_2021: break;
    }
    return "perceiver-2021";
}

OpenedModel open_model(const fs::path& path, const OpenOptions& options) try {
    return Opener(path, options).run();
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for this model.");
}

}  // namespace perceiver::weights
