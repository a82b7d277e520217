#include "ui/panels/small_map.h"

#include "engine/api/thumbnail.h"
#include "ui/points/cloud_painter.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kSide = 48;
constexpr QSize kCloud(200, 200);

}  // namespace

QImage smallMap(const Result& r, const api::Map& map, ColorMap table) {
    if (int(map.values.size()) != r.elements()) return {};
    if (r.file->cloud) return mapPicture(*r.file, map, colorsOnGround(table, theme()), colors(), kCloud);
    if (r.file->kind == api::Kind::image) return paintMap(map, table);
    return paintMap(api::thumbnail(map, api::thumbnail_cells(*r.file, kSide)), table);
}

}  // namespace perceiver::ui
