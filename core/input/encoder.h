// Encoder: from the data of each modality to the input array, with a model's own input weights.
#pragma once

#include <map>
#include <set>
#include <string>

#include "input/input_array.h"
#include "input/prepare.h"

namespace perceiver::input {

/// Data by modality, see Prepared; the name is empty when the model has only one.
using RawInput = std::map<std::string, at::Tensor>;

struct EncodeOptions {
    at::Tensor mask;                                ///< [M], true or non-zero: may be attended to; undefined: all
    std::map<std::string, bool> masked_modalities;  ///< in place of Modality::masked
    std::set<std::string> absent;                   ///< modalities of which no element is there; not all of them
};

class Encoder {
  public:
    /// Takes the tensors named input.* (perceiver/config.h, TensorSpec).
    Encoder(const InputConfig& config, const std::map<std::string, at::Tensor>& weights, double layer_norm_eps);

    /// Elements are [data, position features, padding]; modalities follow each other in the order of their names.
    /// Throws Error{no_fit}: a modality is missing or unknown, all are absent, data isn't what the config describes, a
    /// grid isn't the one the positions were learned on.
    InputArrayPtr encode(const RawInput& raw, const EncodeOptions& options = {}) const;

  private:
    struct Learned {
        at::Tensor table;                           ///< [places, features], projected already
        at::Tensor padding, mask_token;             ///< [C - own channels], [C]
        ConvWeights conv;
    };
    struct Element {                                ///< one modality's part and where it lies
        Part part;
        Segment segment;
    };
    Element element(const std::string& name, const at::Tensor& raw, const InputConfig& config, const Learned& learned,
                    bool masked) const;

    InputConfig config_;
    double eps_;
    std::map<std::string, Learned> learned_;        ///< by modality
};

}  // namespace perceiver::input
