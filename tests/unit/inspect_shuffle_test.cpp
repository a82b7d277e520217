// Protects what a shuffle moves: tiles of a grid, whole frames of a film or patches alike in every frame, and nothing
// where nothing can move.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "inspect/permute.h"

namespace perceiver::inspect {
namespace {

using Order = std::vector<std::int64_t>;

input::Layout layout_of(std::vector<std::int64_t> grid) {
    input::Layout layout;
    layout.segments.push_back({"", InputConfig::Type::video, 0, std::move(grid)});
    return layout;
}

bool in_order(const Order& order) { return std::ranges::is_sorted(order); }

bool is_permutation(Order order) {
    std::ranges::sort(order);
    for (std::size_t i = 0; i < order.size(); ++i)
        if (order[i] != static_cast<std::int64_t>(i)) return false;
    return true;
}

constexpr std::int64_t frames = 4, rows = 6, cols = 5, frame = rows * cols;

TEST(Shuffle, FramesChangePlacesWhole) {
    const auto order = shuffled_order(layout_of({frames, rows, cols}), {3, 1, 1, Along::frames});
    EXPECT_TRUE(is_permutation(order));
    EXPECT_FALSE(in_order(order));
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        EXPECT_EQ(order[i] % frame, at % frame) << "a patch stays where it is in its frame";
        EXPECT_EQ(order[i] / frame, order[static_cast<std::size_t>(at / frame * frame)] / frame) << "frames stay whole";
    }
}

TEST(Shuffle, PatchesMoveAlikeInEveryFrame) {
    const auto order = shuffled_order(layout_of({frames, rows, cols}), {3, 1, 1, Along::patches});
    EXPECT_TRUE(is_permutation(order));
    EXPECT_FALSE(in_order(order));
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        EXPECT_EQ(order[i] / frame, at / frame) << "frames keep their order";
        EXPECT_EQ(order[i] % frame, order[static_cast<std::size_t>(at % frame)]) << "alike in every frame";
    }
}

TEST(Shuffle, WhereThereAreNoFramesItSaysSo) {
    for (const auto& grid : {Order{6, 5}, Order{30}, Order{1, 6, 5}})
        for (const auto along : {Along::frames, Along::patches}) {
            EXPECT_THROW(shuffled_order(layout_of(grid), {3, 1, 1, along}), Error);
            EXPECT_EQ(largest_block(layout_of(grid), along), 0);
        }
}

TEST(Shuffle, TheLargestBlockMovesAndALargerOneDoesNot) {
    for (const auto& grid : {Order{4, 6, 6}, Order{8, 31}, Order{50}, Order{2, 3, 3}})
        for (const auto along : {Along::both, Along::frames, Along::patches}) {
            const auto layout = layout_of(grid);
            const std::int64_t largest = largest_block(layout, along);
            if (largest == 0) continue;
            const auto moves = [&](std::int64_t block) {
                for (std::uint64_t seed = 0; seed < 20; ++seed)
                    if (!in_order(shuffled_order(layout, {seed, block, 1, along}))) return true;
                return false;
            };
            EXPECT_TRUE(moves(largest)) << largest;
            EXPECT_FALSE(moves(largest + 1)) << largest;
            EXPECT_EQ(tiling(layout.segments[0], {0, largest + 1, 1, along}).tiles, 1);
        }
    EXPECT_EQ(largest_block(layout_of({4, 6, 6}), Along::both), 3);
    EXPECT_EQ(largest_block(layout_of({4, 6, 6}), Along::frames), 2);
}

TEST(Shuffle, AllAxesAreShuffledUnlessSaidOtherwise) {
    const auto order = shuffled_order(layout_of({frames, rows, cols}), {3});
    bool between_frames = false, within = false;
    for (std::size_t i = 0; i < order.size(); ++i) {
        between_frames |= order[i] / frame != static_cast<std::int64_t>(i) / frame;
        within |= order[i] % frame != static_cast<std::int64_t>(i) % frame;
    }
    EXPECT_TRUE(between_frames && within);
}

}  // namespace
}  // namespace perceiver::inspect
