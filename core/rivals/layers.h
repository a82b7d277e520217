// The rivals' networks, and the first layer they share.
#pragma once

#include "rivals/rival.h"

namespace perceiver::rivals {

/// conv(data) + conv(positions): a convolution without padding of the input array's channels. Where positions
/// are the same for all pictures they are convolved once.
at::Tensor first_conv(const at::Tensor& weight, const Features& f, std::int64_t stride, std::int64_t padding);

at::Tensor resnet(const RivalConfig&, const Weights&, const Features&, Mode);
/// ViT and Transformer: tokens, layers of self-attention and MLP with the norm before each (Dosovitskiy et
/// al., 2021), the mean over the tokens. No position but the input array's.
at::Tensor attention(const RivalConfig&, const Weights&, const Features&);

}  // namespace perceiver::rivals
