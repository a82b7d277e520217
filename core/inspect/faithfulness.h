// Deletion and insertion: does the answer fall when the elements a map ranks first are taken away, and rise with them
// alone? (RISE: Petsiuk, Das & Saenko, BMVC 2018, arXiv 1806.07421.) A Perceiver reads a set, so elements can really be
// left out: nothing has to be painted over. Painting with the mean is there for comparison with other models.
//
// Caveat: only the ranking counts, not the map's values (Gomez et al., arXiv 2201.13291); an input with holes is unlike
// what the model was trained on, whichever way they are made. Read every curve against the random order's.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "inspect/progress.h"
#include "perceiver/perceiver.h"

namespace perceiver::inspect {

/// The array of these rows alone, in the order given (ascending within each modality), exactly as if the others were
/// masked, but smaller. Its layout says which modality rows are of, no more. Throws Error{no_fit}: no rows, a row that
/// does not exist, rows not ascending.
input::InputArrayPtr subset(const input::InputArray& input, std::span<const std::int64_t> rows);

/// What is left when these rows are really left out, any order; of none left, the whole array masked.
/// Throws Error{no_fit}: a row that does not exist.
input::InputArrayPtr without(const input::InputArray& input, std::span<const std::int64_t> rows);

/// The same array with the data of these rows replaced by their modality's mean (a picture's mean colour), positions
/// kept. Elements that are mask tokens stay.
input::InputArrayPtr painted(const input::InputArray& input, std::span<const std::int64_t> rows);

struct CurveOptions {
    /// Ascending, 0 to 1.
    std::vector<double> fractions{0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
    enum class Removal { drop, paint } removal = Removal::drop;
    std::uint64_t seed = 1;                     ///< of the random order
};

struct Curve {
    std::vector<double> fraction;               ///< of the elements taken away (deletion) or there (insertion)
    std::vector<double> probability;            ///< softmax of the class, one run of the model each
    double area = 0;                            ///< under the curve, trapezoids, over the range of fractions
};

struct Faithfulness {
    Curve deletion, insertion;                  ///< a faithful map: deletion falls early, insertion rises early
    Curve random_deletion, random_insertion;    ///< the same number of elements in a random order
};

/// `ranking` [M]: any map, larger is more important (equal values in the array's order). Every point is a run of the
/// model on what is left; with nothing left the model answers as its rule for all masked says. Throws Error: no_fit (no
/// class `target`, a ranking of another size, fractions out of order), cancelled.
Faithfulness faithfulness(const Perceiver& model, const input::InputArray& input, const at::Tensor& ranking,
                          std::int64_t target, const CurveOptions& options = {}, const CancelToken& cancel = {},
                          const Progress& progress = {});

}  // namespace perceiver::inspect
