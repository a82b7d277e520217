#include "engine/solo.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace perceiver::engine {
namespace {

const api::InputPart& heard(const api::FileInfo& file) {
    for (const auto& part : file.parts)
        if (part.kind == api::Kind::audio && !part.label && file.sound) return part;
    throw Error(ErrorCode::no_fit, "The model hears nothing of this file.");
}

}  // namespace

std::vector<float> solo(const api::FileInfo& file, const at::Tensor& attention) {
    const api::InputPart& part = heard(file);
    const at::Tensor mine = attention.narrow(0, part.first, part.grid.count()).contiguous();
    const float* p = mine.data_ptr<float>();
    std::vector<float> columns(static_cast<std::size_t>(part.grid.cols), 0.0F);
    for (int i = 0; i < part.grid.count(); ++i) columns[static_cast<std::size_t>(i % part.grid.cols)] += p[i];
    const float most = std::max(1e-20F, *std::ranges::max_element(columns));
    std::vector<float> out = file.sound->samples;
    for (std::size_t i = 0; i < out.size(); ++i) {
        // Between the middles of two columns the loudness goes over evenly, or every patch would click.
        const double at = double(i) / file.sound->rate / part.step - 0.5, low = std::floor(at);
        const auto column = [&](double c) {
            return columns[static_cast<std::size_t>(std::clamp(c, 0.0, double(part.grid.cols - 1)))];
        };
        const double t = at - low;
        out[i] *= float((1 - t) * double(column(low)) + t * double(column(low + 1))) / most;
    }
    return out;
}

}  // namespace perceiver::engine
