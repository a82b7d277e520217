#include "input/input_array.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/native_layer_norm.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/error.h"

namespace perceiver::input {
namespace {

constexpr std::int64_t chunk_rows = 8192;         ///< rows made at once: scratch memory of some MB, not of M x C
constexpr std::int64_t kept_numbers = 32 << 20;   ///< normalised arrays up to this size (128 MB) are kept

at::Tensor index_of(std::span<const std::int64_t> order) {
    return at::from_blob(const_cast<std::int64_t*>(order.data()), {static_cast<std::int64_t>(order.size())}, at::kLong);
}

/// SplitMix64: small, known, and the same on every machine, unlike the standard library's distributions.
struct SplitMix64 {
    std::uint64_t state;
    std::uint64_t operator()() {
        std::uint64_t z = (state += 0x9e3779b97f4a7c15ull);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        return z ^ (z >> 31);
    }
    /// Uniform in 0..bound-1, without bias: values past the last whole multiple of bound are drawn again.
    std::uint64_t below(std::uint64_t bound) {
        const std::uint64_t limit = std::uint64_t(-1) - std::uint64_t(-1) % bound;
        std::uint64_t value;
        do value = (*this)();
        while (value >= limit);
        return value % bound;
    }
};

}  // namespace

std::int64_t Segment::count() const {
    return std::accumulate(grid.begin(), grid.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t Layout::elements() const { return segments.empty() ? 0 : segments.back().first + segments.back().count(); }

InputArray::InputArray(Layout layout, std::vector<Part> parts, double layer_norm_eps, at::Tensor mask)
    : layout_(std::move(layout)), parts_(std::move(parts)), eps_(layer_norm_eps), mask_(std::move(mask)) {
    const auto require = [](bool holds, const char* what) {
        if (!holds) throw Error(ErrorCode::no_fit, what);
    };
    require(!parts_.empty() && parts_.size() == layout_.segments.size(), "The input array has no elements.");
    std::int64_t next = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const Part& p = parts_[i];
        require(p.count > 0 && p.first == next && layout_.segments[i].first == next &&
                    layout_.segments[i].count() == p.count,
                "The parts of the input array don't follow each other.");
        next += p.count;
        const std::int64_t c = p.separable ? p.data.size(1) + p.separable->tables.cols.size(1) : p.tokens.size(1);
        require(i == 0 || c == channels_, "The parts of the input array have different numbers of channels.");
        channels_ = c;
    }
    if (mask_.defined()) {
        require(mask_.dim() == 1 && mask_.size(0) == next,
                "The mask needs one value for every element of the input array.");
        mask_ = mask_.to(at::kBool).contiguous();
        if (mask_.all().item<bool>()) mask_.reset();
    }
}

bool InputArray::separable() const {
    return !mask_.defined() &&
           std::any_of(parts_.begin(), parts_.end(), [](const Part& p) { return p.separable.has_value(); });
}

at::Tensor InputArray::tokens(const Part& part, std::int64_t first, std::int64_t count) const {
    if (!part.separable) return part.tokens.narrow(0, first, count);
    const auto& s = *part.separable;
    const at::Tensor place = at::arange(first, first + count, at::kLong);
    const at::Tensor features = s.tables.rows.index_select(0, place.div(s.cols, "floor")) +
                                s.tables.cols.index_select(0, place.remainder(s.cols));
    return at::cat({part.data.narrow(0, first, count), features}, 1);
}

at::Tensor InputArray::tokens() const {
    const c10::InferenceMode guard;
    at::Tensor all = at::empty({elements(), channels_}, at::kFloat);
    for (const auto& p : parts_)
        for (std::int64_t i = 0; i < p.count; i += chunk_rows) {
            const std::int64_t n = std::min(chunk_rows, p.count - i);
            all.narrow(0, p.first + i, n).copy_(tokens(p, i, n));
        }
    return all;
}

at::Tensor InputArray::normalized(std::int64_t first, std::int64_t count) const {
    const c10::InferenceMode guard;
    return elements() * channels_ <= kept_numbers ? normalized().narrow(0, first, count)
                                                  : make_normalized(first, count);
}

at::Tensor InputArray::make_normalized(std::int64_t first, std::int64_t count) const {
    at::Tensor out = at::empty({count, channels_}, at::kFloat);
    for (const auto& p : parts_) {
        const std::int64_t begin = std::max(first, p.first), end = std::min(first + count, p.first + p.count);
        for (std::int64_t i = begin; i < end; i += chunk_rows) {
            const std::int64_t n = std::min(chunk_rows, end - i);
            out.narrow(0, i - first, n)
                .copy_(std::get<0>(at::native_layer_norm(tokens(p, i - p.first, n), {channels_}, {}, {}, eps_)));
        }
    }
    return out;
}

const at::Tensor& InputArray::normalized() const {
    const c10::InferenceMode guard;
    std::call_once(once_, [this] { normalized_ = make_normalized(0, elements()); });
    return normalized_;
}

SeparablePart separable_part(const at::Tensor& data, PositionTables tables, double layer_norm_eps) {
    SeparablePart part;
    part.rows = tables.rows.size(0);
    part.cols = tables.cols.size(0);
    part.stride = (part.cols + 15) / 16 * 16;
    const std::int64_t d = data.size(1), c = d + tables.cols.size(1);
    part.rstd = at::zeros({part.rows, part.stride}, at::kFloat);
    part.scaled_data = at::zeros({d, part.rows, part.stride}, at::kFloat);
    // Every feature lies in one of the two tables and is 0 in the other, so sums over channels split as well.
    const at::Tensor rows = tables.rows.to(at::kDouble), cols = tables.cols.to(at::kDouble);
    const at::Tensor row_sum = rows.sum(1).unsqueeze(1), row_square = rows.square().sum(1).unsqueeze(1);
    const at::Tensor col_sum = cols.sum(1).unsqueeze(0), col_square = cols.square().sum(1).unsqueeze(0);
    const std::int64_t at_once = std::max<std::int64_t>(1, chunk_rows / part.cols);
    for (std::int64_t r = 0; r < part.rows; r += at_once) {
        const std::int64_t n = std::min(at_once, part.rows - r);
        const at::Tensor some = data.narrow(0, r * part.cols, n * part.cols).reshape({n, part.cols, d}),
                         x = some.to(at::kDouble);
        const at::Tensor mean = (x.sum(2) + row_sum.narrow(0, r, n) + col_sum) / double(c);
        const at::Tensor square = (x.square().sum(2) + row_square.narrow(0, r, n) + col_square) / double(c);
        const at::Tensor rstd = ((square - mean.square()).clamp_min(0) + layer_norm_eps).rsqrt().to(at::kFloat);
        part.rstd.narrow(0, r, n).narrow(1, 0, part.cols).copy_(rstd);
        part.scaled_data.narrow(1, r, n).narrow(2, 0, part.cols).copy_(some.permute({2, 0, 1}) * rstd);
    }
    part.tables = std::move(tables);
    return part;
}

std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    SplitMix64 random{seed};
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    return order;
}

InputArrayPtr permuted(const InputArray& input, std::span<const std::int64_t> order, bool positions_travel) {
    if (static_cast<std::int64_t>(order.size()) != input.elements() || !input.layout().in_order())
        throw Error(ErrorCode::no_fit, "A permutation needs one place for every element of an array in order.");
    const c10::InferenceMode guard;
    Layout layout = input.layout();
    layout.data_from.assign(order.begin(), order.end());
    if (positions_travel) layout.position_from = layout.data_from;
    at::Tensor tokens = input.tokens();
    const at::Tensor moved = tokens.index_select(0, index_of(order));
    std::vector<Part> parts;
    for (const auto& p : input.parts()) {
        Part part;
        part.first = p.first;
        part.count = p.count;
        const std::int64_t d = p.data.size(1);
        if (positions_travel) {
            part.tokens = moved.narrow(0, p.first, p.count);
        } else {
            for (auto from : order.subspan(static_cast<std::size_t>(p.first), static_cast<std::size_t>(p.count)))
                if (from < p.first || from >= p.first + p.count)
                    throw Error(ErrorCode::no_fit,
                                "Data can't move into another modality without its position features.");
            part.tokens = tokens.narrow(0, p.first, p.count);
            part.tokens.narrow(1, 0, d).copy_(moved.narrow(0, p.first, p.count).narrow(1, 0, d));
        }
        part.data = part.tokens.narrow(1, 0, d);
        parts.push_back(std::move(part));
    }
    const at::Tensor mask =
        input.mask().defined() && positions_travel ? input.mask().index_select(0, index_of(order)) : input.mask();
    return std::make_shared<InputArray>(std::move(layout), std::move(parts), input.layer_norm_eps(), mask);
}

}  // namespace perceiver::input
