// What all views say and draw alike: the words of the hover card, what is being opened, room for the colour bar.
#pragma once

#include <QPainter>
#include <QImage>
#include <functional>
#include <optional>
#include <vector>

#include "ui/state/pin_marks.h"
#include "ui/state/state.h"

namespace perceiver::ui {

inline constexpr double kColorBarSpace = 116;  ///< the bar with its labels, and the room left of it

struct HoverWords {
    QString attention, readers;
};

/// Scale, lowest and highest of what the colours stand for: of both maps where two stand side by side. No values.
api::Map barOf(const State&);
/// The colours they are drawn in, on the picture or, for points, on the theme's ground.
api::ColorTable tableOf(const State&, bool onGround = false);

/// "cross-attend 2 · latent 7 · head 1"; briefly "cross-attend 2 · mean" for "... mean over 64 latents".
QString choiceWords(const State&, const MapChoice&, bool brief = false);
QString evidenceWords(const State&);
/// "A  cross-attend 2 · mean over 64 latents" in the corner of a pane of two; returns all of it, also where it
/// is cut.
QString paintSide(QPainter&, const QRectF& pane, const State&, bool other);

/// The maps whose attention is drawn over time: the mean, every pin, the latent hovered, evidence.
struct Line {
    MapPtr map;
    QColor color;
    QString words;
    int slot = -1;         ///< of its pin
    bool passing = false;  ///< of a latent that is only pointed at
};
std::vector<Line> shownLines(const State&);
/// What their colours mean, as rich text.
QString legendOf(const std::vector<Line>&);

/// Opaque where the elements of a grid are left out, else clear; null when none is.
QImage holesImage(const State&, int first, int rows, int cols);
/// A line around those cells of a grid that belong to a pin, and its shape on the most read one.
void paintPins(QPainter&, const std::vector<PinMark>&, int first, int rows, int cols,
               const std::function<QRectF(int row, int col)>& cell);
/// `value`: what the shown map says of the element pointed at; nothing while it is not computed.
HoverWords hoverWords(const State&, std::optional<float> value);

constexpr double kClick = 4;  ///< pixels; what moved less was a click

/// The stretch of time that plays round and round, from `left` to `right`, over what of it `area` shows.
void paintLoop(QPainter&, const QRectF& area, double left, double right);

/// Which file or model is on its way, in the middle.
void paintWaiting(QPainter&, const QRect&, const State&);

}  // namespace perceiver::ui
