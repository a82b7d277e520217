// A cloud of points as a model's config wants it: as many points, centred, scaled.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "input/input_config.h"

namespace perceiver::input {

struct EncodedPoints {
    at::Tensor data;                   ///< [points, dims + features] float32, see Prepared
    std::vector<std::int64_t> chosen;  ///< whose points of the cloud these are, ascending
    std::vector<double> centre;        ///< [dims] what was taken off
    double scale = 1;                  ///< then divided by
};

/// `cloud` is [n, dims + features] by rows, position first. Of a cloud with more points than the model reads, a set is
/// taken that is the same for the same seed; the centre and the scale are those of the points taken. A cloud of one
/// place stays there. Throws Error{no_fit}: no points, not whole ones, a number that is not finite.
EncodedPoints encode_points(std::span<const float> cloud, const PointsConfig& config, std::uint64_t seed = 0);

}  // namespace perceiver::input
