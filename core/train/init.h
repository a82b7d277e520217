// How a model starts: the ordinary random initialisation, and a structured one that begins as a soft patch
// embedding.
#pragma once

#include "train/model.h"

namespace perceiver::train {

/// The structured start for models whose latents form a square grid over the picture. Everything stays
/// trainable.
///  - latents hold the Fourier features of their own place (a grid of cells), in a random orthonormal basis;
///  - learned positions begin as Fourier features, so that windows can be made of them;
///  - the first cross-attend's heads are soft windows of `window` pixels around a pattern of places inside
///  the cell;
///  - some heads of the later cross-attends are wider windows; the others start at random;
///  - self-attention heads start by looking at the neighbours of a latent.
struct Structure {
    bool latents = true;       ///< false: ordinary initialisation of everything
    double latent_std = 0.02;  ///< of the latents' random part, cut off at twice that
    /// Linears and their biases start uniform within 1 / sqrt(inputs), as PyTorch's do, keys and values
    /// normal; false: normal with 1 / sqrt(inputs), less where it is added to the latents, biases 0.
    bool uniform = false;
    bool neighbours = true;
    bool later_windows = true;
    std::int64_t bands = 8;  ///< Fourier bands the latents hold
    double amplitude = 1.5;  ///< of the latents' place
    double window = 0.7;     ///< pixels, standard deviation
    double peak = 9;         ///< nats between the window's middle and far away, per axis
    double neighbour_peak = 4;
};

/// Throws Error{no_fit} when the structure can't be laid into this model: it says which setting.
void check_structure(const Config& config, const Structure& structure);

/// Fills model.parameters(). Throws as check_structure. Uses LibTorch's global random numbers.
void initialise(Model& model, const Structure& structure);

}  // namespace perceiver::train
