// ScoreReader: the scores or the attention of some latents over the whole input array, made again part by part: from
// tables where a part was read the separable way, else from its tokens. What every map is made of.
#pragma once

#include <functional>

#include "base/cancel.h"
#include "inspect/map_loops.h"
#include "inspect/maps.h"

namespace perceiver::inspect {

class ScoreReader {
  public:
    /// `head` or `latent` may be `all`. Throws Error{no_fit} when one doesn't exist.
    ScoreReader(const Trace& trace, int k, int head, int latent, Scale scale);

    std::int64_t latents() const { return queries_.size(0); }

    /// The mean over the latents and heads, [M].
    at::Tensor mean(const CancelToken& cancel) const;

    /// Told of elements first..first+count: what `latent` (an index into those asked for) makes of them, the mean over
    /// its heads. Different latents come from different threads, a latent's own elements one piece after the other.
    using Visit = std::function<void(std::int64_t latent, std::int64_t first, std::int64_t count, const float* values)>;
    void each_latent(const Visit& visit, const CancelToken& cancel) const;

    /// Entropy of each latent's attention (the mean over its heads), in bits, [latents].
    at::Tensor entropy_bits(const CancelToken& cancel) const;

  private:
    struct Tables {
        at::Tensor data, rows, cols;      ///< [latents, heads, ...]; undefined where tokens are read
        MapQueries of(const at::Tensor& addend, std::int64_t latent) const;
    };
    using Dense = std::function<void(std::int64_t first, const at::Tensor& values)>;
    void add_lines(std::size_t part, float* out, const CancelToken& cancel) const;
    void visit_lines(std::size_t part, const Visit& visit, const CancelToken& cancel) const;
    /// [latents, heads, some elements], a piece at a time.
    void read_tokens(const input::Part& part, const Dense& take, const CancelToken& cancel) const;

    const Trace& trace_;
    Scale scale_;
    bool masked_;                         ///< the mask applies
    at::Tensor queries_, addend_;         ///< [latents, heads, C], [latents, heads]
    std::vector<Tables> tables_;          ///< one per part of the input
};

/// Throws Error{no_fit} unless `index` is `all` or below count.
void require_index(int index, std::int64_t count, const char* what);

}  // namespace perceiver::inspect
