// The made-up engine's rivals and tables.
#include <utility>

#include "fake_engine.h"

namespace perceiver::ui::test {

namespace {

std::shared_ptr<const api::RivalInfo> rival(const char* type, const char* name, std::uint64_t permutation,
                                            double accuracy) {
    auto info = std::make_shared<api::RivalInfo>();
    info->id = std::string("rival-") + type + (permutation ? "-permuted" : "");
    info->type = type;
    info->name = name;
    info->permutation = permutation;
    info->accuracy = accuracy;
    info->rows = info->cols = 32;
    return info;
}

}  // namespace

/// Positions that travel change the ResNets' answer and leave the Transformer's.
void FakeEngine::answer(const api::RivalsRequest& r) {
    if (!noRivals.empty()) return sink_(api::RivalsReady{r, api::Arm::travel, {}, noRivals, modelBeside});
    const auto in_order = predictions(r.job, 4);
    auto changed = predictions(r.job, 0.5F);
    std::swap(changed[0], changed[1]);
    for (const api::Arm arm : r.arms) {
        std::vector<api::RivalAnswer> answers;
        for (const auto& info : {rival("resnet", "ResNet", 0, 0.828), rival("resnet", "ResNet", 5, 0.548),
                                 rival("transformer", "Transformer", 0, 0.508)}) {
            const bool same = info->type == "transformer" && arm == api::Arm::travel;
            answers.push_back({info, in_order, same ? in_order : changed, same ? 1e-7 : 4.8, same, false});
        }
        sink_(api::RivalsReady{r, arm, std::move(answers), {}, {}});
    }
}

void FakeEngine::sendTrials(const api::TrialsRequest& r, double part, bool end) {
    api::TrialsResult result;
    result.model = r.model;
    result.shuffle = r.shuffle;
    result.seeds = r.seeds;
    result.files = 10;
    result.done = result.known = std::int64_t(10 * part);
    const auto row = [&](const char* id, const char* name, bool shuffled, api::Arm arm, double same) {
        api::TrialsRow one;
        one.id = id;
        one.name = name;
        one.trained_shuffled = shuffled;
        one.arm = arm;
        one.shuffles = one.known = result.done * r.seeds;
        one.same = one.right = std::int64_t(double(one.shuffles) * same);
        one.right_in_order = one.known;
        result.rows.push_back(one);
    };
    for (const api::Arm arm : {api::Arm::travel, api::Arm::stay})
        row("perceiver", "Perceiver", false, arm, arm == api::Arm::travel ? 1 : 0.2);
    for (const api::Arm arm : {api::Arm::travel, api::Arm::stay}) row("rival-resnet", "ResNet", false, arm, 0.1);
    sink_(api::TrialsReady{r.request, result, part, end, {}});
}

api::ComparisonTable FakeEngine::comparison() const {
    api::ComparisonTable table;
    table.paper_title = "ImageNet, top-1";
    table.our_title = "CIFAR-10 test";
    const auto add = [](std::vector<api::ComparisonRow>& to, const char* model, double raw, double permuted,
                        bool invariant, double half) {
        api::ComparisonRow row;
        row.model = model;
        row.raw = raw;
        row.permuted = permuted;
        row.invariant = invariant;
        row.receptive_field = 49;
        if (half > 0) row.raw_low = raw - half, row.raw_high = raw + half;
        if (half > 0 && permuted > 0) row.permuted_low = permuted - half, row.permuted_high = permuted + half;
        to.push_back(row);
    };
    add(table.paper, "ResNet-50 (FF)", 0.735, 0.394, false, 0);
    add(table.paper, "Perceiver (FF)", 0.78, 0.78, true, 0);
    add(table.ours, "ResNet (FF)", 0.828, 0.548, false, 0.01);
    add(table.ours, "Perceiver (FF)", 0.708, 0.708, true, 0.01);
    return table;
}

void FakeEngine::sendComparison() { sink_(api::ComparisonReady{comparison()}); }

}  // namespace perceiver::ui::test
