#include "train/init.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "input/fourier.h"

namespace perceiver::train {
namespace {

using at::Tensor;

bool learns_positions(const Config& c) { return c.input.position.type == PositionConfig::Type::learned; }

struct Builder {
    Model& model;
    const Structure& s;
    std::int64_t d, bands, side, picture;
    Tensor basis;    // [2 * (2 bands + 1), d]: orthonormal rows without a mean: y raw, y cos, y sin, then x
    double rms = 1;  // of a latent

    Builder(Model& m, const Structure& structure) : model(m), s(structure) {
        const auto& c = m.config();
        d = c.latent_channels;
        bands = s.bands;
        side = std::llround(std::sqrt(double(c.num_latents)));
        picture = c.input.image.width;
    }

    double coordinate(double pixel) const { return -1 + 2 * pixel / double(picture - 1); }
    double unit(double pixels) const { return 2 * pixels / double(picture - 1); }
    std::int64_t axis() const { return 2 * bands + 1; }
    /// Of the tokens' Fourier features; learned positions begin with as many as the latents hold.
    std::int64_t position_bands() const {
        return learns_positions(model.config()) ? bands : model.config().input.position.num_bands;
    }

    void random() {
        for (const auto& l : model.leaves()) {
            Tensor t = model.view(l.name);
            const bool norm = l.name.find("norm.weight") != std::string::npos;
            if (l.name == "latents")
                t.normal_(0, s.latent_std).clamp_(-2 * s.latent_std, 2 * s.latent_std);
            else if (l.name == "input.position")
                t.normal_(0, 1).clamp_(-2, 2);  // as the paper's ("Perceiver", appendix: a scale of 1)
            else if (l.shape.size() == 1)
                t.fill_(norm ? 1 : 0);
            else
                t.normal_(0, 1 / std::sqrt(double(l.shape[1])));
        }
        if (s.uniform)
            uniform();
        else
            shrink_residuals();
    }

    // Every Linear's weight is followed by its bias.
    void uniform() {
        double bound = 0;
        for (const auto& l : model.leaves()) {
            const bool inside = l.name.find("norm.") != std::string::npos || l.name == "latents" ||
                                l.name == "input.position" || l.name.find(".key.") != std::string::npos ||
                                l.name.find(".value.") != std::string::npos;
            if (inside) continue;
            if (l.shape.size() > 1) bound = 1 / std::sqrt(double(l.shape[1]));
            model.view(l.name).uniform_(-bound, bound);
        }
    }

    void shrink_residuals() {
        double depth = 0;
        for (const auto& st : model.config().stages) {
            depth += 2;
            for (auto b : st.blocks) depth += 2 * model.config().block_modules[b].layers;
        }
        for (const auto& l : model.leaves())
            if (l.name.find("output.weight") != std::string::npos ||
                l.name.find("mlp_out.weight") != std::string::npos)
                model.view(l.name).mul_(2 / std::sqrt(depth));
    }

    void latents() {
        Tensor a = torch::randn({d, 2 * axis()}, at::kDouble);
        a -= a.mean(0, true);
        basis = std::get<0>(torch::linalg_qr(a)).t().contiguous();
        Tensor place = torch::zeros({side, side, 2 * axis()}, at::kDouble);
        const double cell = double(picture) / double(side);
        for (std::int64_t r = 0; r < side; ++r)
            for (std::int64_t c = 0; c < side; ++c)
                for (int ax = 0; ax < 2; ++ax) {
                    const double at = coordinate(double(ax ? c : r) * cell + (cell - 1) / 2);
                    place[r][c][ax * axis()] = at;
                    for (std::int64_t f = 1; f <= bands; ++f) {
                        place[r][c][ax * axis() + f] = std::cos(M_PI * double(f) * at);
                        place[r][c][ax * axis() + bands + f] = std::sin(M_PI * double(f) * at);
                    }
                }
        const Tensor z = place.view({side * side, -1}).mm(basis) * s.amplitude;
        rms = std::sqrt(z.square().mean().item<double>());
        model.view("latents").add_(z.to(at::kFloat));
    }

    // Learned positions begin as the Fourier features the windows need, the rest small and random.
    void positions() {
        PositionConfig fourier;
        fourier.num_bands = bands;
        fourier.max_resolution = {2.0 * double(bands), 2.0 * double(bands)};
        const Tensor features = input::fourier_features(
            input::grid_positions(std::vector<std::int64_t>{picture, picture}), fourier);
        Tensor all = model.view("input.position").normal_(0, 0.3);
        all.narrow(1, 0, features.size(1)).copy_(features);
    }

    // One head of a cross-attend as a window: rows [0, 2 axis) of its query and key take the latent's place
    // and turn it by the offset. `width` in pixels.
    void window(const std::string& p, std::int64_t head, std::int64_t qk, double dy, double dx, double width,
                double peak, double stream_rms) {
        Tensor wq = model.view(p + "query.weight").narrow(0, head * qk, qk);
        Tensor wk = model.view(p + "key.weight").narrow(0, head * qk, qk);
        const std::int64_t k = model.config().input.image.channels, all = position_bands();
        const double bump =
            width * std::sqrt(peak) * M_PI * unit(1);  // the score's own width, radians per band
        double total = 0;
        for (std::int64_t f = 1; f <= bands; ++f) total += std::exp(-.5 * std::pow(bump * double(f), 2));
        const double rstd = 1.5, a = 16;  // a: shares the size between query and key
        wq.narrow(0, 0, 2 * axis()).copy_((basis * (stream_rms / s.amplitude * a)).to(at::kFloat));
        wk.narrow(0, 0, 2 * axis()).zero_();
        for (int ax = 0; ax < 2; ++ax) {
            const double delta = unit(ax ? dx : dy), norm = std::sqrt(double(qk)) / a / rstd;
            const std::int64_t raw = ax * axis();
            wk[raw][k + ax] = peak / 2 * norm;
            for (std::int64_t f = 1; f <= bands; ++f) {
                const double w = peak * std::exp(-.5 * std::pow(bump * double(f), 2)) / total * norm;
                const double turn = M_PI * double(f) * delta;
                const std::int64_t sine = k + 2 + ax * all + f - 1, cosine = sine + 2 * all;
                wk[raw + f][cosine] = w * std::cos(turn);
                wk[raw + f][sine] = w * std::sin(turn);
                wk[raw + bands + f][cosine] = -w * std::sin(turn);
                wk[raw + bands + f][sine] = w * std::cos(turn);
            }
        }
    }

    void first_cross() {
        const auto& m = model.config().cross_modules[0];
        const std::int64_t pattern = std::llround(std::sqrt(double(m.heads))),
                           qk = model.config().qk_channels(m) / m.heads;
        const double step = double(picture) / double(side) / double(pattern);
        for (std::int64_t h = 0; h < m.heads; ++h)
            window("cross.0.", h, qk, (double(h / pattern) - double(pattern - 1) / 2) * step,
                   (double(h % pattern) - double(pattern - 1) / 2) * step, s.window, s.peak, rms);
        Tensor v = model.view("cross.0.value.weight");
        v.normal_(0, .03);
        v.narrow(1, 0, model.config().input.image.channels).normal_(0, .4);
        model.view("cross.0.output.weight").normal_(0, .6 / std::sqrt(double(model.config().v_channels(m))));
    }

    void later_cross() {
        for (std::size_t j = 1; j < model.config().cross_modules.size(); ++j) {
            const auto& m = model.config().cross_modules[j];
            const std::string p = "cross." + std::to_string(j) + ".";
            const std::int64_t qk = model.config().qk_channels(m) / m.heads;
            for (std::int64_t h = 0; h < m.heads / 2; ++h)
                window(p, h, qk, (h & 2) ? 3 : -3, (h & 1) ? 3 : -3, 2.5, 5, 1.0);
            model.view(p + "value.weight").narrow(1, 0, 3).mul_(3);
        }
    }

    void neighbours() {
        for (const auto& l : model.leaves()) {
            const auto at = l.name.find("qkv.weight");
            if (at == std::string::npos) continue;
            const std::size_t block = std::stoul(l.name.substr(std::string("block.").size()));
            const std::int64_t heads = model.config().block_modules[block].heads, depth = d / heads;
            Tensor q = model.view(l.name).narrow(0, 0, d), k = model.view(l.name).narrow(0, d, d);
            static constexpr int where[8][2] = {{0, 1}, {1, 0},  {0, -1}, {-1, 0},
                                                {1, 1}, {1, -1}, {-1, 1}, {-1, -1}};
            const std::int64_t used = std::min<std::int64_t>((depth / 2 - 1) / 2, bands);
            const double cell = unit(double(picture) / double(side)),
                         share = .5;  // of a latent's size that is place
            const double project = s.amplitude / rms * share;
            for (std::int64_t h = 0; h < heads; ++h)
                for (int ax = 0; ax < 2; ++ax) {
                    const double turn = where[h % 8][ax] * cell;
                    const double size =
                        std::sqrt(s.neighbour_peak / double(used) * std::sqrt(double(depth))) / project;
                    const std::int64_t row = h * depth + ax * (2 * used + 1), b0 = ax * axis();
                    q[row].copy_((basis[b0] * size).to(at::kFloat));
                    k[row].copy_((basis[b0] * size).to(at::kFloat));
                    for (std::int64_t f = 1; f <= used; ++f) {
                        const double t = M_PI * double(f) * turn;
                        const Tensor c = basis[b0 + f], sn = basis[b0 + bands + f];
                        q[row + f].copy_(((c * std::cos(t) - sn * std::sin(t)) * size).to(at::kFloat));
                        q[row + used + f].copy_(((sn * std::cos(t) + c * std::sin(t)) * size).to(at::kFloat));
                        k[row + f].copy_((c * size).to(at::kFloat));
                        k[row + used + f].copy_((sn * size).to(at::kFloat));
                    }
                }
        }
    }
};

bool is_square(std::int64_t n) {
    const auto root = std::llround(std::sqrt(double(n)));
    return root * root == n;
}
void need(bool holds, const std::string& what) {
    if (!holds) throw Error(ErrorCode::no_fit, "The structured start doesn't suit this model: " + what + ".");
}

}  // namespace

void check_structure(const Config& c, const Structure& s) {
    if (!s.latents) return;
    const std::int64_t places = 2 * (2 * s.bands + 1);
    const auto& position = c.input.position;
    need(c.input.type == InputConfig::Type::image, "it reads no pictures");
    need(c.input.image.height == c.input.image.width, "its pictures are not square");
    need(is_square(c.num_latents), "num_latents is not a square");
    need(is_square(c.cross_modules[0].heads), "the first cross-attend's heads are not a square");
    const bool enough = learns_positions(c) ? places <= position.channels : s.bands <= position.num_bands;
    need(enough && c.latent_channels > places, "start.bands is too large");
    for (double resolution : position.max_resolution)
        need(resolution == 2.0 * double(position.num_bands),
             "input.position.max_resolution is not 2 num_bands");
    for (const auto& m : c.cross_modules)
        need(c.qk_channels(m) / m.heads >= places,
             "a cross-attend's heads are narrower than start.bands needs");
}

void initialise(Model& model, const Structure& structure) {
    at::NoGradGuard off;
    check_structure(model.config(), structure);
    Builder b(model, structure);
    b.random();
    if (!structure.latents) return;
    b.latents();
    if (learns_positions(model.config())) b.positions();
    b.first_cross();
    if (structure.later_windows) b.later_cross();
    if (structure.neighbours) b.neighbours();
}

}  // namespace perceiver::train
