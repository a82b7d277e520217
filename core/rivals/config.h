// Rivals: the pictures' other readers of the paper's Table 2 (a ResNet, a ViT, a Transformer), at this
// program's scale, so that a shuffle can be shown to them too. They get the same input array as the
// Perceiver, RGB with Fourier features of the position. This header is a rival's configuration; no tensors,
// no files here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "perceiver/config.h"

namespace perceiver::rivals {

enum class Type { resnet, vit, transformer };

/// A convolution to `channels`, max pooling by 2, batch norm and ReLU; then, if `residual`, two more
/// convolutions whose result is added to what they read (He et al., 2016).
struct ResNetStage {
    std::int64_t channels = 0;
    bool residual = false;
};

struct RivalConfig {
    Type type = Type::resnet;

    std::int64_t stem = 0, kernel = 3;  ///< resnet: channels and side of the first convolution
    std::vector<ResNetStage> stages;    ///< resnet: each halves the sides; their convolutions are 3 x 3

    std::int64_t patch = 1;       ///< vit: side of the square of elements that makes a token
    std::int64_t downsample = 1;  ///< transformer: side of the square of pixels averaged to an element
    std::int64_t channels = 0, layers = 0, heads = 0, widening = 4;  ///< vit, transformer

    /// Seed of the one permutation of the elements, applied after their positions are attached, that it was
    /// trained under and sees everything through (input::permutation); 0: none.
    std::uint64_t permutation = 0;

    InputConfig input;  ///< pixels of a picture of fixed size, Fourier positions
    std::int64_t num_classes = 0;
    std::vector<std::string> labels;  ///< num_classes names, or empty

    std::int64_t rows() const { return input.image.height / downsample; }
    std::int64_t cols() const { return input.image.width / downsample; }
    std::int64_t elements() const { return rows() * cols(); }  ///< of its input array
    std::int64_t element_channels() const { return input.token_channels(); }
    std::int64_t tokens() const { return elements() / (patch * patch); }  ///< vit, transformer

    /// How many elements one unit of the first layer reads, as Table 2 counts: a ResNet those of its first
    /// convolution (49 of 7 x 7), a ViT those of a patch (256 of 16 x 16), a Transformer all.
    std::int64_t receptive_field() const;
    std::int64_t parameter_count() const;  ///< trainable numbers

    /// Throws Error{unreadable_model} that names the key when settings contradict each other.
    void validate() const;
};

/// "resnet", "vit", "transformer".
const char* type_word(Type);
/// "ResNet", "ViT", "Transformer".
const char* type_name(Type);

/// Unknown, missing or contradictory keys throw Error{unreadable_model} that names the key. `rival_from_json`
/// validates.
std::string to_json(const RivalConfig&);
RivalConfig rival_from_json(const std::string& text);

/// Every tensor of a rival, C being element_channels():
///   resnet: stem.conv.weight [stem, C, kernel, kernel]; stage.<i>.conv.weight [channels, before, 3, 3] and,
///   if residual,
///     stage.<i>.{first,second}.conv.weight [channels, channels, 3, 3]; beside every conv a norm.{weight,
///     bias, mean, variance} (the last two aren't trained);
///   vit, transformer, D being channels: embed.weight [D, C, patch, patch], embed.bias; layer.<l>.{norm [D],
///     qkv [3D, D], output [D, D], mlp_norm [D], mlp_in [wD, D], mlp_out [D, wD]}.{weight,bias};
///     norm.{weight,bias};
///   head.{weight [classes, .], bias}.
std::vector<TensorSpec> tensor_specs(const RivalConfig&);

}  // namespace perceiver::rivals
