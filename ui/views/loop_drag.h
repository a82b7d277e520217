// Choosing a loop by dragging with Shift held: one gesture for a sound's times, a film's strip and the line of the
// whole film.
#pragma once

#include <QCursor>
#include <QObject>
#include <QPointer>
#include <QWidget>
#include <functional>
#include <optional>
#include <utility>

class QMouseEvent;

namespace perceiver::ui {

class Player;

class LoopDrag final : public QObject {
    Q_OBJECT
  public:
    using SecondsAt = std::function<double(double x)>;      ///< of a place in the widget, kept to what it shows

    explicit LoopDrag(Player&, QObject* parent = nullptr);

    /// True: Shift is held, and what follows chooses a loop. The widget's cursor says so until it ends.
    bool begin(QWidget& on, const QMouseEvent&, const SecondsAt&);
    bool active() const { return on_; }
    void move(const QMouseEvent&, const SecondsAt&);
    void end(const QMouseEvent&);  ///< the player takes it; hardly moved, that is a click, ends its loop
    void abandon();                                         ///< another file is shown

    std::optional<std::pair<double, double>> loop() const;  ///< seconds: as far as it is drawn, else the player's

  signals:
    void changed();                                         ///< what loop() says while it is drawn

  private:
    Player& player_;
    QPointer<QWidget> on_;                                  ///< null: nothing is dragged
    QCursor before_;
    double pressed_ = 0, anchor_ = 0;                       ///< pixels; seconds
    std::optional<std::pair<double, double>> drawn_;
};

}  // namespace perceiver::ui
