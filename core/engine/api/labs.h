// What the labs Positions and Cost show of the newest finished job. Plain structs, as types.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/types.h"

namespace perceiver::api {

inline constexpr int middle_element = -1;  ///< of the part that holds pictures or points, else of the first

/// How a modality tells its elements' places ("Perceiver", section 3.2).
enum class Positions { fourier, learned, none };

/// How alike the position features of one modality's elements are to those of one of them: the cosine of the angle
/// between them, -1 to 1.
struct PositionLikeness {
    int part = 0;     ///< of FileInfo::parts
    int element = 0;  ///< of the input array: the one all others are compared with
    Positions kind = Positions::none;
    int features = 0, channels = 0;      ///< position features, of the C channels of an element
    std::vector<int> bands;              ///< fourier: of each axis (frames, rows, columns; of a cloud x, y, z)
    std::vector<double> max_resolution;  ///< fourier: likewise; the highest frequency is half of it
    bool raw_position = false;           ///< fourier: the coordinates themselves are features too
    std::vector<float> cosine;           ///< [the part's elements]; empty where there are no position features
    /// The same along one axis of the grid, through the element: [frames], [rows], [cols]; empty of a cloud, the first
    /// of what is no film.
    std::vector<float> along_frames, along_rows, along_cols;
    /// Of a cloud, which has no axes: the mean by distance from the point, in tenths of the farthest.
    struct Shell {
        double up_to = 0;  ///< distance in the model's coordinates
        int points = 0;
        double similarity = 0;
    };
    std::vector<Shell> by_distance;
};

/// One step of a run, see inspect/cost.h.
struct CostPart {
    enum class Kind { input, latents, cross_attend, latent_block, head, decoder } kind = Kind::input;
    int stage = 0, block = 0;  ///< cross_attend, latent_block; block: which of its stage
    int layers = 1;            ///< latent_block
    bool separable = false;    ///< cross_attend: the way it was computed
    bool shared = false;       ///< an earlier part has the same weights
    std::int64_t parameters = 0;
    double flops = 0;  ///< of the plain form, counted as the papers do
    std::int64_t plain_bytes = 0, matrix_bytes = 0, kept_bytes = 0;
    std::optional<double> milliseconds{};  ///< what it took in this run, where that is told apart
};

/// The whole model with another number of something.
struct CostAt {
    std::int64_t at = 0;
    double flops = 0;
    std::int64_t matrix_bytes = 0;
};

struct CostTable {
    std::vector<CostPart> parts;  ///< in the order they run
    double flops = 0;
    std::int64_t parameters = 0;    ///< shared weights once
    std::int64_t matrix_bytes = 0;  ///< all attention matrices, as a program that keeps them would hold them
    std::int64_t kept_bytes = 0;    ///< what the trace keeps in their place
    std::int64_t elements = 0, channels = 0, latents = 0, layers = 0;  ///< M x C, N, layers of a latent block
    /// With a quarter, half, all, twice and four times as many elements, latents, layers of every block.
    std::vector<CostAt> by_elements, by_latents, by_layers;
};

/// Operations of one layer of self-attention over all of an input array, M elements of C channels, with one head and an
/// MLP as wide as its input: what a Transformer would spend on every layer, and a Perceiver does not ("Perceiver",
/// section 3.1). Counted as inspect/cost.h counts: queries, keys, values and output 8 M C^2, logits and weighted values
/// 4 M^2 C, softmax 3 M^2, MLP 4 M C^2; together 4 M^2 C + 3 M^2 + 12 M C^2.
inline double self_attend_flops(double elements, double channels) {
    return 4 * elements * elements * channels + 3 * elements * elements + 12 * elements * channels * channels;
}

/// How many elements it takes for one such layer to cost as much as the whole Perceiver, whose operations are a + b M;
/// 0 where even one element's layer costs more.
inline double crossing_elements(const CostTable& cost) {
    if (cost.by_elements.size() < 2) return 0;
    const CostAt &first = cost.by_elements.front(), &last = cost.by_elements.back();
    const double slope = (last.flops - first.flops) / double(last.at - first.at), c = double(cost.channels);
    const double fixed = first.flops - slope * double(first.at);
    const double square = 4 * c + 3, linear = 12 * c * c - slope;  // square M^2 + linear M = fixed
    const double root = linear * linear + 4 * square * fixed;
    return root < 0 ? 0 : std::max(0.0, (std::sqrt(root) - linear) / (2 * square));
}

}  // namespace perceiver::api
