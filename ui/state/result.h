// One run of one file through one model, as far as it has come. Never changed once shown: each event makes a
// new one.
#pragma once

#include <QImage>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/api/types.h"

namespace perceiver::ui {

using MapPtr = std::shared_ptr<const api::Map>;
using GridPtr = std::shared_ptr<const api::LatentGrid>;

struct CrossResult {
    MapPtr mean;  ///< over latents and heads; null until computed
    MapPtr thumbnail;  ///< of it, see api/thumbnail.h
    double ms = 0;
    bool separable = false;
};

struct Result {
    api::JobId job = 0;
    std::shared_ptr<const api::FileInfo> file;
    std::shared_ptr<const api::ModelInfo> model;
    QImage picture, view;  ///< file->picture and file->view
    double decodeMs = 0, encodeMs = 0;
    std::vector<CrossResult> cross;            ///< one per stage
    std::vector<std::vector<double>> blockMs;  ///< per stage, one per latent block done
    int layersDone = 0;                        ///< of the block that runs now, as far as it is told
    std::vector<api::Prediction> predictions;  ///< empty until finished
    api::Timings timings;
    bool finished = false;

    /// The weights made numbers that are none.
    bool answersNoNumber() const { return !predictions.empty() && std::isnan(predictions.front().probability); }
    int elements() const { return model->input_elements; }
};
using ResultPtr = std::shared_ptr<const Result>;

/// The shuffled runs of one result with one seed; an arm is null until it is done.
struct Shuffle {
    quint64 seed = 0;
    std::optional<api::PermutationResult> travel, stay, none, jitter;

    const std::optional<api::PermutationResult>& of(api::Arm arm) const {
        return arm == api::Arm::travel ? travel : arm == api::Arm::stay ? stay : arm == api::Arm::none ? none : jitter;
    }
    std::optional<api::PermutationResult>& of(api::Arm arm) {
        return const_cast<std::optional<api::PermutationResult>&>(std::as_const(*this).of(arm));
    }
};

}  // namespace perceiver::ui
