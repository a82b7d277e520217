// Runs a fixture's model on its inputs and names what came out as the fixture does.
#pragma once

#include "fixture.h"
#include "perceiver/cross_attend.h"

namespace perceiver::golden {

struct Result {
    Tensors tensors;             ///< [B, ...], names as in expected.safetensors
    bool separable = false;      ///< some cross-attend took the separable way
};

/// Throws Error: unreadable_model, unreadable_input (an input the model needs is missing), no_fit.
Result run(const Fixture& fixture, const std::filesystem::path& model, Attend how);
/// The same by the plain form, in float64.
Tensors run_reference(const Fixture& fixture, const std::filesystem::path& model);

}  // namespace perceiver::golden
