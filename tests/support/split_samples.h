// Small data sets made in code.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
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
        split = {rows, cols, pixels, labels, train::Medium::pictures, 0};
    }
    OwnedSplit(const OwnedSplit&) = delete;
    OwnedSplit& operator=(const OwnedSplit&) = delete;
};

/// Clouds of 60 points by what they are of: a ball, a bar, a sheet.
struct OwnedClouds {
    std::vector<std::uint8_t> bytes, labels;
    train::Split split;

    explicit OwnedClouds(std::int64_t count, std::int64_t points = 60) {
        static constexpr float shape[3][3] = {{1, 1, 1}, {0.1f, 0.1f, 2}, {1, 1, 0.05f}};
        std::mt19937 random(1);
        std::vector<float> numbers;
        for (std::int64_t i = 0; i < count; ++i) {
            labels.push_back(static_cast<std::uint8_t>(i % 3));
            for (std::int64_t k = 0; k < 3 * points; ++k)
                numbers.push_back(shape[i % 3][k % 3] * (static_cast<float>(random() % 2001) / 1000 - 1) + 4);
        }
        bytes.resize(4 * numbers.size());
        std::memcpy(bytes.data(), numbers.data(), bytes.size());
        split = {points, 3, bytes, labels, train::Medium::clouds, 0};
    }
    OwnedClouds(const OwnedClouds&) = delete;
    OwnedClouds& operator=(const OwnedClouds&) = delete;
};

/// Sounds of 0.2 seconds at 8 kHz: noise with a tone of 300, 900 or 2,700 Hz, which is the label.
struct OwnedSounds {
    std::vector<std::uint8_t> bytes, labels;
    train::Split split;

    explicit OwnedSounds(std::int64_t count) {
        static constexpr double tones[3] = {300, 900, 2700};
        constexpr std::int64_t samples = 1600;
        std::mt19937 random(1);
        for (std::int64_t i = 0; i < count; ++i) {
            labels.push_back(static_cast<std::uint8_t>(i % 3));
            const double phase = double(random() % 1000);
            for (std::int64_t k = 0; k < samples; ++k) {
                const double tone = std::sin(phase + 2 * 3.14159265 * tones[i % 3] * double(k) / 8000);
                const auto value = static_cast<std::int16_t>(6000 * tone + double(random() % 2000));
                bytes.push_back(static_cast<std::uint8_t>(value & 255));
                bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint16_t>(value) >> 8));
            }
        }
        split = {1, samples, bytes, labels, train::Medium::sounds, 8000};
    }
    OwnedSounds(const OwnedSounds&) = delete;
    OwnedSounds& operator=(const OwnedSounds&) = delete;
};

/// Films of 4 grey frames of 32 x 24 with a bright bar at the left, in the middle or at the right, and the tone of the
/// same label's sound.
struct OwnedFilms {
    std::vector<std::uint8_t> frames, labels;
    OwnedSounds sounds;
    train::Split split;

    explicit OwnedFilms(std::int64_t count) : sounds(count) {
        constexpr std::int64_t rows = 24, cols = 32, length = 4;
        std::mt19937 random(2);
        for (std::int64_t i = 0; i < count; ++i) {
            labels.push_back(static_cast<std::uint8_t>(i % 3));
            for (std::int64_t p = 0; p < length * rows * cols; ++p) {
                const bool bar = p % cols / 11 == i % 3 && p / (rows * cols) % 2 == 0;
                frames.push_back(static_cast<std::uint8_t>(random() % 60 + (bar ? 150 : 60)));
            }
        }
        split = {rows, cols, frames, labels, train::Medium::films, 8000, length, 1, 12.5, sounds.bytes};
    }
    OwnedFilms(const OwnedFilms&) = delete;
    OwnedFilms& operator=(const OwnedFilms&) = delete;
};

}  // namespace perceiver::samples
