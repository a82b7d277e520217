// The first experiment a lecturer shows: shuffle the input array and ask again, once with the positions
// travelling along and once with them left behind.
#pragma once

#include <QTimer>
#include <QWidget>
#include <functional>
#include <vector>

#include "ui/state/state.h"

class QSlider;
class QSpinBox;
class QToolButton;

namespace perceiver::ui {

/// One run as a card: what the model received, how probable the original answer is now, and what it says.
class ArmCard final : public QWidget {
    Q_OBJECT
  public:
    ArmCard(const QString& objectName, const QString& title, QWidget* parent);

    void clear(const QString& why, bool bare = false);  ///< bare: no picture is to come
    /// A button to hear what the model receives; without `hear`, none.
    void letHear(const std::function<void()>& hear);
    /// Several pictures, a film's, are shown one after another; only the first where nothing is to move.
    void show(const std::vector<QImage>& input, double probability, const QColor& color, const QStringList& lines);
    int frame() const { return frame_; }
    QString text() const;

    QSize minimumSizeHint() const override { return {220, 132}; }

  protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;

  private:
    QRectF pictureRect() const;

    QToolButton* hear_;
    std::function<void()> hearIt_;
    QString title_, number_;
    std::vector<QImage> input_;
    QTimer advance_;
    int frame_ = 0;
    QColor color_;
    QStringList lines_;
    bool bare_ = false;
};

class PermutationLab final : public QWidget {
    Q_OBJECT
  public:
    static constexpr int kTabHeight = 36, kBodyHeight = 172, kLowBodyHeight = 140;
    explicit PermutationLab(State&, QWidget* parent = nullptr);

    bool isOpen() const { return open_; }
    void setOpen(bool);
    void setLow(bool);  ///< for a window with little height
    void newSeed();
    QString armText(api::Arm) const;

  signals:
    void openChanged(bool open);

  protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void resizeEvent(QResizeEvent*) override;

  private:
    void refresh();
    void fill(ArmCard*, const std::optional<api::PermutationResult>&);
    std::vector<QImage> shuffled(const api::PermutationResult&) const;

    State& state_;
    bool open_ = true, low_ = false;
    std::vector<QImage> inOrder_;  ///< the input as the model receives it
    QToolButton* fold_;
    QWidget* body_;
    QSlider* slider_;
    QSpinBox* seed_;
    ArmCard *plain_, *travel_, *stay_;
};

}  // namespace perceiver::ui
