// The permutation experiment over many seeds and files, as the window and headless both run it: who still gives the
// same answer, and who is right.
#pragma once

#include <functional>

#include "engine/api/trials.h"
#include "engine/rivals.h"
#include "engine/run.h"
#include "engine/score.h"

namespace perceiver::engine {

/// One file, ready to be shuffled again and again.
struct TrialFile {
    const LoadedModel& model;
    const Prepared& prepared;
    const Trace& baseline;               ///< the dense attention's run in order
    const RivalRound* rivals = nullptr;  ///< null: none are asked
    std::optional<Class> expected{};     ///< the class whose folder it lies in
};

class Trials {
  public:
    /// Seeds from that of `first` on.
    Trials(const api::ShuffleOptions& first, int seeds, std::vector<api::Arm> arms);

    /// Every arm that the file has, under every seed; `seed_done` after each. Throws Error: no_fit (the model names no
    /// classes, nothing to shuffle so), cancelled; what was counted before stays.
    void run(const TrialFile& file, const CancelToken& cancel, const std::function<void(int done)>& seed_done = {});
    const api::TrialsResult& result() const { return result_; }
    api::TrialsResult& result() { return result_; }

  private:
    struct Says {
        int before = 0, after = 0;
        double difference = 0;
    };
    api::TrialsRow& row(const std::string& id, const std::string& name, bool trained_shuffled, api::Arm arm);
    void count(api::TrialsRow& row, const Says& says, const std::optional<Class>& expected);

    std::vector<api::Arm> arms_;
    api::TrialsResult result_;
};

/// What came of it, a line for each model and arm.
std::string trials_words(const api::TrialsResult& result);

}  // namespace perceiver::engine
