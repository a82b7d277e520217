// One run of the permutation lab as a card: what the model received, how probable the original answer is now, and
// what it says. A new shuffle flies: every element from where it was to where it is.
#pragma once

#include <QImage>
#include <QTimer>
#include <QVariantAnimation>
#include <QWidget>
#include <functional>
#include <vector>

class QToolButton;

namespace perceiver::ui {

class ArmCard final : public QWidget {
    Q_OBJECT
  public:
    ArmCard(const QString& objectName, const QString& title, QWidget* parent);

    void clear(const QString& why, bool bare = false);  ///< bare: no picture is to come
    /// A button to hear what the model receives; without `hear`, none.
    void letHear(const std::function<void()>& hear);
    /// Several pictures, a film's, are shown one after another; only the first where nothing is to move.
    void show(const std::vector<QImage>& input, double probability, const QColor& color, const QStringList& lines);
    /// The picture shown next comes of `before`, whose rows x cols cells change places: cell i gets what was at
    /// from[i].
    void fly(const QImage& before, const std::vector<int>& from, int rows, int cols, bool upwards);
    bool flying() const { return flight_.state() == QAbstractAnimation::Running; }
    int frame() const { return frame_; }
    QString text() const;

    QSize minimumSizeHint() const override { return {150, 116}; }

  protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;

  private:
    bool narrow() const;
    bool titleAbove() const;
    double roomBelow() const;
    QRectF pictureRect() const;
    QRectF fitted(const QImage&) const;
    void paintFlight(QPainter&);

    QToolButton* hear_;
    std::function<void()> hearIt_;
    QString title_, number_;
    std::vector<QImage> input_;
    QTimer advance_;
    QVariantAnimation flight_;
    QImage before_;
    std::vector<int> from_;
    int rows_ = 0, cols_ = 0;
    bool upwards_ = false;
    int frame_ = 0;
    QColor color_;
    QStringList lines_;
    bool bare_ = false;
};

}  // namespace perceiver::ui
