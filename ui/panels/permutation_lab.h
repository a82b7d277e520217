// The first experiment a lecturer shows: shuffle the input array and ask again, once with the positions
// travelling along and once with them left behind.
#pragma once

#include <QWidget>
#include <functional>

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

    void clear(const QString& why);
    /// A button to hear what the model receives; without `hear`, none.
    void letHear(const std::function<void()>& hear);
    void show(const QImage& input, double probability, const QColor& color, const QStringList& lines);
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
    QImage input_;
    QColor color_;
    QStringList lines_;
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

    State& state_;
    bool open_ = true, low_ = false;
    QToolButton* fold_;
    QWidget* body_;
    QSlider* slider_;
    QSpinBox* seed_;
    ArmCard *plain_, *travel_, *stay_;
};

}  // namespace perceiver::ui
