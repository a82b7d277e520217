// What the model answers: the most probable classes as bars, all others behind a search.
#pragma once

#include <QWidget>
#include <algorithm>

#include "ui/controls/tips.h"
#include "ui/state/state.h"

class QLineEdit;

namespace perceiver::ui {

/// The rows themselves; scrolls by wheel when there are more than fit.
class AnswerList final : public QWidget, public HasTips {
    Q_OBJECT
  public:
    static constexpr int kRows = 5, kLowRows = 3, kRowHeight = 24;
    explicit AnswerList(QWidget* parent);

    void show(const std::vector<api::Prediction>&, const QString& search, bool dimmed);
    /// The class explained gets a line in the answer's colour; -1: none is.
    void setTarget(int index);
    void say(const QString& instead);  ///< a sentence where there are no classes to show
    QString sentence() const { return instead_; }
    QStringList lines() const;  ///< "church 0.8 %", as shown
    /// In a low window three rows stand for five, and the latents keep theirs. A person may give it more.
    void setLow(bool low) {
        setMinimumHeight(kLowRows * kRowHeight);
        wanted_ = low ? kLowRows : kRows;
        updateGeometry();
    }
    int rowsShown() const { return std::max(1, height() / kRowHeight); }

    QSize sizeHint() const override { return {240, wanted_ * kRowHeight}; }

    QRect rowRect(int row) const { return {0, row * kRowHeight, width(), kRowHeight}; }
    Tip tipAt(const QPoint&) const override;  ///< a class's whole name

  signals:
    void chosen(int index);  ///< a class

  protected:
    void paintEvent(QPaintEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void leaveEvent(QEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void focusOutEvent(QFocusEvent*) override;
    bool event(QEvent*) override;

  private:
    void walkTo(int row);

    std::vector<api::Prediction> rows_;
    std::string best_;
    QString instead_;
    int first_ = 0, walked_ = -1, target_ = -1;  ///< rows; a class
    int wanted_ = kRows;
    bool dimmed_ = false, searching_ = false;
};

class AnswerPanel final : public QWidget {
    Q_OBJECT
  public:
    explicit AnswerPanel(State&, QWidget* parent = nullptr);
    AnswerList* list() const { return list_; }

  private:
    void refresh();
    void refreshTarget();

    State& state_;
    QLineEdit* search_;
    AnswerList* list_;
};

}  // namespace perceiver::ui
