// A bundle of either kind, a Perceiver's or a rival's, as evaluation sees it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rivals/rival.h"
#include "train/evaluate.h"
#include "weights/bundle.h"
#include "weights/rival_bundle.h"

namespace perceiver {

/// How it is measured.
struct Measurement {
    std::int64_t views = 1;
    train::Conditions conditions;
    std::optional<std::uint64_t> permute;  ///< of a rival's test pictures
};

class Contender {
  public:
    /// Throws Error with the file's name before the sentence: as weights::read_bundle.
    explicit Contender(const std::string& path);

    const weights::Card& card() const { return rival_bundle_ ? rival_bundle_->card : bundle_->card; }
    const std::vector<std::string>& labels() const;  ///< may be empty
    std::int64_t parameters() const;
    const InputConfig& input() const;
    /// How many examples `evaluate` takes of a split.
    std::int64_t examples(const train::Split&) const;
    /// Throws Error: usage (it has no such views or shuffles), as train::evaluate.
    train::Evaluation evaluate(const train::Pack&, const train::Split&, const Measurement&,
                               const std::function<bool(std::int64_t)>& progress) const;
    /// Writes the file anew with another card.
    void write(const weights::Card&) const;

  private:
    std::string path_;
    std::optional<weights::Bundle> bundle_;
    std::optional<Perceiver> model_;
    std::optional<weights::RivalBundle> rival_bundle_;
    std::optional<rivals::Rival> rival_;
};

}  // namespace perceiver
