// plot: the curves of a run as a PNG: the loss above, the accuracies below, over the epochs.
#include "plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "base/error.h"
#include "media/image.h"
#include "train/log.h"

namespace perceiver {
namespace {

constexpr int width = 1200, height = 840, left = 90, right = 30, top = 40, gap = 70, below = 60;
const cv::Scalar ground(255, 255, 255), ink(40, 40, 40), faint(225, 225, 225);
const cv::Scalar blue(31, 90, 166), orange(200, 90, 20);  // as RGB, which is how the rows are written

using Points = std::vector<std::pair<double, double>>;
struct Curve {
    const char* name;
    cv::Scalar colour;
    Points points;
};

/// About `n` round numbers from low to high.
std::vector<double> ticks(double low, double high, int n) {
    const double rough = (high - low) / n, power = std::pow(10, std::floor(std::log10(rough)));
    const double step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
    std::vector<double> out;
    for (double at = std::ceil(low / step) * step; at <= high + step * 1e-6; at += step) out.push_back(at);
    return out;
}

/// One diagram in its rectangle.
class Diagram {
  public:
    Diagram(cv::Mat& image, cv::Rect area, double end, double low, double high)
        : image_(image), area_(area), end_(end), low_(low), high_(high > low ? high : low + 1) {}

    void draw(const char* title, const char* unit, double factor, const std::vector<Curve>& curves) {
        for (const double y : ticks(low_, high_, 5)) {
            cv::line(image_, at(0, y), at(end_, y), faint, 1, cv::LINE_AA, shift);
            text(number(y * factor) + unit, {area_.x - 10, row(y) + 5}, ink, true);
        }
        for (const double x : ticks(0, end_, 8)) {
            cv::line(image_, at(x, low_), at(x, high_), faint, 1, cv::LINE_AA, shift);
            text(number(x), {column(x) + 8, area_.y + area_.height + 22}, ink, true);
        }
        cv::rectangle(image_, area_, ink, 1, cv::LINE_AA);
        text(title, {area_.x, area_.y - 12}, ink, false);
        int from_right = area_.x + area_.width;
        for (const Curve& curve : curves) {
            from_right -= text(curve.name, {from_right, area_.y - 12}, curve.colour, true) + 24;
            draw(curve);
        }
    }

  private:
    static constexpr int shift = 4;  // sixteenths of a pixel
    double column_of(double x) const { return area_.x + x / end_ * area_.width; }
    double row_of(double y) const { return area_.y + (high_ - y) / (high_ - low_) * area_.height; }
    int column(double x) const { return static_cast<int>(column_of(x)); }
    int row(double y) const { return static_cast<int>(row_of(y)); }
    cv::Point at(double x, double y) const {
        const double clamped = std::clamp(y, low_, high_);
        return {static_cast<int>(std::lround(column_of(x) * (1 << shift))),
                static_cast<int>(std::lround(row_of(clamped) * (1 << shift)))};
    }
    static std::string number(double x) {
        char out[32];
        std::snprintf(out, sizeof out, "%.4g", std::abs(x) < 1e-9 ? 0 : x);
        return out;
    }
    /// At its left or right end; returns its width.
    int text(const std::string& words, cv::Point where, const cv::Scalar& colour, bool ends_there) {
        int base = 0;
        const int wide = cv::getTextSize(words, cv::FONT_HERSHEY_SIMPLEX, 0.5, 1, &base).width;
        if (ends_there) where.x -= wide;
        cv::putText(image_, words, where, cv::FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv::LINE_AA);
        return wide;
    }
    void draw(const Curve& curve) {
        for (std::size_t i = 1; i < curve.points.size(); ++i)
            cv::line(image_, at(curve.points[i - 1].first, curve.points[i - 1].second),
                     at(curve.points[i].first, curve.points[i].second), curve.colour, 2, cv::LINE_AA, shift);
        if (curve.points.size() > 40) return;
        for (const auto& [x, y] : curve.points)
            cv::circle(image_, at(x, y), 3 << shift, curve.colour, -1, cv::LINE_AA, shift);
    }

    cv::Mat& image_;
    cv::Rect area_;
    double end_, low_, high_;
};

}  // namespace

const bool can_plot = true;

void plot_log(const std::filesystem::path& log, const std::filesystem::path& png) {
    const auto rows = train::read_log(log);
    Curve loss{"training", blue, {}}, accuracy{"training", blue, {}}, held_out{"held out", orange, {}};
    double lowest = rows[0].loss, highest = rows[0].loss, best = 0;
    for (const auto& row : rows) {
        loss.points.emplace_back(row.epochs, row.loss);
        accuracy.points.emplace_back(row.epochs, row.accuracy);
        if (row.held_out) held_out.points.emplace_back(row.epochs, *row.held_out);
        lowest = std::min(lowest, row.loss);
        highest = std::max(highest, row.loss);
        best = std::max({best, row.accuracy, row.held_out.value_or(0)});
    }
    cv::Mat image(height, width, CV_8UC3, ground);
    const double end = std::max(rows.back().epochs, 1e-6), room = 0.05 * std::max(highest - lowest, 1e-3);
    const int tall = (height - top - gap - below) / 2;
    Diagram(image, {left, top, width - left - right, tall}, end, lowest - room, highest + room)
        .draw("Loss", "", 1, {loss});
    const double ceiling = std::min(1.0, 1.08 * std::max(best, 0.05));
    Diagram(image, {left, top + tall + gap, width - left - right, tall}, end, 0, ceiling)
        .draw("Accuracy, over epochs", " %", 100, {held_out, accuracy});
    const auto bytes = media::encode_png({image.data, image.total() * 3}, width, height);
    std::ofstream out(png, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush())
        throw Error(ErrorCode::out_of_resources,
                    "The plot can't be written: check the folder and the space left.");
}

}  // namespace perceiver
