// Latents that look alike beside each other: average linkage (UPGMA; Sokal & Michener 1958) over how alike their maps
// are, by chains of nearest neighbours (Murtagh 1983), which takes n^2 steps.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace perceiver::inspect {

struct Clusters {
    std::vector<int> order;   ///< every latent once: like beside like
    std::vector<int> of;      ///< the cluster of each latent, counted along the order
};

/// `similarity` [N, N], symmetric, 1 where equal: compare.h's cosine. Clusters are those whose members are on average
/// at least `alike` to each other.
Clusters clusters(const at::Tensor& similarity, double alike = 0.5);

}  // namespace perceiver::inspect
