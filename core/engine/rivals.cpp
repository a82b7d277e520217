#include "engine/rivals.h"

#include <ATen/TensorOperators.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <tuple>

#include "engine/run.h"
#include "engine/shuffle.h"
#include "input/image_input.h"
#include "weights/to_torch_rival.h"

namespace perceiver::engine {
namespace {

namespace fs = std::filesystem;

api::RivalInfo describe(const weights::RivalBundle& bundle) {
    const auto& [config, card] = std::tie(bundle.config, bundle.card);
    api::RivalInfo info;
    info.id = bundle.path.stem().string();
    info.path = bundle.path.string();
    info.type = rivals::type_word(config.type);
    info.name = rivals::type_name(config.type);
    info.title = card.title;
    info.summary = card.summary;
    info.recipe = card.recipe;
    info.test_split = card.test_split;
    info.trained_with = card.trained_with;
    info.accuracy = card.accuracy;
    info.accuracy_low = card.accuracy_low;
    info.accuracy_high = card.accuracy_high;
    info.accuracy_n = card.accuracy_n;
    info.parameters = config.parameter_count();
    info.permutation = config.permutation;
    info.rows = static_cast<int>(config.rows());
    info.cols = static_cast<int>(config.cols());
    info.receptive_field = config.receptive_field();
    info.labels = config.labels;
    return info;
}

/// As the table lists them.
void sort(std::vector<api::RivalInfo>& rivals) {
    const auto rank = [](const api::RivalInfo& r) {
        const int type = r.type == "resnet" ? 0 : r.type == "vit" ? 1 : 2;
        return std::tuple(type, r.permutation != 0, r.id);
    };
    std::ranges::sort(rivals, {}, rank);
}

rivals::Positions to_rivals(api::Arm arm) {
    switch (arm) {
        case api::Arm::travel:
            return rivals::Positions::travel;
        case api::Arm::stay:
            return rivals::Positions::stay;
        case api::Arm::none:
        case api::Arm::jitter:
            break;
    }
    return rivals::Positions::none;
}

/// "airplane, automobile, bird and 7 more"
std::string some_of(const std::vector<std::string>& labels) {
    constexpr std::size_t shown = 3;
    std::string out;
    for (std::size_t i = 0; i < std::min(shown, labels.size()); ++i) out += (i ? ", " : "") + labels[i];
    return labels.size() > shown ? out + " and " + std::to_string(labels.size() - shown) + " more" : out;
}

}  // namespace

std::vector<api::RivalInfo> RivalLibrary::list() const {
    std::vector<api::RivalInfo> out;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder_, failed)) {
        if (entry.path().extension() != ".safetensors" ||
            !entry.path().filename().string().starts_with("rival-"))
            continue;
        try {
            out.push_back(describe(weights::read_rival_bundle_header(entry.path(), limits_)));
        } catch (const Error&) {
            // A damaged one is not asked; `perceiverscope-train card` says what is wrong with it.
        }
    }
    sort(out);
    return out;
}

RivalsPtr RivalLibrary::load(const CancelToken& cancel) {
    const std::lock_guard lock(mutex_);
    if (kept_) return kept_;
    auto all = std::make_shared<std::vector<LoadedRival>>();
    for (const auto& info : list()) {
        cancel.check();
        const auto bundle = weights::read_rival_bundle(info.path, limits_);
        all->push_back({std::make_unique<rivals::Rival>(weights::to_rival(bundle)),
                        std::make_shared<const api::RivalInfo>(info)});
    }
    kept_ = all;
    return kept_;
}

void check_rivals(const std::vector<LoadedRival>& rivals, const MediaFile& file,
                  const api::ModelInfo& model) {
    if (!file.image)
        throw Error(ErrorCode::no_fit,
                    "The rivals read pictures: this is " + std::string(kind_name(file.info.kind)) + ".");
    if (rivals.empty())
        throw Error(ErrorCode::no_fit,
                    "No rivals come with this program: there is no rival-*.safetensors beside its models.");
    for (const auto& rival : rivals)
        if (rival.classifier->labels() != model.labels)
            throw Error(ErrorCode::no_fit,
                        "The rivals answer " + some_of(rival.classifier->labels()) + "; the model " +
                            model.id + " answers " +
                            (model.labels.empty() ? "without names" : some_of(model.labels)) +
                            ": choose a model trained on the same data.");
}

std::string model_beside(const std::vector<api::RivalInfo>& rivals,
                         const std::vector<api::ModelInfo>& models) {
    if (rivals.empty()) return {};
    const auto found = std::ranges::find(models, rivals.front().labels, &api::ModelInfo::labels);
    return found == models.end() ? std::string() : found->id;
}

RivalRound::RivalRound(RivalsPtr rivals, const MediaFile& file, const CancelToken& cancel)
    : rivals_(std::move(rivals)) {
    const c10::InferenceMode guard;
    for (const auto& rival : *rivals_) {
        cancel.check();
        const auto& classifier = *rival.classifier;
        const auto& picture = *file.image;
        Read read;
        read.data = input::encode_image({picture.rgb.data(), picture.width, picture.height},
                                        classifier.input().image, cancel)
                        .data;
        read.logits = classifier.predict(read.data);
        read.predictions = predictions_of(read.logits, classifier.labels());
        read_.push_back(std::move(read));
    }
}

std::vector<api::RivalAnswer> RivalRound::ask(const api::ShuffleOptions& shuffle, api::Arm arm,
                                              const CancelToken& cancel) const {
    const c10::InferenceMode guard;
    std::vector<api::RivalAnswer> out;
    for (std::size_t i = 0; i < read_.size(); ++i) {
        cancel.check();
        const auto& classifier = *(*rivals_)[i].classifier;
        const Read& read = read_[i];
        input::Layout layout;
        layout.segments.push_back({"", InputConfig::Type::image, 0, classifier.grid()});
        const auto order = inspect::shuffled_order(layout, to_core(shuffle));
        const at::Tensor after = classifier.predict(read.data, order, to_rivals(arm));
        api::RivalAnswer answer{(*rivals_)[i].info, read.predictions,
                                predictions_of(after, classifier.labels())};
        answer.largest_logit_difference =
            (after.to(at::kDouble) - read.logits.to(at::kDouble)).abs().max().item<double>();
        answer.same_answer = answer.shuffled.front().index == answer.predictions.front().index;
        answer.nothing_moved = std::ranges::is_sorted(order);
        out.push_back(std::move(answer));
    }
    return out;
}

api::ComparisonTable comparison_table(const std::vector<api::RivalInfo>& rivals,
                                      const std::vector<api::ModelInfo>& models) {
    api::ComparisonTable table;
    const auto of_paper = [&](const char* model, double raw, double permuted, std::int64_t field,
                              bool invariant = false) {
        api::ComparisonRow row;
        row.model = model;
        row.raw = raw;
        row.permuted = permuted;
        row.receptive_field = field;
        row.invariant = invariant;
        table.paper.push_back(std::move(row));
    };
    table.paper_title = "ImageNet, top-1 (\"Perceiver\", Jaegle et al., 2021, Table 2)";
    of_paper("ResNet-50 (FF)", 0.735, 0.394, 49);
    of_paper("ViT-B-16 (FF)", 0.767, 0.617, 256);
    of_paper("Transformer 64 x 64 (FF)", 0.570, 0.570, 4096, true);
    of_paper("Perceiver (FF)", 0.780, 0.780, 50176, true);
    of_paper("Perceiver (learned pos.)", 0.709, 0.709, 50176, true);

    for (const auto& rival : rivals) {
        if (rival.permutation != 0) continue;
        api::ComparisonRow row;
        row.invariant = rival.type == "transformer";
        row.model =
            rival.name +
            (row.invariant ? " " + std::to_string(rival.rows) + " x " + std::to_string(rival.cols) : "") +
            " (FF)";
        row.id = rival.id;
        row.raw = rival.accuracy;
        row.raw_low = rival.accuracy_low;
        row.raw_high = rival.accuracy_high;
        row.n = rival.accuracy_n;
        row.receptive_field = rival.receptive_field;
        const auto shuffled = std::ranges::find_if(
            rivals, [&](const api::RivalInfo& r) { return r.type == rival.type && r.permutation != 0; });
        const auto& other = row.invariant || shuffled == rivals.end() ? rival : *shuffled;
        if (row.invariant || shuffled != rivals.end()) {
            row.permuted_id = other.id;
            row.permuted = other.accuracy;
            row.permuted_low = other.accuracy_low;
            row.permuted_high = other.accuracy_high;
        }
        if (table.our_title.empty()) table.our_title = rival.test_split;
        table.ours.push_back(std::move(row));
    }
    for (const auto& [id, name] : {std::pair{"image-cifar10-fourier", "Perceiver (FF)"},
                                   std::pair{"image-cifar10-learned", "Perceiver (learned pos.)"}}) {
        const auto model = std::ranges::find(models, id, &api::ModelInfo::id);
        if (model == models.end()) continue;
        api::ComparisonRow row;
        row.model = name;
        row.id = row.permuted_id = id;
        row.raw = row.permuted = model->accuracy;
        row.raw_low = row.permuted_low = model->accuracy_low;
        row.raw_high = row.permuted_high = model->accuracy_high;
        row.n = model->accuracy_n;
        row.receptive_field = model->input_elements;
        row.invariant = true;
        if (table.our_title.empty()) table.our_title = model->test_split;
        table.ours.push_back(std::move(row));
    }
    return table;
}

}  // namespace perceiver::engine
