#include "input/input_array.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/native_layer_norm.h>
#include <ATen/ops/tensor.h>

#include <numeric>

#include "base/error.h"

namespace perceiver::input {
namespace {

/// Fills in `normalized` and returns 1 / deviation of every token, [M].
at::Tensor normalize(InputArray& input, double eps) {
    auto [normalized, mean, rstd] = at::native_layer_norm(input.tokens, {input.tokens.size(1)}, {}, {}, eps);
    input.normalized = normalized;
    return rstd.flatten();
}

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

InputArrayPtr make_input(const at::Tensor& data, std::int64_t rows, std::int64_t cols, const PositionConfig& position,
                         const at::Tensor& learned, double layer_norm_eps) {
    auto input = std::make_shared<InputArray>();
    input->data = data.to(at::kFloat).contiguous();
    input->layout.rows = rows;
    input->layout.cols = cols;
    const std::int64_t d = data.size(1);
    if (position.type == PositionConfig::Type::learned) {
        if (learned.size(0) != rows * cols)
            throw Error(ErrorCode::no_fit, "The model has learned positions for another grid than this input's.");
        input->tokens = at::cat({input->data, learned}, 1);
        normalize(*input, layer_norm_eps);
        return input;
    }
    PositionTables tables;
    if (position.type == PositionConfig::Type::fourier) tables = fourier_tables(rows, cols, position);
    else tables = {at::empty({rows, 0}, at::kFloat), at::empty({cols, 0}, at::kFloat)};
    const at::Tensor features = (tables.rows.unsqueeze(1) + tables.cols.unsqueeze(0)).reshape({rows * cols, -1});
    input->tokens = at::cat({input->data, features}, 1);
    const at::Tensor rstd = normalize(*input, layer_norm_eps);
    input->separable = SeparableInput{rstd.reshape({rows, cols}).contiguous(),
                                      (input->data * rstd.unsqueeze(1)).t().reshape({d, rows, cols}).contiguous(),
                                      std::move(tables)};
    return input;
}

std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    SplitMix64 random{seed};
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    return order;
}

InputArrayPtr permuted(const InputArray& input, std::span<const std::int64_t> order, bool positions_travel,
                       double layer_norm_eps) {
    if (static_cast<std::int64_t>(order.size()) != input.tokens.size(0) || !input.layout.in_order())
        throw Error(ErrorCode::no_fit, "A permutation needs one place for every element of an array in order.");
    auto result = std::make_shared<InputArray>();
    const at::Tensor index = index_of(order);
    result->layout = input.layout;
    result->layout.data_from.assign(order.begin(), order.end());
    result->data = input.data.index_select(0, index);
    if (positions_travel) {
        result->layout.position_from = result->layout.data_from;
        result->tokens = input.tokens.index_select(0, index);
    } else {
        const std::int64_t d = input.data.size(1);
        result->tokens = at::cat({result->data, input.tokens.narrow(1, d, input.tokens.size(1) - d)}, 1);
    }
    normalize(*result, layer_norm_eps);
    return result;
}

}  // namespace perceiver::input
