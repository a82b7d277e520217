#include "ui/views/loop_drag.h"

#include <QMouseEvent>
#include <algorithm>
#include <cmath>

#include "ui/state/player.h"
#include "ui/views/view_paint.h"

namespace perceiver::ui {

LoopDrag::LoopDrag(Player& player, QObject* parent) : QObject(parent), player_(player) {}

bool LoopDrag::begin(QWidget& on, const QMouseEvent& event, const SecondsAt& secondsAt) {
    if (event.button() != Qt::LeftButton || !event.modifiers().testFlag(Qt::ShiftModifier)) return false;
    on_ = &on;
    before_ = on.cursor();
    on.setCursor(Qt::SizeHorCursor);
    pressed_ = event.position().x();
    anchor_ = secondsAt(pressed_);
    return true;
}

void LoopDrag::move(const QMouseEvent& event, const SecondsAt& secondsAt) {
    if (!on_) return;
    drawn_ = std::minmax({anchor_, secondsAt(event.position().x())});
    emit changed();
}

void LoopDrag::end(const QMouseEvent& event) {
    if (!on_) return;
    const auto chosen = drawn_;
    abandon();
    player_.setLoop(std::abs(event.position().x() - pressed_) < kClick ? std::nullopt : chosen);
}

void LoopDrag::abandon() {
    if (on_) on_->setCursor(before_);
    on_ = nullptr;
    if (std::exchange(drawn_, std::nullopt)) emit changed();
}

std::optional<std::pair<double, double>> LoopDrag::loop() const { return drawn_ ? drawn_ : player_.loop(); }

}  // namespace perceiver::ui
