// A golden fixture: a folder with a model, inputs and every result the reference implementation recorded for them.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace perceiver::golden {

using Tensors = std::map<std::string, at::Tensor>;

struct Tolerance {
    double absolute = 0, relative = 0;
};

struct Fixture {
    std::filesystem::path folder;
    std::string name, family;                       ///< family: dm, hf, lucid, hf_image_processor
    std::vector<std::filesystem::path>
        models;  ///< the same model in every form the fixture has it: files, or its folder
    nlohmann::json options;
    Tensors inputs, expected;                       ///< as stored: [B, ...]
    std::map<std::string, Tolerance> tolerances;    ///< one for each expected tensor
};

/// Throws Error{unreadable_input} that says what is missing or malformed.
Fixture read_fixture(const std::filesystem::path& folder);

/// How far one tensor is off. It passes when |got - expected| <= absolute + relative * |expected| everywhere.
struct Comparison {
    std::string name, shape;
    double largest_absolute = 0, largest_relative = 0;   ///< relative to the largest |expected|
    double of_tolerance = 0;                             ///< worst element's difference as a part of what it may be
    std::string problem;                                 ///< why it couldn't be compared; empty: it was
    bool passes() const { return problem.empty() && of_tolerance <= 1; }
};

/// One line for every expected tensor, and one for every result nobody recorded that should have been.
std::vector<Comparison> compare(const Fixture& fixture, const Tensors& got);

}  // namespace perceiver::golden
