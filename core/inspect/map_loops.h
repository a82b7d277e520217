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

/// Columns first..first+count of one row; `first` a multiple of separable::row_multiple.
struct MapLine {
    std::int64_t row, first, count;
    std::int64_t wide() const { return (count + separable::row_multiple - 1) / separable::row_multiple * separable::row_multiple; }
};

/// The least number a map's exponentials tell from 0, 2^-126.
inline constexpr float map_least = 1.1754944e-38f;

#define PERCEIVER_MAP_LOOPS(level)                                                                                   \
    namespace level {                                                                                                \
    /* line[c] = the sum over the queries of their scores, or of their exponentials; wide() floats are written, */   \
    /* those past count whatever comes. */                                                                           \
    void sum_line(const separable::Planes&, const MapQueries&, const MapLine&, bool exponentials, float* line);      \
    /* The sum over the line of p log2 p, where p is the mean over the queries of the exponentials. `line` is */     \
    /* scratch, wide() floats. */                                                                                    \
    double entropy_line(const separable::Planes&, const MapQueries&, const MapLine&, float* line);                   \
    /* The same of numbers there already. */                                                                         \
    double entropy_of(const float* p, std::int64_t count);                                                           \
    }
PERCEIVER_MAP_LOOPS(baseline)
PERCEIVER_MAP_LOOPS(avx2)
PERCEIVER_MAP_LOOPS(avx512)
#undef PERCEIVER_MAP_LOOPS

}  // namespace perceiver::inspect
