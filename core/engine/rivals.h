// The rivals that come with the program (resources/models/rival-*.safetensors): asked the same picture and
// the same shuffle as the model, and the paper's Table 2 beside ours.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/media_file.h"
#include "engine/model_library.h"
#include "rivals/classifier.h"

namespace perceiver::engine {

struct LoadedRival {
    std::unique_ptr<const rivals::Classifier> classifier;
    std::shared_ptr<const api::RivalInfo> info;
};
using RivalsPtr = std::shared_ptr<const std::vector<LoadedRival>>;

class RivalLibrary {
  public:
    explicit RivalLibrary(const std::filesystem::path& resources, Limits limits = {})
        : folder_(resources / "models"), limits_(limits) {}

    /// Cards alone: by type, those trained on pictures as they are before those trained on shuffled ones. A
    /// damaged file is left out.
    std::vector<api::RivalInfo> list() const;
    /// All of list() with their weights, kept for the next call. Throws Error: unreadable_model, cancelled.
    RivalsPtr load(const CancelToken& cancel = {});

  private:
    std::filesystem::path folder_;
    Limits limits_;
    std::mutex mutex_;
    RivalsPtr kept_;
};

/// Throws Error{no_fit} that says why the rivals can't be asked beside this model: the file is no picture, no
/// rivals are there, or they answer with other labels.
void check_rivals(const std::vector<LoadedRival>& rivals, const MediaFile& file, const api::ModelInfo& model);

/// The first of these models that answers with the rivals' labels; empty when none does.
std::string model_beside(const std::vector<api::RivalInfo>& rivals,
                         const std::vector<api::ModelInfo>& models);

/// One picture as every rival reads it, to be shuffled again and again.
class RivalRound {
  public:
    /// Asks them in order. `rivals` passed check_rivals. Throws Error{cancelled}.
    RivalRound(RivalsPtr rivals, const MediaFile& file, const CancelToken& cancel = {});
    /// What every rival says in order, and with the elements of its own grid under the same shuffle. Throws
    /// Error{cancelled}.
    std::vector<api::RivalAnswer> ask(const api::ShuffleOptions& shuffle, api::Arm arm,
                                      const CancelToken& cancel = {}) const;

  private:
    struct Read {
        at::Tensor data, logits;
        std::vector<api::Prediction> predictions;
    };
    RivalsPtr rivals_;
    std::vector<Read> read_;   ///< one a rival
};

/// The paper's figures, and ours as the cards say them.
api::ComparisonTable comparison_table(const std::vector<api::RivalInfo>& rivals,
                                      const std::vector<api::ModelInfo>& models);

}  // namespace perceiver::engine
