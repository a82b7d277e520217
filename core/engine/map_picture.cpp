#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/api/color_map.h"
#include "engine/api/thumbnail.h"
#include "engine/map_file.h"

namespace perceiver::engine {
namespace {

constexpr int shown_side = 512;   ///< what has fewer elements is enlarged to about this, each element a square
constexpr int strip_height = 64;  ///< of samples
constexpr int gap = 8;            ///< between modalities

/// Colours by element, on white.
class Canvas {
  public:
    Canvas(const api::Map& map, int width, int height)
        : map_(map),
          table_(api::color_table(api::ColorMap::viridis)),
          range_(api::range_of(map.scale, map.low, map.high)) {
        out_.width = width;
        out_.height = height;
        out_.rgb.assign(3 * std::size_t(width) * std::size_t(height), 255);
    }
    void paint(int x, int y, int width, int height, int element) {
        const std::uint32_t color = table_[range_.index(map_.values[std::size_t(element)])];
        for (int row = std::max(0, y); row < std::min(out_.height, y + height); ++row)
            for (int col = std::max(0, x); col < std::min(out_.width, x + width); ++col)
                for (const int channel : {0, 1, 2})
                    out_.rgb[3 * (std::size_t(row) * std::size_t(out_.width) + std::size_t(col)) +
                             std::size_t(channel)] = static_cast<std::uint8_t>(color >> (16 - 8 * channel));
    }
    api::Picture picture() { return std::move(out_); }

  private:
    const api::Map& map_;
    const api::ColorTable& table_;
    const api::ColorRange range_;
    api::Picture out_;
};

/// How one modality is drawn: its size, known before there is a canvas, and itself.
class Block {
  public:
    Block(const api::InputPart& part, const api::FileInfo& file) : part_(part), file_(file) {
        const auto& g = part.grid;
        if (part.kind == api::Kind::points) {
            width = height = shown_side;
        } else if (g.rows == 1 && g.frames == 1) {
            across_ = std::max(1, shown_side / g.cols);
            width = g.cols * across_;
            height = strip_height;
        } else {
            // A sheet about as wide as high, frames in reading order.
            while (sheet_ < g.frames && sheet_ * sheet_ * g.cols < g.frames * g.rows) ++sheet_;
            const int lines = (g.frames + sheet_ - 1) / sheet_;
            space_ = g.frames > 1 ? 1 : 0;
            const int cells = std::max(sheet_ * (g.cols + space_), lines * (g.rows + space_));
            across_ = std::max(1, shown_side / cells);
            width = (sheet_ * (g.cols + space_) - space_) * across_;
            height = (lines * (g.rows + space_) - space_) * across_;
        }
    }
    int width = 0, height = 0;

    void draw(Canvas& canvas, int top) const {
        if (part_.kind == api::Kind::points) return draw_cloud(canvas, top);
        const auto& g = part_.grid;
        const int tall = g.rows == 1 && g.frames == 1 ? strip_height : across_;
        for (int i = 0; i < g.count(); ++i) {
            const int frame = i / (g.rows * g.cols), col = i % g.cols;
            const int row = part_.hertz.empty() ? i / g.cols % g.rows : g.rows - 1 - i / g.cols % g.rows;
            canvas.paint((frame % sheet_ * (g.cols + space_) + col) * across_,
                         top + (frame / sheet_ * (g.rows + space_) + row) * tall, across_, tall, part_.first + i);
        }
    }

  private:
    /// The nearest points last.
    void draw_cloud(Canvas& canvas, int top) const {
        const auto count = std::size_t(part_.grid.count());
        std::vector<std::array<double, 3>> at(count);
        double reach = 1e-6;
        for (std::size_t i = 0; i < count; ++i) {
            at[i] = api::seen(file_.cloud->xyz.data() + 3 * i);
            reach = std::max({reach, std::abs(at[i][0]), std::abs(at[i][1])});
        }
        std::vector<int> order(count);
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(order, {}, [&](int i) { return at[std::size_t(i)][2]; });
        // A disc's share of the picture shrinks with the number of points, but no point vanishes.
        const int radius = std::clamp(static_cast<int>(std::lround(128 / std::sqrt(double(count)))), 1, 12);
        const double scale = (shown_side / 2.0 - radius - 1) / reach, middle = shown_side / 2.0;
        for (const int i : order) {
            const int x = int(std::lround(middle + scale * at[std::size_t(i)][0])),
                      y = int(std::lround(middle - scale * at[std::size_t(i)][1]));
            for (int dy = -radius; dy <= radius; ++dy) {
                const int half = int(std::sqrt(double(radius * radius - dy * dy)));
                canvas.paint(x - half, top + y + dy, 2 * half + 1, 1, part_.first + i);
            }
        }
    }

    const api::InputPart& part_;
    const api::FileInfo& file_;
    int across_ = 1, sheet_ = 1, space_ = 0;
};

}  // namespace

api::Picture map_picture(const api::Map& map, const api::FileInfo& file) {
    std::vector<Block> blocks;
    int width = 0, height = -gap;
    for (const auto& part : file.parts) {
        if (part.label) continue;
        blocks.emplace_back(part, file);
        width = std::max(width, blocks.back().width);
        height += gap + blocks.back().height;
    }
    Canvas canvas(map, width, std::max(0, height));
    int top = 0;
    for (const auto& block : blocks) {
        block.draw(canvas, top);
        top += block.height + gap;
    }
    return canvas.picture();
}

}  // namespace perceiver::engine
