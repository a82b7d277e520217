// Milliseconds of one frame of a turning cloud at 1920 x 1080: clearing it, projecting, ordering, painting. A screen of
// 60 frames a second leaves 16.7.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "ui/points/cloud_painter.h"

namespace {

using namespace perceiver;

/// Points spread over a ball's surface and a disc below it: like a scan, most of what is drawn overlaps something.
api::Cloud scan(int n, int others) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    api::Cloud cloud;
    const auto put = [&](std::vector<float>& to) {
        float p[3] = {normal(random), normal(random), normal(random)};
        const float length = std::hypot(p[0], p[1], p[2]);
        if (normal(random) > 0.7F) p[2] = -length;
        for (const float v : p) to.push_back(v / length);
    };
    for (int i = 0; i < n; ++i) put(cloud.xyz);
    for (int i = 0; i < others; ++i) put(cloud.others);
    return cloud;
}

void frames(benchmark::State& state, double zoom, bool emphasis = false, int others = 0) {
    const api::Cloud cloud = scan(int(state.range(0)), others);
    const ui::DrawnCloud drawn(cloud);
    std::vector<float> values;
    for (std::size_t i = 0; i < drawn.points.size(); ++i) values.push_back(float(i % 97) / 97);
    ui::CloudInk ink =
        ui::mapInk(values, {0, 1, true}, api::color_table(api::ColorMap::viridis), ui::colorsOf(ui::Theme::dark));
    if (emphasis) ink.standing = ui::standingOf(values);
    ui::OrbitCamera camera;
    camera.setReach(drawn.aside, drawn.upwards);
    ui::CloudPainter painter;
    QImage image(1920, 1080, QImage::Format_RGB32);
    camera.zoomAbout(image.rect(), {960, 540}, zoom);
    for (auto _ : state) {
        camera.turn(1.3, 0.2);
        image.fill(ink.ground);
        painter.paint(image, image.rect(), drawn, ink, camera);
        benchmark::DoNotOptimize(image.bits());
    }
    state.counters["frames/s"] = benchmark::Counter(double(state.iterations()), benchmark::Counter::kIsRate);
}

void hover(benchmark::State& state) {
    const api::Cloud cloud = scan(int(state.range(0)), 0);
    const ui::DrawnCloud drawn(cloud);
    const ui::CloudInk ink = ui::ownInk(cloud, ui::colorsOf(ui::Theme::dark));
    ui::OrbitCamera camera;
    ui::CloudPainter painter;
    QImage image(1920, 1080, QImage::Format_RGB32);
    painter.paint(image, image.rect(), drawn, ink, camera);
    double x = 600;
    for (auto _ : state) benchmark::DoNotOptimize(painter.find({x = x > 1300 ? 600 : x + 3.7, 500}, 8));
}

BENCHMARK_CAPTURE(frames, turning, 1)->Arg(1'024)->Arg(10'000)->Arg(50'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(frames, four_times_closer, 4)->Arg(1'024)->Arg(10'000)->Arg(50'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(frames, one_latents_points_out, 1, true)->Arg(50'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(frames, with_50000_others, 1, false, 50'000)->Arg(1'024)->Arg(20'000)->Unit(benchmark::kMillisecond);
BENCHMARK(hover)->Arg(1'024)->Arg(50'000)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
