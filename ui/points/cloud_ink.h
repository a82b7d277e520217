// The colours of a cloud's points: its own, or those of attention.
#pragma once

#include <QColor>
#include <cstdint>
#include <span>
#include <vector>

#include "ui/style/colormap.h"
#include "ui/style/colors.h"

namespace perceiver::ui {

/// A point among the others: plainly one of them, standing out, or standing back behind those that do.
enum class Standing : std::uint8_t { plain, out, back };

/// The cloud among the file's modalities; null: none.
const api::InputPart* cloudPart(const api::FileInfo&);
/// What a map holds of the cloud's points; empty when it is not of them, or not whole.
std::span<const float> cloudValues(const api::FileInfo&, const api::Map&);

struct CloudInk {
    std::vector<QRgb> points;
    std::vector<Standing> standing;   ///< empty: all plain
    QRgb others = 0, ground = 0;      ///< of the points the model did not get; what distance fades to
};

/// The file's own colours; without any, one grey.
CloudInk ownInk(const api::Cloud&, const Colors&);
/// Attention, values[i] of point i, through `table`.
CloudInk mapInk(std::span<const float> values, ColorRange, const api::ColorTable& table, const Colors&);
/// Attention over the file's own colours, which show through where little is read: 0 to 1.
CloudInk mixedInk(std::span<const float> values, ColorRange, const api::ColorTable& table, const api::Cloud&,
                  const Colors&, double opacity);
/// The twentieth of the points that is read most stands out, the others stand back.
std::vector<Standing> standingOf(std::span<const float> values);

}  // namespace perceiver::ui
