#include "inspect/faithfulness.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

namespace perceiver::inspect {
namespace {

using Rows = std::vector<std::int64_t>;

Rows sorted(Rows rows) {
    std::sort(rows.begin(), rows.end());
    return rows;
}

/// The whole array with everything hidden: what a set with no elements left is to the model.
input::InputArrayPtr nothing_left(const input::InputArray& input) {
    return std::make_shared<input::InputArray>(input.layout(), input.parts(), input.layer_norm_eps(),
                                               at::zeros({input.elements()}, at::kBool));
}

void require_row(const input::InputArray& input, std::int64_t row) {
    if (row < 0 || row >= input.elements())
        throw Error(ErrorCode::no_fit, "There is no input element " + std::to_string(row) + ".");
}

/// One example under study: what is asked of it again and again.
struct Study {
    const Perceiver& model;
    const input::InputArray& input;
    std::int64_t target;
    const CurveOptions& options;
    const CancelToken& cancel;
    const Progress& progress;
    std::size_t done = 0;

    /// The class's probability with the elements `gone` taken away and `kept` there.
    double probability(const Rows& kept, const Rows& gone) {
        cancel.check();
        input::InputArrayPtr left;
        if (options.removal == CurveOptions::Removal::paint) left = painted(input, sorted(gone));
        else left = kept.empty() ? nothing_left(input) : subset(input, sorted(kept));
        // Densely even where the whole array is there, so that every point is of the same arithmetic.
        const Trace trace = model.forward(std::move(left), Attend::dense, cancel);
        if (progress) progress(double(++done) / (4.0 * double(options.fractions.size())));
        return trace.logits.to(at::kDouble).softmax(0)[target].item<double>();
    }

    Curve curve(const Rows& order, bool deletion) {
        Curve c;
        for (const double f : options.fractions) {
            const auto count = static_cast<std::ptrdiff_t>(std::llround(f * double(order.size())));
            const Rows first(order.begin(), order.begin() + count), rest(order.begin() + count, order.end());
            c.fraction.push_back(f);
            c.probability.push_back(deletion ? probability(rest, first) : probability(first, rest));
        }
        for (std::size_t i = 1; i < c.fraction.size(); ++i)
            c.area += (c.fraction[i] - c.fraction[i - 1]) * (c.probability[i] + c.probability[i - 1]) / 2;
        return c;
    }
};

}  // namespace

input::InputArrayPtr subset(const input::InputArray& input, std::span<const std::int64_t> rows) {
    const c10::InferenceMode guard;
    const bool ascending = std::adjacent_find(rows.begin(), rows.end(), std::greater_equal<>()) == rows.end();
    if (rows.empty() || !ascending || rows.front() < 0 || rows.back() >= input.elements())
        throw Error(ErrorCode::no_fit, "A part of an input array is some of its rows, each once and in order.");
    const at::Tensor index = at::tensor(c10::IntArrayRef(rows.data(), rows.size()), at::kLong);
    const at::Tensor tokens = input.tokens().index_select(0, index);
    input::Layout layout;
    std::vector<input::Part> parts;
    for (std::size_t i = 0; i < input.parts().size(); ++i) {
        const input::Part& from = input.parts()[i];
        const auto begin = std::lower_bound(rows.begin(), rows.end(), from.first);
        const auto count = std::lower_bound(begin, rows.end(), from.first + from.count) - begin;
        if (count == 0) continue;
        input::Part part;
        part.first = begin - rows.begin();
        part.count = count;
        part.tokens = tokens.narrow(0, part.first, count);
        part.data = from.data.index_select(0, index.narrow(0, part.first, count) - from.first);
        layout.segments.push_back(
            {input.layout().segments[i].modality, input.layout().segments[i].kind, part.first, {count}});
        parts.push_back(std::move(part));
    }
    const at::Tensor mask = input.mask().defined() ? input.mask().index_select(0, index) : input.mask();
    return std::make_shared<input::InputArray>(std::move(layout), std::move(parts), input.layer_norm_eps(), mask);
}

input::InputArrayPtr without(const input::InputArray& input, std::span<const std::int64_t> rows) {
    const c10::InferenceMode guard;
    std::vector<bool> gone(static_cast<std::size_t>(input.elements()), false);
    for (const auto row : rows) {
        require_row(input, row);
        gone[static_cast<std::size_t>(row)] = true;
    }
    Rows kept;
    for (std::int64_t row = 0; row < input.elements(); ++row)
        if (!gone[static_cast<std::size_t>(row)]) kept.push_back(row);
    return kept.empty() ? nothing_left(input) : subset(input, kept);
}

input::InputArrayPtr painted(const input::InputArray& input, std::span<const std::int64_t> rows) {
    const c10::InferenceMode guard;
    at::Tensor chosen = at::zeros({input.elements()}, at::kBool);
    for (const auto row : rows) {
        require_row(input, row);
        chosen[row] = true;
    }
    const at::Tensor tokens = input.tokens();
    std::vector<input::Part> parts;
    for (const auto& from : input.parts()) {
        input::Part part;
        part.first = from.first;
        part.count = from.count;
        part.tokens = tokens.narrow(0, from.first, from.count);
        part.data = from.data;
        const at::Tensor own = part.tokens.narrow(1, 0, std::min(from.data.size(1), part.tokens.size(1)));
        const bool mask_tokens = own.sizes() != from.data.sizes() || !own.equal(from.data);
        if (from.data.size(1) && !mask_tokens) {
            part.data = from.data.where(chosen.narrow(0, from.first, from.count).logical_not().unsqueeze(1),
                                        from.data.mean(0, true));
            own.copy_(part.data);
        }
        parts.push_back(std::move(part));
    }
    return std::make_shared<input::InputArray>(input.layout(), std::move(parts), input.layer_norm_eps(), input.mask());
}

Faithfulness faithfulness(const Perceiver& model, const input::InputArray& input, const at::Tensor& ranking,
                          std::int64_t target, const CurveOptions& options, const CancelToken& cancel,
                          const Progress& progress) {
    const c10::InferenceMode guard;
    const auto& f = options.fractions;
    if (ranking.numel() != input.elements())
        throw Error(ErrorCode::no_fit, "A ranking needs one value for every input element.");
    if (target < 0 || target >= model.config().num_classes)
        throw Error(ErrorCode::no_fit, "There is no class " + std::to_string(target) + ": the model has " +
                                           std::to_string(model.config().num_classes) + ".");
    if (f.empty() || !std::is_sorted(f.begin(), f.end()) || !(f.front() >= 0 && f.back() <= 1))
        throw Error(ErrorCode::no_fit, "The fractions of a curve ascend from 0 to 1.");
    const at::Tensor by_value =
        at::argsort(ranking.to(at::kDouble).flatten(), /*stable=*/true, 0, /*descending=*/true).contiguous();
    const Rows order(by_value.data_ptr<std::int64_t>(), by_value.data_ptr<std::int64_t>() + by_value.numel());
    const Rows random = input::permutation(input.elements(), options.seed);
    Study study{model, input, target, options, cancel, progress};
    Faithfulness out;
    out.deletion = study.curve(order, true);
    out.insertion = study.curve(order, false);
    out.random_deletion = study.curve(random, true);
    out.random_insertion = study.curve(random, false);
    return out;
}

}  // namespace perceiver::inspect
