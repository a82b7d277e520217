#include "inspect/score_reader.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "inspect/attention_chunks.h"
#include "perceiver/cpu_level.h"
#include "perceiver/products.h"

namespace perceiver::inspect {
namespace {

constexpr std::int64_t block_elements = 16384;    ///< of tables read at once
constexpr std::int64_t block_numbers = 2 << 20;   ///< numbers made at once from tokens: 8 MB
constexpr std::int64_t most_tokens = 65536;       ///< read at once

struct Loops {
    decltype(&baseline::sum_block) sum_block;
    decltype(&baseline::entropy_of) entropy_of;
};
const Loops& loops() {
#ifdef PERCEIVER_X86_LEVELS
    static const Loops chosen = cpu_level() == CpuLevel::avx512 ? Loops{avx512::sum_block, avx512::entropy_of}
                                : cpu_level() == CpuLevel::avx2 ? Loops{avx2::sum_block, avx2::entropy_of}
                                                                : Loops{baseline::sum_block, baseline::entropy_of};
#else
    static const Loops chosen{baseline::sum_block, baseline::entropy_of};
#endif
    return chosen;
}

separable::Planes planes_of(const input::SeparablePart& s) {
    return {s.scaled_data.size(0), s.rows, s.cols, s.stride, s.rows * s.stride, s.rstd.data_ptr<float>(),
            s.scaled_data.data_ptr<float>()};
}

/// A part's rows, or pieces of them where rows are wide. Read at once are several whole rows or one piece.
struct Lines {
    std::int64_t rows, cols, per_row;
    explicit Lines(const input::SeparablePart& s)
        : rows(s.rows), cols(s.cols), per_row((s.cols + block_elements - 1) / block_elements) {}
    std::int64_t count() const { return rows * per_row; }
    std::int64_t elements() const { return std::min(cols, block_elements); }
    /// From line i on, ending before line `end`: one line or several.
    MapBlock block(std::int64_t i, std::int64_t end) const {
        if (per_row == 1) return {i, std::min(end - i, block_elements / cols), 0, cols};
        const std::int64_t first = i % per_row * block_elements;
        return {i / per_row, 1, first, std::min(block_elements, cols - first)};
    }
    std::int64_t place(const MapBlock& b) const { return b.row * cols + b.first; }
};

void scale(float* values, std::int64_t count, float factor) {
    for (std::int64_t i = 0; i < count; ++i) values[i] *= factor;
}

}  // namespace

void require_index(int index, std::int64_t count, const char* what) {
    if (index != all && (index < 0 || index >= count))
        throw Error(ErrorCode::no_fit, "There is no " + std::string(what) + " " + std::to_string(index) +
                                           ": the model has " + std::to_string(count) + ".");
}

ScoreReader::ScoreReader(const Trace& trace, int k, int head, int latent, Scale scale) : trace_(trace), scale_(scale) {
    const CrossTrace& cross = cross_attend_of(trace, k);
    const std::int64_t heads = cross.queries.size(0), latents = cross.queries.size(1);
    require_index(head, heads, "head");
    require_index(latent, latents, "latent");
    masked_ = scale == Scale::probability && trace.input->mask().defined() && !cross.all_masked;
    const auto chosen = [&](const at::Tensor& of_queries) {   // [heads * N, x] -> [latents, heads, x]
        if (!of_queries.defined()) return at::Tensor();
        at::Tensor t = of_queries.view({heads, latents, -1}).transpose(0, 1);
        if (head != all) t = t.narrow(1, head, 1);
        if (latent != all) t = t.narrow(0, latent, 1);
        // The mean of scores is the score of the mean query.
        return (scale == Scale::logit && t.size(1) > 1 ? t.mean(1, true) : t).contiguous();
    };
    queries_ = chosen(cross.queries);
    addend_ = chosen(scale == Scale::probability ? -cross.log_sum : cross.offset).squeeze(2);
    for (const auto& part : cross.parts) tables_.push_back({chosen(part.data), chosen(part.rows), chosen(part.cols)});
    tables_.resize(trace.input->parts().size());
}

MapQueries ScoreReader::Tables::of(const at::Tensor& addend, std::int64_t latent) const {
    const std::int64_t heads = addend.size(1), q = latent * heads;
    return {heads, data.data_ptr<float>() + q * data.size(2), rows.data_ptr<float>() + q * rows.size(2),
            cols.data_ptr<float>() + q * cols.size(2), addend.data_ptr<float>() + q};
}

void ScoreReader::add_lines(std::size_t part, float* out, const CancelToken& cancel) const {
    const auto& s = *trace_.input->parts()[part].separable;
    const Tables& t = tables_[part];
    const bool exponentials = scale_ == Scale::probability;
    const separable::Planes planes = planes_of(s);
    MapQueries queries = t.of(addend_, 0);
    queries.count = addend_.numel();
    const Lines lines(s);
    const float share = 1.0f / static_cast<float>(queries.count);
    const std::int64_t grain = std::max<std::int64_t>(1, 65536 / (queries.count * lines.elements()));
    at::parallel_for(0, lines.count(), grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end && !cancel.cancelled();) {
            const MapBlock block = lines.block(i, end);
            float* const to = out + lines.place(block);
            loops().sum_block(planes, queries, block, exponentials, to, s.cols);
            scale(to, block.rows * block.count, share);
            i += block.rows;
        }
    });
    cancel.check();
}

void ScoreReader::visit_lines(std::size_t part, const Visit& visit, const CancelToken& cancel) const {
    const input::Part& read = trace_.input->parts()[part];
    const Tables& t = tables_[part];
    const separable::Planes planes = planes_of(*read.separable);
    const Lines lines(*read.separable);
    const float share = 1.0f / static_cast<float>(addend_.size(1));
    at::parallel_for(0, latents(), 1, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> buffer(static_cast<std::size_t>(std::min(block_elements, lines.rows * lines.cols)));
        for (std::int64_t n = begin; n < end; ++n) {
            const MapQueries queries = t.of(addend_, n);
            for (std::int64_t i = 0; i < lines.count() && !cancel.cancelled();) {
                const MapBlock block = lines.block(i, lines.count());
                const std::int64_t count = block.rows * block.count;
                loops().sum_block(planes, queries, block, scale_ == Scale::probability, buffer.data(), block.count);
                if (queries.count > 1) scale(buffer.data(), count, share);
                visit(n, read.first + lines.place(block), count, buffer.data());
                i += block.rows;
            }
        }
    });
    cancel.check();
}

void ScoreReader::read_tokens(const input::Part& part, const Dense& take, const CancelToken& cancel) const {
    const std::int64_t q = addend_.numel(), c = queries_.size(2);
    const at::Tensor flat = queries_.view({1, q, c}), addend = addend_.view({q, 1});
    const std::int64_t step = std::clamp<std::int64_t>(block_numbers / q, 256, most_tokens);
    for (std::int64_t first = part.first; first < part.first + part.count; first += step) {
        cancel.check();
        const std::int64_t count = std::min(step, part.first + part.count - first);
        const at::Tensor x = trace_.input->normalized(first, count);
        at::Tensor s = product(flat, x.t().unsqueeze(0)).squeeze(0).add_(addend);
        if (scale_ == Scale::probability) s.exp_();
        if (masked_) s.mul_(trace_.input->mask().narrow(0, first, count).unsqueeze(0));
        take(first, s.view({latents(), -1, count}));
    }
}

at::Tensor ScoreReader::mean(const CancelToken& cancel) const {
    if (scale_ == Scale::logit && latents() > 1) {
        ScoreReader one = *this;   // the mean of scores is the score of the mean query
        const auto average = [](at::Tensor& t) {
            if (t.defined()) t = t.mean(0, true);
        };
        average(one.queries_);
        average(one.addend_);
        for (auto& t : one.tables_) average(t.data), average(t.rows), average(t.cols);
        return one.mean(cancel);
    }
    at::Tensor out = at::empty({trace_.input->elements()});
    const auto& parts = trace_.input->parts();
    for (std::size_t p = 0; p < parts.size(); ++p) {
        cancel.check();
        if (tables_[p].data.defined()) add_lines(p, out.data_ptr<float>() + parts[p].first, cancel);
        else
            read_tokens(parts[p], [&](std::int64_t first, const at::Tensor& values) {
                out.narrow(0, first, values.size(2)).copy_(values.flatten(0, 1).mean(0));
            }, cancel);
    }
    return out;
}

void ScoreReader::each_latent(const Visit& visit, const CancelToken& cancel) const {
    const auto& parts = trace_.input->parts();
    for (std::size_t p = 0; p < parts.size(); ++p) {
        cancel.check();
        if (tables_[p].data.defined()) visit_lines(p, visit, cancel);
        else
            read_tokens(parts[p], [&](std::int64_t first, const at::Tensor& values) {
                const at::Tensor mean = values.size(1) > 1 ? values.mean(1) : values.squeeze(1);
                const float* const from = mean.data_ptr<float>();
                at::parallel_for(0, latents(), 1, [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t n = begin; n < end; ++n) visit(n, first, mean.size(1), from + n * mean.size(1));
                });
            }, cancel);
    }
}

at::Tensor ScoreReader::entropy_bits(const CancelToken& cancel) const {
    std::vector<double> sums(static_cast<std::size_t>(latents()));
    each_latent([&](std::int64_t latent, std::int64_t, std::int64_t count, const float* values) {
        sums[static_cast<std::size_t>(latent)] += loops().entropy_of(values, count);
    }, cancel);
    at::Tensor out = at::empty({latents()});
    for (std::int64_t n = 0; n < latents(); ++n)
        out.data_ptr<float>()[n] = static_cast<float>(-sums[static_cast<std::size_t>(n)]);
    return out;
}

}  // namespace perceiver::inspect
