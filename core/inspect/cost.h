// What a forward pass costs, by arithmetic on the configuration alone: parameters, operations, memory. No tensors here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "perceiver/config.h"

namespace perceiver::inspect {

/// What a model is run on.
struct Workload {
    std::int64_t elements = 0;                     ///< M
    /// Of the parts of the input that are read the separable way: data channels + rows + columns, all added up.
    std::int64_t separable_width = 0;
    /// How many places of each decoder output are asked for. What isn't named: its only place, or none of several.
    std::map<std::string, std::int64_t> places;
};

/// One step, in the order they run. Operations are counted as the published tables do ("Perceiver", tables 5 to 7;
/// "Perceiver IO", table 7): 2 for each multiply-add of a matrix product and 3 for each attention logit of each head
/// (its softmax); norms, activations, biases and residuals are free, and so is all that prepares the input array. They
/// are those of the plain form, whichever way this program takes.
struct PartCost {
    enum class Kind { input, latents, cross_attend, latent_block, head, decoder } kind = Kind::input;
    std::size_t stage = 0;           ///< cross_attend, latent_block
    std::size_t block = 0;           ///< latent_block: which of its stage
    std::int64_t module = 0;         ///< cross_attend, latent_block: index of its weights
    std::int64_t layers = 1;         ///< latent_block: layers that each cost flops / layers, the same
    std::int64_t parameters = 0;     ///< trained numbers of its weights
    bool shared = false;             ///< an earlier part has the same weights
    double flops = 0;                ///< a whole number, exact below 2^53
    /// float32 bytes the plain form needs at once: queries, keys, values and the attention matrix of every head; of a
    /// latent block those of one layer.
    std::int64_t plain_bytes = 0;
    std::int64_t matrix_bytes = 0;   ///< the attention matrices among them, 4 heads N M
    /// Bytes that stay in the trace, from which every attention can be made again.
    std::int64_t kept_bytes = 0;
};

struct Cost {
    std::vector<PartCost> parts;
    std::int64_t parameters() const;    ///< shared weights once: Config::parameter_count()
    double flops() const;
    std::int64_t matrix_bytes() const;  ///< all attention matrices, as a program that keeps them would hold them
    std::int64_t kept_bytes() const;
};

/// `config` is a valid one.
Cost cost(const Config& config, const Workload& workload);

}  // namespace perceiver::inspect
