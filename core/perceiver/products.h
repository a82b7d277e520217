// Matrix products of the hot path. On oneDNN when the build has it (the same speed whichever BLAS is installed, with
// packed weights and bias, GELU and residual in the product's last step), else on LibTorch. float32, CPU, inference.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "perceiver/config.h"

namespace perceiver {

/// What weights and the activations between products are held in. Sums, norms, attention weights before they are read
/// and the latent array itself are float32 either way.
enum class Precision { float32, bfloat16 };

/// Whether this machine and build multiply in that precision faster than in float32: bfloat16 needs oneDNN and a
/// processor with bfloat16 instructions. float32 always.
bool offers(Precision);

/// y = x W^T + b with weights packed once. Immutable; may be used from several threads at once. x is float32 or of the
/// linear's own type.
class PackedLinear {
  public:
    /// weight [out, in], bias [out]. Throws Error{usage} when the precision isn't offered.
    PackedLinear(const at::Tensor& weight, const at::Tensor& bias, Precision precision = Precision::float32);
    ~PackedLinear();
    PackedLinear(PackedLinear&&) noexcept;
    PackedLinear& operator=(PackedLinear&&) noexcept;

    at::ScalarType type() const;                              ///< at::kFloat or at::kBFloat16
    at::Tensor operator()(const at::Tensor& x) const;         ///< [n, in] -> [n, out] float32
    at::Tensor hidden(const at::Tensor& x) const;             ///< the same in type(), for a next product
    at::Tensor gelu(const at::Tensor& x, Activation) const;   ///< GELU of the product, in type()
    void add_to(at::Tensor& y, const at::Tensor& x) const;    ///< y [n, out] float32, contiguous, += product

  private:
    struct Packed;
    std::unique_ptr<Packed> packed_;
};

/// Batched product [B, m, k] x [B, k, n] -> [B, m, n] float32; strided views are read in place, both of one type.
at::Tensor product(const at::Tensor& a, const at::Tensor& b);
/// The same into y [B, m, n], a view of any strides and of float32 or a's type.
void product_into(at::Tensor& y, const at::Tensor& a, const at::Tensor& b);

/// Threads every product uses from now on (LibTorch's, oneDNN's, OpenMP's).
void set_threads(int threads);

/// What the products run on: "oneDNN 2.6.3, avx512_core_bf16" or "LibTorch 1.13.0".
std::string product_kernels();
/// The BLAS library LibTorch calls, with its kernels where it tells: "OpenBLAS 0.3.21, SkylakeX, openmp"; else its
/// name.
std::string blas_kernels();

}  // namespace perceiver
