#include "engine/solo.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "engine/stft.h"

namespace perceiver::engine {
namespace {

constexpr int griffin_lim_rounds = 12;

const api::InputPart* heard(const api::FileInfo& file) {
    for (const auto& part : file.parts)
        if (part.kind == api::Kind::audio && !part.label && file.sound) return &part;
    return nullptr;
}

/// Where in its grid the model hears a time and a pitch: column 2.5 is the middle of the third.
class Place {
  public:
    Place(const api::FileInfo& file, const api::InputPart& part)
        : part_(part), rate_(file.sound->rate), offset_(file.sound->start - part.start) {}

    double column(double sample) const { return (sample / rate_ + offset_) / part_.step; }
    double sample(double column) const { return (column * part_.step - offset_) * rate_; }
    /// Below 0 under the lowest band, `rows` and more above the highest.
    double row(double hertz) const {
        const auto& edges = part_.hertz;
        if (hertz < edges.front()) return -1;
        const auto above = std::ranges::upper_bound(edges, hertz);
        if (above == edges.end()) return double(part_.grid.rows);
        const auto r = above - edges.begin() - 1;
        return double(r) + (hertz - edges[std::size_t(r)]) / (edges[std::size_t(r) + 1] - edges[std::size_t(r)]);
    }
    double hertz(double row) const {
        const auto r = static_cast<std::size_t>(std::clamp(row, 0.0, double(part_.grid.rows - 1)));
        return part_.hertz[r] + (row - double(r)) * (part_.hertz[r + 1] - part_.hertz[r]);
    }

  private:
    const api::InputPart& part_;
    double rate_, offset_;
};

/// Of [rows, cols] values at their cells' middles; beyond the outermost middles, theirs.
double between(const float* values, int rows, int cols, double row, double col) {
    const double y = std::clamp(row - 0.5, 0.0, double(rows - 1)), x = std::clamp(col - 0.5, 0.0, double(cols - 1));
    const int r = std::min(int(y), std::max(0, rows - 2)), c = std::min(int(x), std::max(0, cols - 2));
    const int below = std::min(r + 1, rows - 1), right = std::min(c + 1, cols - 1);
    const auto at = [&](int i, int j) { return double(values[i * cols + j]); };
    const double v = y - r, u = x - c;
    return (1 - v) * ((1 - u) * at(r, c) + u * at(r, right)) + v * ((1 - u) * at(below, c) + u * at(below, right));
}

std::vector<float> reordered_patches(const api::FileInfo& file, const api::InputPart& part,
                                     const std::vector<std::int64_t>& data_from) {
    std::vector<float> out = file.sound->samples;
    const std::int64_t size = std::llround(part.step * file.sound->rate), have = static_cast<std::int64_t>(out.size());
    for (std::int64_t i = 0; i < part.grid.count(); ++i) {
        const std::int64_t from = data_from[static_cast<std::size_t>(part.first + i)] - part.first;
        if (from < 0 || from >= part.grid.count()) continue;   // another modality's
        const std::int64_t count = std::min({size, have - i * size, have - from * size});
        if (count > 0) std::copy_n(file.sound->samples.begin() + from * size, count, out.begin() + i * size);
    }
    return out;
}

/// Complex numbers of magnitude `size` with the phases of `cells`.
at::Tensor with_phases(const at::Tensor& size, const at::Tensor& cells) {
    return cells / (at::abs(cells) + 1e-12) * size;
}

/// The cells as the patches moved: from which one each is taken, and how strong it is there.
struct Moved {
    at::Tensor size, phases;
};
Moved moved(const Stft& whole, const Place& place, const api::InputPart& part, double rate,
            const std::vector<std::int64_t>& data_from) {
    const std::int64_t frames = whole.frames(), bins = whole.bins();
    const at::Tensor strength = at::abs(whole.cells).contiguous(), cells = whole.cells.contiguous();
    Moved out{at::zeros({frames, bins}, at::kFloat), at::zeros({frames, bins}, at::kComplexFloat)};
    const float* from = strength.data_ptr<float>();
    const auto* phase = cells.data_ptr<c10::complex<float>>();
    float* size = out.size.data_ptr<float>();
    auto* phases = out.phases.data_ptr<c10::complex<float>>();
    const int rows = part.grid.rows, cols = part.grid.cols;
    for (std::int64_t t = 0; t < frames; ++t) {
        const double x = std::min(place.column(double(t * whole.hop)), cols - 1e-6);
        if (x < 0) continue;
        for (std::int64_t k = 0; k < bins; ++k) {
            const double y = place.row(double(k) * rate / double(whole.fft));
            if (y < 0 || y >= rows) continue;
            const std::int64_t source =
                data_from[static_cast<std::size_t>(part.first + int(y) * cols + int(x))] - part.first;
            if (source < 0 || source >= part.grid.count()) continue;   // another modality's
            const double column = double(source % cols) + x - std::floor(x),
                         row = double(source / cols) + y - std::floor(y);
            const double frame = place.sample(column) / double(whole.hop),
                         bin = place.hertz(row) * double(whole.fft) / rate;
            size[t * bins + k] = float(between(from, int(frames), int(bins), frame + 0.5, bin + 0.5));
            const auto nearest = std::clamp<std::int64_t>(std::llround(frame), 0, frames - 1) * bins +
                                 std::clamp<std::int64_t>(std::llround(bin), 0, bins - 1);
            phases[t * bins + k] = phase[nearest];
        }
    }
    return out;
}

}  // namespace

std::vector<float> solo(const api::FileInfo& file, const at::Tensor& attention, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const api::InputPart* part = heard(file);
    if (!part) throw Error(ErrorCode::no_fit, "The model hears nothing of this file.");
    const at::Tensor mine = attention.narrow(0, part->first, part->grid.count()).contiguous();
    const float* values = mine.data_ptr<float>();
    const double most = std::max(1e-20, double(*std::max_element(values, values + part->grid.count())));
    const Place place(file, *part);
    const int rows = part->grid.rows, cols = part->grid.cols;
    std::vector<float> out = file.sound->samples;
    if (part->hertz.empty()) {
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] *= float(between(values, 1, cols, 0.5, place.column(double(i))) / most);
        return out;
    }
    const int rate = file.sound->rate;
    Stft whole = stft(out, rate, cancel);
    const at::Tensor weights = at::empty({whole.frames(), whole.bins()}, at::kFloat);
    float* w = weights.data_ptr<float>();
    for (std::int64_t k = 0; k < whole.bins(); ++k) {
        const double row = place.row(double(k) * rate / double(whole.fft));
        for (std::int64_t t = 0; t < whole.frames(); ++t)
            w[t * whole.bins() + k] =
                float(between(values, rows, cols, row, place.column(double(t * whole.hop))) / most);
    }
    cancel.check();
    whole.cells = whole.cells * weights;
    return inverse(whole);
}

std::vector<float> shuffled_sound(const api::FileInfo& file, const std::vector<std::int64_t>& data_from,
                                  const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const api::InputPart* part = heard(file);
    if (!part || data_from.empty()) return {};
    std::vector<float> out;
    if (part->hertz.empty()) {
        out = reordered_patches(file, *part, data_from);
    } else {
        const int rate = file.sound->rate;
        Stft now = stft(file.sound->samples, rate, cancel);
        const Moved goal = moved(now, Place(file, *part), *part, rate, data_from);
        now.cells = with_phases(goal.size, goal.phases);
        out = inverse(now);
        for (int round = 0; round < griffin_lim_rounds; ++round) {
            now.cells = with_phases(goal.size, stft(out, rate, cancel).cells);
            out = inverse(now);
        }
    }
    float peak = 1;
    for (const float x : out) peak = std::max(peak, std::abs(x));
    for (float& x : out) x /= peak;
    return out;
}

}  // namespace perceiver::engine
