#include "perceiver/cross_attend.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "perceiver/rows.h"
#include "perceiver/separable_kernel.h"

namespace perceiver {
namespace {

constexpr std::int64_t chunk_elements = 4096;   ///< input elements a dense step scores at once
constexpr std::int64_t widest_tile = 16384;     ///< columns: bounds what a thread needs for one query
constexpr std::int64_t tile_scores = 2 << 20;   ///< scores held at once where a matrix product makes them
constexpr std::int64_t query_step = 128;        ///< queries whose sums over rows and columns are held at once
constexpr float infinity = std::numeric_limits<float>::infinity();

/// A rectangle of a separable part, read at once. Only those of one row are narrower than the part.
struct Tile {
    std::int64_t row, col, rows, cols;
};

Tile largest_tile(const input::SeparablePart& part, std::int64_t queries) {
    if (part.scaled_data.size(0) <= separable_channels)
        return part.cols <= widest_tile ? Tile{0, 0, part.rows, part.cols} : Tile{0, 0, 1, widest_tile};
    const std::int64_t elements = std::clamp<std::int64_t>(tile_scores / queries / 16 * 16, 256, 4096);
    return {0, 0, std::max<std::int64_t>(1, elements / part.stride), std::min(part.cols, elements)};
}

/// The softmax over a tile's elements: log-sum-exp [Q, 1] and what it weights, [Q, d], [Q, rows], [Q, cols].
struct TileSums {
    at::Tensor log_sum, data, rows, cols;
};

TileSums read_tile(const input::SeparablePart& part, const Tile& tile, const PartScores& scores,
                   const CancelToken& cancel) {
    const std::int64_t d = part.scaled_data.size(0), queries = scores.rows.size(0), rows = tile.rows, cols = tile.cols;
    const std::int64_t offset = tile.row * part.stride + tile.col, plane = part.rows * part.stride;
    const SeparableGrid grid{
        rows,        cols, d, part.rstd.data_ptr<float>() + offset, part.scaled_data.data_ptr<float>() + offset,
        part.stride, plane};
    const at::Tensor row_scores = scores.rows.narrow(1, tile.row, rows).contiguous(),
                     col_scores = scores.cols.narrow(1, tile.col, cols).contiguous();
    TileSums out{at::empty({queries, 1}), {}, at::empty({queries, rows}), at::empty({queries, cols})};
    at::Tensor data, weights;   // [d, elements], [Q, elements], elements with the columns' padding
    if (d > separable_channels) {
        const std::int64_t wide = rows > 1 ? rows * part.stride : (cols + 15) / 16 * 16;
        data = part.scaled_data.view({d, plane}).narrow(1, offset, wide);
        weights = product(scores.data.unsqueeze(0), data.unsqueeze(0)).squeeze(0);
    } else {
        out.data = at::empty({queries, d});
    }
    const float *pa = scores.data.data_ptr<float>(), *pr = row_scores.data_ptr<float>(),
                *pc = col_scores.data_ptr<float>();
    float *po = out.log_sum.data_ptr<float>(), *pro = out.rows.data_ptr<float>(), *pco = out.cols.data_ptr<float>();
    float* const pd = out.data.defined() ? out.data.data_ptr<float>() : nullptr;
    float* const pw = weights.defined() ? weights.data_ptr<float>() : nullptr;
    at::parallel_for(0, queries, 8, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; i += 8) {   // small steps, so that cancelling is quick
            if (cancel.cancelled()) return;
            const std::int64_t k = std::min<std::int64_t>(8, end - i);
            if (pw)
                separable_attend_scores(grid, k, pw + i * weights.size(1), pr + i * rows, pc + i * cols, po + i,
                                        pro + i * rows, pco + i * cols);
            else
                separable_attend(grid, k, pa + i * d, pr + i * rows, pc + i * cols, po + i, pd + i * d, pro + i * rows,
                                 pco + i * cols);
        }
    });
    cancel.check();
    if (pw) out.data = product(weights.unsqueeze(0), data.t().unsqueeze(0)).squeeze(0);
    return out;
}

/// The mean score of each query is its score of the mean token: queries . read, [Q]. Normalised tokens have the mean 0,
/// so the query's own is left out.
at::Tensor mean_scores(const at::Tensor& queries, const at::Tensor& read) {
    const std::int64_t c = queries.size(1);
    at::Tensor out = at::empty({queries.size(0)});
    const float *q = queries.data_ptr<float>(), *x = read.data_ptr<float>();
    for (std::int64_t i = 0; i < queries.size(0); ++i, q += c, x += c) {
        const double mean = std::accumulate(q, q + c, 0.0) / double(c);
        out.data_ptr<float>()[i] = static_cast<float>(
            std::inner_product(q, q + c, x, 0.0, std::plus<>(), [&](double a, double b) { return (a - mean) * b; }));
    }
    return out;
}

/// Whether the separable way is the quicker one. Where the tables of all queries are no smaller than their scores, as
/// on a grid of one axis, it makes the same products and keeps them.
bool pays(const input::SeparablePart& part) { return 4 * (part.rows + part.cols) <= part.rows * part.cols; }

}  // namespace

/// For Q queries, over the elements read so far: out / sum is the weighted mean of normalised tokens, log(sum) + top
/// the log-sum-exp. Undefined before the first.
struct CrossAttend::Sums {
    at::Tensor top, sum, out;   ///< [Q, 1], [Q, 1], [Q, C]
    /// Takes in other elements, of which the same is known, and their tensors.
    void merge(const at::Tensor& their_top, const at::Tensor& their_sum, at::Tensor their_out) {
        if (!out.defined()) {
            top = their_top;
            sum = their_sum;
            out = std::move(their_out);
            return;
        }
        const at::Tensor higher = at::maximum(top, their_top);
        const at::Tensor mine = at::exp(top - higher), theirs = at::exp(their_top - higher);
        sum = sum * mine + their_sum * theirs;
        out.mul_(mine).addcmul_(their_out, theirs);
        top = higher;
    }
};

CrossAttend::CrossAttend(Weights& w, const std::string& prefix, const CrossModule& module, const Config& config,
                         Precision precision)
    : heads_(module.heads),
      qk_(module.qk_channels),
      v_(module.v_channels),
      query_residual_(module.query_residual),
      all_masked_(config.all_masked),
      eps_(config.layer_norm_eps),
      q_norm_weight_(w.at(prefix + "q_norm.weight")),
      q_norm_bias_(w.at(prefix + "q_norm.bias")),
      query_(linear(w, prefix + "query", precision)),
      output_(linear(w, prefix + "output", precision)),
      mlp_(w, prefix, config.activation, config.layer_norm_eps, precision) {
    // The norm's scale and shift go into the projections, so that every cross-attend can start from the same
    // normalised tokens: W (scale * x + shift) + b = (W * scale) x + (W shift + b).
    const at::Tensor norm_scale = w.at(prefix + "kv_norm.weight"), norm_shift = w.at(prefix + "kv_norm.bias");
    const at::Tensor key_bias = bias_of(w, prefix + "key"), value_bias = bias_of(w, prefix + "value");
    const at::Tensor key = take(w, prefix + "key.weight"), value = take(w, prefix + "value.weight");
    const double scale = 1.0 / std::sqrt(double(qk_ / heads_));
    const std::int64_t c = key.size(1);
    key_weight_ = (key * norm_scale * scale).reshape({heads_, qk_ / heads_, c}).contiguous();
    key_offset_ = ((key.matmul(norm_shift) + key_bias) * scale).reshape({heads_, qk_ / heads_, 1}).contiguous();
    value_weight_ = (value * norm_scale).reshape({heads_, v_ / heads_, c}).transpose(1, 2).contiguous();
    value_bias_ = value.matmul(norm_shift) + value_bias;
}

CrossTrace CrossAttend::fold(const at::Tensor& latents) const {
    const std::int64_t n = latents.size(0);
    const at::Tensor q = query_(layer_norm_rows(latents, q_norm_weight_, q_norm_bias_, eps_, query_.type()));
    const at::Tensor by_head = q.view({n, heads_, qk_ / heads_}).transpose(0, 1);
    CrossTrace trace;
    trace.queries = product(by_head, key_weight_);
    trace.offset = product(by_head, key_offset_).squeeze(2);
    return trace;
}

CrossTrace CrossAttend::run(const at::Tensor& latents, const input::InputArray& input, Attend how,
                            const CancelToken& cancel) const {
    if (input.channels() != key_weight_.size(2))
        throw Error(ErrorCode::no_fit, "The input array has " + std::to_string(input.channels()) +
                                           " channels, the model reads " + std::to_string(key_weight_.size(2)) + ".");
    if (how == Attend::separable && !input.separable())
        throw Error(ErrorCode::no_fit,
                    "The separable attention needs an unpermuted, unmasked grid with Fourier or no positions.");
    CrossTrace trace = fold(latents);
    trace.all_masked = input.mask().defined() && !input.mask().any().item<bool>();

    const std::int64_t n = latents.size(0);
    if (trace.all_masked) trace.queries = at::zeros_like(trace.queries);   // exp(0 - log M): all elements alike
    const at::Tensor read = attend(trace, input, how, cancel);             // [heads, N, C]
    at::Tensor values = product(read, value_weight_).transpose(0, 1).reshape({n, v_}) + value_bias_;
    if (trace.all_masked && all_masked_ == Config::AllMasked::nothing) values.zero_();
    if (query_residual_) {
        trace.latents = latents.clone();
        output_.add_to(trace.latents, values);
    } else {
        trace.latents = output_(values);
    }
    mlp_.add_to(trace.latents);
    return trace;
}

at::Tensor CrossAttend::attend(CrossTrace& trace, const input::InputArray& input, Attend how,
                               const CancelToken& cancel) const {
    const std::int64_t n = trace.queries.size(1), c = trace.queries.size(2);
    const at::Tensor queries = trace.queries.reshape({heads_ * n, c});
    Sums sums;
    for (const auto& part : input.parts()) {
        const bool separable = part.separable && !input.mask().defined() &&
                               (how == Attend::separable || (how == Attend::automatic && pays(*part.separable)));
        trace.parts.push_back(separable ? read_separable(sums, queries, *part.separable, cancel) : PartScores());
        if (!separable) read_dense(sums, queries, input, part, cancel);
        trace.separable |= separable;
    }
    const at::Tensor read = sums.out.div_(sums.sum);
    trace.log_sum = (sums.sum.log() + sums.top).reshape({heads_, n});
    trace.mean_score = mean_scores(queries, read).reshape({heads_, n});
    return read.view({heads_, n, c});
}

void CrossAttend::read_dense(Sums& sums, const at::Tensor& queries, const input::InputArray& input,
                             const input::Part& part, const CancelToken& cancel) const {
    const bool masked = input.mask().defined() && input.mask().any().item<bool>();
    // Softmax over all elements, a chunk at a time: what was summed is rescaled whenever the maximum moves.
    for (std::int64_t start = part.first; start < part.first + part.count; start += chunk_elements) {
        cancel.check();
        const std::int64_t count = std::min(chunk_elements, part.first + part.count - start);
        const at::Tensor x = input.normalized(start, count);
        at::Tensor p = product(queries.unsqueeze(0), x.t().unsqueeze(0)).squeeze(0);
        if (masked) {
            const at::Tensor hidden = input.mask().narrow(0, start, count).logical_not();
            if (hidden.all().item<bool>()) continue;
            p.masked_fill_(hidden.unsqueeze(0), -infinity);
        }
        const at::Tensor top = p.amax(1, true);
        p = p.sub_(top).exp_();
        sums.merge(top, p.sum(1, true), product(p.unsqueeze(0), x.unsqueeze(0)).squeeze(0));
    }
}

PartScores CrossAttend::read_separable(Sums& sums, const at::Tensor& queries, const input::SeparablePart& part,
                                       const CancelToken& cancel) const {
    const std::int64_t d = part.scaled_data.size(0), count = queries.size(0), c = queries.size(1);
    PartScores scores;
    {
        // Taking the mean off the query stands for taking the mean off every token.
        const at::Tensor q = queries - queries.mean(1, true), positions = q.narrow(1, d, c - d).unsqueeze(0);
        const auto table_scores = [&](const at::Tensor& table) {
            return c > d ? product(positions, table.t().unsqueeze(0)).squeeze(0) : at::zeros({count, table.size(0)});
        };
        scores = {q.narrow(1, 0, d).contiguous(), table_scores(part.tables.rows), table_scores(part.tables.cols)};
    }
    const Tile whole = largest_tile(part, std::min(count, query_step));
    for (std::int64_t r = 0; r < part.rows; r += whole.rows)
        for (std::int64_t k = 0; k < part.cols; k += whole.cols) {
            const Tile tile{r, k, std::min(whole.rows, part.rows - r), std::min(whole.cols, part.cols - k)};
            at::Tensor out = at::empty({count, c}), log_sum = at::empty({count, 1});
            for (std::int64_t first = 0; first < count; first += query_step) {
                const auto some = [&](const at::Tensor& t) {
                    return t.narrow(0, first, std::min(query_step, count - first));
                };
                const TileSums read =
                    read_tile(part, tile, {some(scores.data), some(scores.rows), some(scores.cols)}, cancel);
                some(log_sum).copy_(read.log_sum);
                some(out).narrow(1, 0, d).copy_(read.data);
                if (c == d) continue;
                const auto positions = [](const at::Tensor& weights, const at::Tensor& table) {
                    return product(weights.unsqueeze(0), table.unsqueeze(0)).squeeze(0);
                };
                at::Tensor from = some(out).narrow(1, d, c - d);
                from.copy_(positions(read.rows, part.tables.rows.narrow(0, tile.row, tile.rows)));
                from.add_(positions(read.cols, part.tables.cols.narrow(0, tile.col, tile.cols)));
            }
            out.sub_(out.mean(1, true));
            sums.merge(log_sum, at::full_like(log_sum, 1), std::move(out));
        }
    return scores;
}

}  // namespace perceiver
