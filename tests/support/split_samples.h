// Small data sets made in code.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "train/data.h"

namespace perceiver::samples {

/// A split that owns what it shows: `count` pictures of noise with one channel raised, which is the label.
struct OwnedSplit {
    std::vector<std::uint8_t> pixels, labels;
    train::Split split;

    explicit OwnedSplit(std::int64_t count, std::int64_t rows = 16, std::int64_t cols = 16) {
        std::mt19937 random(1);
        for (std::int64_t i = 0; i < count; ++i) {
            const auto label = static_cast<std::uint8_t>(i % 3);
            labels.push_back(label);
            for (std::int64_t p = 0; p < rows * cols * 3; ++p)
                pixels.push_back(static_cast<std::uint8_t>(random() % 160 + (p % 3 == label ? 60 : 0)));
        }
        split = {rows, cols, pixels, labels};
    }
    OwnedSplit(const OwnedSplit&) = delete;
    OwnedSplit& operator=(const OwnedSplit&) = delete;
};

}  // namespace perceiver::samples
