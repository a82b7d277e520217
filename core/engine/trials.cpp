#include "engine/trials.h"

#include <algorithm>
#include <cmath>

#include "base/percent.h"
#include "engine/words.h"

namespace perceiver::engine {
namespace {

int answer_of(const std::vector<api::Prediction>& predictions) {
    return predictions.empty() || std::isnan(predictions.front().logit) ? -1 : predictions.front().index;
}

}  // namespace

Trials::Trials(const api::ShuffleOptions& first, int seeds, std::vector<api::Arm> arms) : arms_(std::move(arms)) {
    result_.shuffle = first;
    result_.seeds = seeds;
}

void Trials::run(const TrialFile& file, const CancelToken& cancel, const std::function<void(int)>& seed_done) {
    const auto in_order = predictions_of(file.baseline.logits, file.model.info.labels);
    if (in_order.empty())
        throw Error(ErrorCode::no_fit,
                    "The model " + file.model.info.id + " names no classes: there is no answer to compare.");
    if (result_.model.empty()) result_.model = file.model.info.id;
    const auto arms = arms_of(*file.prepared.input, arms_);
    for (int i = 0; i < result_.seeds; ++i) {
        api::ShuffleOptions shuffle = result_.shuffle;
        shuffle.seed += static_cast<std::uint64_t>(i);
        for (const api::Arm arm : arms) {
            const auto run = answer_shuffled(file.model, file.prepared, file.baseline, shuffle, arm, cancel);
            if (result_.nothing_moved.empty()) result_.nothing_moved = run.nothing_moved;
            count(row(file.model.info.id, "Perceiver", false, arm),
                  {answer_of(in_order), answer_of(run.predictions), run.largest_logit_difference}, file.expected);
            // Moving points a little is no shuffle, and rivals read none.
            if (!file.rivals || arm == api::Arm::jitter) continue;
            for (const auto& answer : file.rivals->ask(shuffle, arm, cancel))
                count(row(answer.rival->id, answer.rival->name, answer.rival->permutation != 0, arm),
                      {answer_of(answer.predictions), answer_of(answer.shuffled), answer.largest_logit_difference},
                      file.expected);
        }
        if (seed_done) seed_done(i + 1);
    }
    ++result_.done;
    if (file.expected) ++result_.known;
}

api::TrialsRow& Trials::row(const std::string& id, const std::string& name, bool trained_shuffled, api::Arm arm) {
    auto& rows = result_.rows;
    for (auto& one : rows)
        if (one.id == id && one.arm == arm) return one;
    // Beside the rows of the same model.
    auto after = std::find_if(rows.rbegin(), rows.rend(), [&](const api::TrialsRow& r) { return r.id == id; }).base();
    if (after == rows.begin()) after = rows.end();
    api::TrialsRow made;
    made.id = id;
    made.name = name;
    made.trained_shuffled = trained_shuffled;
    made.arm = arm;
    return *rows.insert(after, std::move(made));
}

void Trials::count(api::TrialsRow& row, const Says& says, const std::optional<Class>& expected) {
    ++row.shuffles;
    row.same += says.before >= 0 && says.after == says.before;
    row.largest_logit_difference = std::max(row.largest_logit_difference, says.difference);
    if (!expected) return;
    ++row.known;
    row.right += says.after == expected->index;
    row.right_in_order += says.before == expected->index;
}

std::string trials_words(const api::TrialsResult& r) {
    std::string out =
        text("%lld %s, %d %s from %llu on\n", static_cast<long long>(r.done), r.done == 1 ? "file" : "files", r.seeds,
             r.seeds == 1 ? "seed" : "seeds", static_cast<unsigned long long>(r.shuffle.seed));
    for (const auto& row : r.rows) {
        const std::string name = row.name + (row.trained_shuffled ? ", trained shuffled" : "");
        out += text("  %-26s positions %-6s  the same answer %5s %% of %lld", name.c_str(), name_of(row.arm),
                    percent_digits(double(row.same) / double(std::max<std::int64_t>(1, row.shuffles))).c_str(),
                    static_cast<long long>(row.shuffles));
        if (row.known)
            out += ", right " + percent(double(row.right) / double(row.known)) + ", in order " +
                   percent(double(row.right_in_order) / double(row.known));
        out += text(", largest difference %.2g\n", row.largest_logit_difference);
    }
    if (!r.nothing_moved.empty()) out += "  " + r.nothing_moved + "\n";
    return out;
}

}  // namespace perceiver::engine
