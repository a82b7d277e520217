// Cost against M, N and L from real runs: a table (cost.csv) and a plot (cost.svg), both axes logarithmic.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "bench/full_size.h"
#include "bench/groups.h"
#include "bench/naive.h"
#include "support/tiny_model.h"

namespace perceiver::bench {
namespace {

struct Curve {
    const char *panel, *name, *colour;   ///< panel: what varies
    std::vector<std::int64_t> at;
};
const std::vector<Curve>& curves() {
    static const std::vector<Curve> all{{"M", "naive", "#d95f02", {1024, 4096, 12544, 50176}},
                                        {"M", "dense", "#7570b3", {1024, 4096, 12544, 50176}},
                                        {"M", "separable", "#1b9e77", {1024, 4096, 12544, 50176, 200704, 1048576}},
                                        {"N", "separable", "#1b9e77", {32, 64, 128, 256, 512, 1024}},
                                        {"L", "float32", "#1b9e77", {1, 2, 4, 8, 16}}};
    return all;
}

Body cross(const std::string& name, std::int64_t elements, std::int64_t latents) {
    const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(double(elements))));
    const Config config = cross_attend_alone(side, latents);
    const auto model = std::make_shared<Perceiver>(config, plausible_weights(config));
    const auto input = model->make_input(test::random_picture(side, side));
    if (name != "naive") {
        const Attend how = name == "dense" ? Attend::dense : Attend::separable;
        return [model, input, how] { benchmark::DoNotOptimize(model->forward(input, how).logits); };
    }
    const auto naive = std::make_shared<Naive>(config, plausible_weights(config));
    return [naive, tokens = input->tokens()] {
        benchmark::DoNotOptimize(naive->cross_attend(0, naive->latents(), tokens));
    };
}

Body tower(std::int64_t layers) {
    Config config = imagenet(224, 512, 1);
    config.block_modules[0].layers = layers;
    Weights weights = plausible_weights(config);
    const auto packed =
        std::make_shared<LatentTransformer>(weights, "block.0.", config, config.block_modules[0], Precision::float32);
    return [packed, z = at::randn({512, 1024}, test::generator(5))] { benchmark::DoNotOptimize(packed->run(z, {})); };
}

std::string name_of(const Curve& c, std::int64_t x) {
    return std::string("cost/") + c.name + "/" + c.panel + ":" + std::to_string(x);
}
double time_of(const Curve& c, std::int64_t x) { return best(name_of(c, x) + "/threads:2"); }

constexpr double width = 300, height = 260, margin = 60;

/// One panel: what varies, in powers of ten both ways.
void draw_panel(std::ofstream& svg, const std::string& panel, const char* title, double left) {
    double x0 = 1e30, x1 = 0, y0 = 1e30, y1 = 0;
    for (const auto& c : curves())
        for (auto x : c.at)
            if (c.panel == panel && time_of(c, x) > 0) {
                x0 = std::min(x0, double(x)), x1 = std::max(x1, double(x));
                y0 = std::min(y0, time_of(c, x)), y1 = std::max(y1, time_of(c, x));
            }
    if (x1 <= x0) return;
    y0 = std::pow(10, std::floor(std::log10(y0))), y1 = std::pow(10, std::ceil(std::log10(y1)));
    const auto px = [&](double x) { return left + width * std::log(x / x0) / std::log(x1 / x0); };
    const auto py = [&](double y) { return margin + height * (1 - std::log(y / y0) / std::log(y1 / y0)); };
    svg << "<text x='" << left << "' y='" << margin - 24 << "' font-weight='bold'>" << title << "</text>\n";
    for (double y = y0; y <= y1 * 1.001; y *= 10)
        svg << "<line x1='" << left << "' x2='" << left + width << "' y1='" << py(y) << "' y2='" << py(y)
            << "' stroke='#ddd'/><text x='" << left - 6 << "' y='" << py(y) + 4 << "' text-anchor='end'>" << y
            << " ms</text>\n";
    double label = margin + 14;
    for (const auto& c : curves()) {
        if (c.panel != panel) continue;
        svg << "<polyline fill='none' stroke-width='2' stroke='" << c.colour << "' points='";
        for (auto x : c.at)
            if (time_of(c, x) > 0) svg << px(double(x)) << "," << py(time_of(c, x)) << " ";
        svg << "'/>\n";
        for (auto x : c.at)
            if (time_of(c, x) > 0)
                svg << "<circle r='3' fill='" << c.colour << "' cx='" << px(double(x)) << "' cy='" << py(time_of(c, x))
                    << "'/>\n";
        svg << "<text x='" << left + 10 << "' y='" << label << "' fill='" << c.colour << "'>" << c.name << "</text>\n";
        label += 16;
        if (std::string(c.name) == "naive" || std::string(c.name) == "dense")
            continue;  // the longest curve has the ticks
        for (auto x : c.at)
            svg << "<text x='" << px(double(x)) << "' y='" << margin + height + 18 << "' text-anchor='middle'>" << x
                << "</text>\n";
    }
}

}  // namespace

void add_costs() {
    for (const auto& c : curves())
        for (auto x : c.at) {
            const std::string name = c.name;
            const char varies = c.panel[0];
            const bool quick = name == "separable" && x <= 100'000;
            add(name_of(c, x), 2, quick ? 25 : x > 30'000 ? 3 : 5, [name, varies, x] {
                return varies == 'L' ? tower(x) : varies == 'M' ? cross(name, x, 512) : cross(name, 50176, x);
            });
        }
}

void print_costs() {
    std::ofstream csv("cost.csv"), svg("cost.svg");
    csv << "varies,way,value,milliseconds\n";
    for (const auto& c : curves())
        for (auto x : c.at) csv << c.panel << "," << c.name << "," << x << "," << time_of(c, x) << "\n";
    svg << "<svg xmlns='http://www.w3.org/2000/svg' width='1240' height='" << height + 2 * margin
        << "' font-family='sans-serif' font-size='11'>\n<rect width='100%' height='100%' fill='white'/>\n";
    draw_panel(svg, "M", "one cross-attend of 512 latents against inputs M", 80);
    draw_panel(svg, "N", "one cross-attend of 50,176 inputs against latents N", 490);
    draw_panel(svg, "L", "latent tower 512 x 1024 against layers L", 900);
    svg << "</svg>\n";
    std::printf("cost against M, N and L, 2 threads: cost.csv and cost.svg\n");
}

}  // namespace perceiver::bench
