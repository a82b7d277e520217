// The sanity check of saliency maps: randomise the model from its head down to its inputs and see whether the map
// notices (Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, arXiv 1810.03292, cascading randomisation).
// A map that survives shows the input, as an edge detector would, not what the model learned.
//
// Caveat: passing proves little; and where the first cross-attend looks may well survive in part, since its keys are a
// linear map of colour and position whatever the weights.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "inspect/progress.h"
#include "perceiver/perceiver.h"

namespace perceiver::inspect {

/// A copy whose tensors with this prefix have their numbers permuted, or redrawn from a normal distribution of the same
/// mean and deviation. The same for the same seed. Throws Error{no_fit} when no name begins so.
enum class Randomise { permute, redraw };
Weights randomised(const Weights& weights, const std::string& prefix, Randomise how, std::uint64_t seed);

/// The modules from the answer back to the input by the prefixes of their tensors ("head.", "block.1.", "cross.0.",
/// "latents", "input."): shared ones once, where they are last used.
std::vector<std::string> modules_top_down(const Config& config);

/// Spearman's rank correlation of two maps of the same number of values, -1 to 1; equal values share their mean rank.
/// Of a constant map: 1 with another constant one, else 0.
double rank_correlation(const at::Tensor& a, const at::Tensor& b);

/// Structural similarity (Wang et al., IEEE Trans. Image Process. 13, 2004) of two maps [rows, cols], each scaled to
/// 0..1, in windows of 7 x 7 (smaller where the map is), mean over all windows.
double structural_similarity(const at::Tensor& a, const at::Tensor& b);

struct SanityStep {
    std::string module;                  ///< what was randomised last; all before it stay randomised
    double rank_correlation = 0, structural_similarity = 0;   ///< of the map against that of the untouched model
};
struct Sanity {
    std::vector<SanityStep> steps;
    bool survives = false;               ///< rank correlation 0.9 or more with every module randomised
    std::string verdict;                 ///< one sentence to show beside the map
};

/// The map under test, [M], made of a model, its weights and its trace.
using MapOf = std::function<at::Tensor(const Perceiver&, const Weights&, const Trace&)>;

/// `weights` are those of a model of `config`; every step runs it anew on `input`. Throws Error: no_fit, cancelled.
Sanity sanity(const Config& config, const Weights& weights, const input::InputArrayPtr& input, const MapOf& map_of,
              Randomise how = Randomise::redraw, std::uint64_t seed = 1, const CancelToken& cancel = {},
              const Progress& progress = {});

}  // namespace perceiver::inspect
