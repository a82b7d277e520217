// Matrix products of the hot path. On oneDNN when the build has it (the same speed whichever BLAS is installed, with
// packed weights and bias, GELU and residual in the product's last step), else on LibTorch. float32, CPU, inference.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "perceiver/config.h"

namespace perceiver {

/// y = x W^T + b with weights packed once. Immutable; may be used from several threads at once.
class PackedLinear {
  public:
    /// weight [out, in], bias [out].
    PackedLinear(const at::Tensor& weight, const at::Tensor& bias);
    ~PackedLinear();
    PackedLinear(PackedLinear&&) noexcept;
    PackedLinear& operator=(PackedLinear&&) noexcept;

    at::Tensor operator()(const at::Tensor& x) const;                            ///< [n, in] -> [n, out]
    at::Tensor gelu(const at::Tensor& x, Activation) const;                      ///< GELU of the product
    at::Tensor added_to(const at::Tensor& residual, const at::Tensor& x) const;  ///< residual [n, out] + product

  private:
    struct Packed;
    std::unique_ptr<Packed> packed_;
};

/// Batched product [B, m, k] x [B, k, n] -> [B, m, n]; strided views are read in place.
at::Tensor product(const at::Tensor& a, const at::Tensor& b);

/// Threads every product uses from now on (LibTorch's, oneDNN's, OpenMP's).
void set_threads(int threads);

/// What the products run on: "oneDNN 2.6.3, avx512_core_bf16" or "LibTorch 1.13.0".
std::string product_kernels();
/// The BLAS library LibTorch calls, with its kernels where it tells: "OpenBLAS 0.3.21, SkylakeX, openmp"; else its name.
std::string blas_kernels();

}  // namespace perceiver
