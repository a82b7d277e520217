// Protects the paper's claim for what comes with the program: every bundled model, on every kind of file that it runs
// over, answers the same when its elements are really permuted and their positions travel, and something else when they
// stay.
#include <ATen/ops/from_blob.h>
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "engine/run.h"
#include "inspect/permute.h"

namespace perceiver::engine {
namespace {

const std::string resources = PERCEIVERSCOPE_RESOURCES;

/// A sample of every kind; the film has sound.
const std::map<api::Kind, std::string> samples{{api::Kind::image, "ship.jpg"},
                                               {api::Kind::audio, "siren.opus"},
                                               {api::Kind::video, "talking-drawing.mp4"},
                                               {api::Kind::points, "jet.ply"}};

struct BundlesPermuted : testing::Test {
    ModelLibrary library{resources};

    /// Every bundled model with every kind it runs over.
    void each(const std::function<void(const LoadedModel&, const Prepared&, const Trace&)>& look) {
        const auto models = library.list();
        if (models.empty()) GTEST_SKIP() << "no model is bundled";
        for (const auto& info : models)
            for (const auto kind : info.runs_over) {
                SCOPED_TRACE(info.id + " on " + samples.at(kind));
                const ModelPtr model = library.load(info.id);
                const auto file = open_media(resources + "/samples/" + samples.at(kind), {}, false, {});
                const Prepared prepared = encode(*file, *model);
                look(*model, prepared, model->perceiver.forward(prepared.input, Attend::dense));
            }
    }
};

/// Differences are told in parts of the largest logit: sums over ten thousand elements in another order.
double part_of(double difference, const at::Tensor& logits) { return difference / logits.abs().max().item<double>(); }

TEST_F(BundlesPermuted, TravellingPositionsChangeNothingAndStayingOnesTheAnswer) {
    each([](const LoadedModel& model, const Prepared& prepared, const Trace& baseline) {
        const auto& in_order = *prepared.input;
        const inspect::Permuted run =
            inspect::run_permuted(model.perceiver, in_order, baseline.logits, {7}, inspect::Positions::travel);
        // The array is another one: its rows are those of the first, really moved.
        const auto& from = run.trace.input->layout().data_from;
        ASSERT_EQ(static_cast<std::int64_t>(from.size()), in_order.elements());
        std::int64_t moved = 0;
        for (std::size_t i = 0; i < from.size(); ++i) moved += from[i] != static_cast<std::int64_t>(i);
        EXPECT_GT(moved, in_order.elements() * 9 / 10);
        const at::Tensor order =
            at::from_blob(const_cast<std::int64_t*>(from.data()), {in_order.elements()}, at::kLong);
        EXPECT_EQ(
            (run.trace.input->normalized() - in_order.normalized().index_select(0, order)).abs().max().item<float>(),
            0);
        for (const auto& cross : run.trace.cross) EXPECT_FALSE(cross.separable) << "nothing may assume an order";
        const double travelling = part_of(run.largest_logit_difference, baseline.logits);
        EXPECT_LT(travelling, 1e-5);
        EXPECT_EQ(run.trace.logits.argmax().item<std::int64_t>(), baseline.logits.argmax().item<std::int64_t>());
        if (arms_of(in_order, {api::Arm::stay}).empty()) return;   // of bare points: a point is its position
        const auto stay =
            inspect::run_permuted(model.perceiver, in_order, baseline.logits, {7}, inspect::Positions::stay);
        // The least is that of bare samples: which sixtieths of a second come when says little to that model.
        const double staying = part_of(stay.largest_logit_difference, baseline.logits);
        EXPECT_GT(staying, 0.01);
        EXPECT_GT(staying, 1000 * travelling);
    });
}

}  // namespace
}  // namespace perceiver::engine
