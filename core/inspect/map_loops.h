// The inner loops of the maps, compiled once per instruction set: attention made again from the tables of a separable
// cross-attend. Plain pointers and no standard library: see cmake/PerceiverScopeLevels.cmake.
#pragma once

#include <cstdint>

#include "perceiver/separable_loops.h"

namespace perceiver::inspect {

/// Some queries' tables over a part (PartScores), queries one after the other. The score of query q at (r, c) is
///   rstd(r, c) * (row[q, r] + col[q, c]) + a[q] . data(r, c) + addend[q].
struct MapQueries {
    std::int64_t count;
    const float *a, *row, *col, *addend;
};

/// Some rows, and of each the columns first..first+count; `first` a multiple of separable::row_multiple.
struct MapBlock {
    std::int64_t row, rows, first, count;
};

/// The least number a map's exponentials tell from 0, 2^-126.
inline constexpr float map_least = 1.1754944e-38f;

#define PERCEIVER_MAP_LOOPS(level)                                                                                   \
    namespace level {                                                                                                \
    /* out[r * stride + c] = the sum over the queries of their scores, or of their exponentials. */                  \
    void sum_block(const separable::Planes&, const MapQueries&, const MapBlock&, bool exponentials, float* out,      \
                   std::int64_t stride);                                                                             \
    /* The sum of p log2 p. */                                                                                       \
    double entropy_of(const float* p, std::int64_t count);                                                           \
    }
PERCEIVER_MAP_LOOPS(baseline)
PERCEIVER_MAP_LOOPS(avx2)
PERCEIVER_MAP_LOOPS(avx512)
#undef PERCEIVER_MAP_LOOPS

}  // namespace perceiver::inspect
