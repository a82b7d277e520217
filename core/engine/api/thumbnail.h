// Small pictures of maps, for the strip, the latents and the report alike: which cell of a thumbnail each element of
// the input array falls into. No Qt, no torch.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "engine/api/types.h"

namespace perceiver::api {

/// Where clouds are seen from unless one turns them: degrees about z (up), and above the horizon.
inline constexpr double cloud_azimuth = 35, cloud_elevation = 20;

/// A point seen from there: right, up, towards the eye; lengths stay as they are.
inline std::array<double, 3> seen(const float* xyz, double azimuth = cloud_azimuth,
                                  double elevation = cloud_elevation) {
    const double to_radians = std::acos(-1.0) / 180, a = azimuth * to_radians, e = elevation * to_radians;
    const double x = double(xyz[0]), y = double(xyz[1]), z = double(xyz[2]);
    const double right = x * std::cos(a) + y * std::sin(a), away = y * std::cos(a) - x * std::sin(a);
    return {right, z * std::cos(e) + away * std::sin(e), z * std::sin(e) - away * std::cos(e)};
}

/// rows x cols cells, none of them for an element with cell -1 (a masked label).
struct ThumbnailCells {
    struct Gap {
        int cell = 0;
        std::vector<int> beside;
    };
    int rows = 0, cols = 0;
    std::vector<int> cell;   ///< [M]
    std::vector<Gap> gaps;   ///< cells of no element inside a cloud: drawn as the mean of those beside them
};

namespace thumbnail_detail {

/// The part's own rows and columns, averaged over whole blocks down to at most max_side: over the frames of a film, a
/// spectrogram with its highest pitch on top.
inline void lay_grid(const InputPart& part, int max_side, int first_row, ThumbnailCells& out) {
    const int block = std::max(1, (std::max(part.grid.rows, part.grid.cols) + max_side - 1) / max_side);
    out.rows = std::max(out.rows, first_row + (part.grid.rows + block - 1) / block);
    out.cols = std::max(out.cols, (part.grid.cols + block - 1) / block);
    const int cols = out.cols;
    for (int i = 0; i < part.grid.count(); ++i) {
        int row = i / part.grid.cols % part.grid.rows;
        if (!part.hertz.empty()) row = part.grid.rows - 1 - row;
        out.cell[std::size_t(part.first + i)] = (first_row + row / block) * cols + i % part.grid.cols / block;
    }
}

/// A sound under the pictures it goes with: one row as wide as they are.
inline void lay_strip(const InputPart& part, int row, ThumbnailCells& out) {
    out.rows = row + 1;
    for (int i = 0; i < part.grid.count(); ++i)
        out.cell[std::size_t(part.first + i)] = row * out.cols + i % part.grid.cols * out.cols / part.grid.cols;
}

/// Cells of no point with points nearly all around them: on a surface, not beside it.
inline void find_gaps(ThumbnailCells& out) {
    constexpr std::size_t enough = 5;   // of the eight around
    std::vector<bool> filled(std::size_t(out.rows) * std::size_t(out.cols), false);
    for (const int c : out.cell)
        if (c >= 0) filled[std::size_t(c)] = true;
    for (int row = 0; row < out.rows; ++row)
        for (int col = 0; col < out.cols; ++col) {
            ThumbnailCells::Gap gap{row * out.cols + col, {}};
            if (filled[std::size_t(gap.cell)]) continue;
            for (int r = std::max(0, row - 1); r <= std::min(out.rows - 1, row + 1); ++r)
                for (int c = std::max(0, col - 1); c <= std::min(out.cols - 1, col + 1); ++c)
                    if (filled[std::size_t(r * out.cols + c)]) gap.beside.push_back(r * out.cols + c);
            if (gap.beside.size() >= enough) out.gaps.push_back(std::move(gap));
        }
}

/// A cloud as large as fits, seen from where one sees it first; as many cells as give a surface few gaps.
inline void lay_cloud(const InputPart& part, const Cloud& cloud, int max_side, ThumbnailCells& out) {
    const int side = std::clamp(int(std::lround(std::sqrt(0.6 * part.grid.count()))), std::min(8, max_side), max_side);
    out.rows = out.cols = side;
    constexpr double most = std::numeric_limits<double>::max();
    double low[2] = {most, most}, high[2] = {-most, -most};
    std::vector<std::array<double, 3>> places;
    for (int i = 0; i < part.grid.count(); ++i) {
        places.push_back(seen(cloud.xyz.data() + 3 * std::size_t(i)));
        for (std::size_t a = 0; a < 2; ++a) {
            low[a] = std::min(low[a], places.back()[a]);
            high[a] = std::max(high[a], places.back()[a]);
        }
    }
    const double reach = std::max({high[0] - low[0], high[1] - low[1], 1e-6});
    const auto index = [&](double v, std::size_t a) {
        return std::clamp(int(((v - (low[a] + high[a]) / 2) / reach + 0.5) * side), 0, side - 1);
    };
    for (int i = 0; i < part.grid.count(); ++i) {
        const auto& at = places[std::size_t(i)];
        out.cell[std::size_t(part.first + i)] = (side - 1 - index(at[1], 1)) * side + index(at[0], 0);
    }
    find_gaps(out);
}

}  // namespace thumbnail_detail

inline ThumbnailCells thumbnail_cells(const FileInfo& file, int max_side) {
    using namespace thumbnail_detail;
    ThumbnailCells out;
    int elements = 0;
    const InputPart* pictured = nullptr;
    for (const auto& part : file.parts) {
        elements += part.grid.count();
        const bool flat = part.kind == Kind::audio || part.label;
        if (!part.label && (!pictured || (pictured->kind == Kind::audio && !flat))) pictured = &part;
    }
    out.cell.assign(std::size_t(elements), -1);
    if (!pictured) return out;
    if (pictured->kind == Kind::points && file.cloud) lay_cloud(*pictured, *file.cloud, max_side, out);
    else lay_grid(*pictured, max_side, 0, out);
    for (const auto& part : file.parts)
        if (&part != pictured && part.kind == Kind::audio && !part.label) lay_strip(part, out.rows + 1, out);
    return out;
}

/// Gives the gaps of [rows, cols] values their colour.
inline void fill_gaps(const ThumbnailCells& cells, float* values) {
    for (const auto& gap : cells.gaps) {
        double sum = 0;
        for (const int c : gap.beside) sum += double(values[c]);
        values[gap.cell] = float(sum / double(gap.beside.size()));
    }
}

/// Values averaged over the elements of each cell; not a number where nothing lies.
inline Map thumbnail(const Map& map, const ThumbnailCells& cells) {
    Map out;
    out.rows = cells.rows;
    out.cols = cells.cols;
    out.scale = map.scale;
    const std::size_t size = std::size_t(cells.rows) * std::size_t(cells.cols);
    std::vector<double> sum(size, 0), count(size, 0);
    for (std::size_t i = 0; i < std::min(map.values.size(), cells.cell.size()); ++i)
        if (const int c = cells.cell[i]; c >= 0) sum[std::size_t(c)] += double(map.values[i]), ++count[std::size_t(c)];
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (std::size_t c = 0; c < size; ++c) {
        out.values.push_back(count[c] > 0 ? float(sum[c] / count[c]) : std::numeric_limits<float>::quiet_NaN());
        if (std::isfinite(out.values[c])) low = std::min(low, out.values[c]), high = std::max(high, out.values[c]);
    }
    if (low <= high) out.low = low, out.high = high;
    fill_gaps(cells, out.values.data());
    return out;
}

}  // namespace perceiver::api
