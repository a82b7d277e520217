// What the made-up engine answers for the labs Positions and Cost.
#include <algorithm>
#include <cmath>

#include "fake_engine.h"

namespace perceiver::ui::test {

namespace {

/// Of two elements of a part: in points, or steps along the grid.
double distance(const api::FileInfo& file, const api::InputPart& part, int a, int b) {
    if (part.kind == api::Kind::points) {
        double sum = 0;
        for (int axis = 0; axis < 3; ++axis) {
            const auto at = [&](int i) { return double(file.cloud->xyz[std::size_t(3 * i + axis)]); };
            sum += (at(a) - at(b)) * (at(a) - at(b));
        }
        return 10 * std::sqrt(sum);
    }
    const int cols = part.grid.cols, size = part.grid.rows * cols;
    return std::hypot(a / size - b / size, a / cols % part.grid.rows - b / cols % part.grid.rows,
                      a % cols - b % cols);
}

}  // namespace

void FakeEngine::ask(api::PositionsRequest r) {
    positions.push_back(r);
    if (answering) answer(r);
}
void FakeEngine::ask(api::CostRequest r) {
    costs.push_back(r);
    if (answering) answer(r);
}

void FakeEngine::answer(const api::PositionsRequest& r) {
    const api::FileInfo& file = job(r.job).file;
    const auto& parts = file.parts;
    const bool last = r.element < 0;  // what is seen comes after what is heard
    std::size_t p = last ? parts.size() - 1 : 0;
    while (!last && p + 1 < parts.size() && r.element >= parts[p].first + parts[p].grid.count()) ++p;
    const api::InputPart& part = parts[p];
    const api::Grid g = part.grid;
    const int at = last ? (g.frames / 2 * g.rows + g.rows / 2) * g.cols + g.cols / 2 : r.element - part.first;
    api::PositionLikeness out;
    out.part = int(p);
    out.element = part.first + at;
    out.channels = modelOf(r.job).token_channels;
    if (noPositions) {
        sink_(api::PositionsReady{r, out});
        return;
    }
    out.kind = api::Positions::fourier;
    out.features = 66;
    out.bands = {16, 16};
    out.max_resolution = {32, 32};
    out.raw_position = true;
    for (int i = 0; i < g.count(); ++i)
        out.cosine.push_back(float(1 / (1 + distance(file, part, at, i) / 3)));
    if (part.kind == api::Kind::points) {
        for (int i = 1; i <= 10; ++i) out.by_distance.push_back({0.2 * i, 5, 1.0 / i});
        sink_(api::PositionsReady{r, out});
        return;
    }
    const auto along = [&](int count, int stride) {
        std::vector<float> values;
        const int first = at - at / stride % count * stride;
        for (int i = 0; i < count; ++i) values.push_back(out.cosine[std::size_t(first + i * stride)]);
        return values;
    };
    if (g.frames > 1) out.along_frames = along(g.frames, g.rows * g.cols);
    out.along_rows = along(g.rows, g.cols);
    out.along_cols = along(g.cols, 1);
    sink_(api::PositionsReady{r, out});
}

void FakeEngine::answer(const api::CostRequest& r) {
    using Kind = api::CostPart::Kind;
    const api::ModelInfo m = shapeOf(r.job);
    api::CostTable out;
    out.elements = m.input_elements;
    out.channels = m.token_channels;
    out.latents = m.latents;
    out.layers = 6;
    const double read = 1e7 * double(out.elements), block = 2e9;
    out.parts.push_back({Kind::input, 0, 0, 1, false, false, 0, 0, 0, 0, 0, {}});
    out.parts.push_back({Kind::latents, 0, 0, 1, false, false, 12'288, 0, 0, 0, 0, {}});
    for (int k = 0; k < int(m.stages.size()); ++k) {
        const auto n = std::int64_t(4) * m.latents * m.input_elements;
        out.parts.push_back({Kind::cross_attend, k, 0, 1, true, k > 1, 139'264, read, 2 * n, n, n / 4, 3.9});
        out.parts.push_back(
            {Kind::latent_block, k, 0, 6, false, k > 0, 600'000, block, 900'000, 800'000, 50'000, 6.1});
    }
    out.parts.push_back({Kind::head, 0, 0, 1, false, false, 1'930, 4e3, 0, 0, 800, {}});
    for (const api::CostPart& part : out.parts) {
        out.flops += part.flops;
        out.parameters += part.shared ? 0 : part.parameters;
        out.matrix_bytes += part.matrix_bytes;
        out.kept_bytes += part.kept_bytes;
    }
    const double stages = double(m.stages.size());
    for (const double by : {0.25, 0.5, 1.0, 2.0, 4.0}) {
        const auto times = [by](std::int64_t n) {
            return std::max<std::int64_t>(1, std::llround(double(n) * by));
        };
        out.by_elements.push_back({times(out.elements), stages * (read * by + block) + 4e3, 0});
        out.by_latents.push_back({times(out.latents), by * out.flops, 0});
        out.by_layers.push_back({times(out.layers), stages * (read + block * by) + 4e3, 0});
    }
    sink_(api::CostReady{r, out});
}

}  // namespace perceiver::ui::test
