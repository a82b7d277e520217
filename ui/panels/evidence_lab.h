// Why this answer: three maps of what in the input spoke for a class, each with what it misses, and whether the answer
// falls when what they rank first is really left out.
#pragma once

#include <QAbstractButton>
#include <QImage>

#include "ui/state/state.h"

class QLabel;
class QSlider;
class QToolButton;

namespace perceiver::ui {

/// One kind of evidence: its map, its name, its caveat. Checked while the views show it.
class EvidenceCard final : public QAbstractButton {
    Q_OBJECT
  public:
    EvidenceCard(api::Evidence kind, const QString& title, QWidget* parent);
    void setMap(const QImage&, bool smooth);   ///< null: not there yet
    void setRanking(bool);                     ///< the curves and the slider go by this one
    QSize sizeHint() const override { return {200, 120}; }

  protected:
    void paintEvent(QPaintEvent*) override;

  private:
    QString title_, caveat_;
    QImage map_;
    bool smooth_ = false, ranking_ = false;
};

/// The class's probability against the part left out or given back, the map's order and a random one.
class CurveCard final : public QWidget {
    Q_OBJECT
  public:
    explicit CurveCard(State&, QWidget* parent);
    QString words() const;   ///< what it says in one sentence
    QRectF plot() const;     ///< where the curves lie

  signals:
    void asked();            ///< to measure, where that takes long

  protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;

  private:
    void refresh();
    void paintCurves(QPainter&, const api::EvidenceCurves&);

    State& state_;
    QToolButton* measure_;
};

class EvidenceLab final : public QWidget {
    Q_OBJECT
  public:
    explicit EvidenceLab(State&, QWidget* parent = nullptr);
    QString answerWords() const;   ///< what the model says without the elements left out

  protected:
    void showEvent(QShowEvent*) override;
    void hideEvent(QHideEvent*) override;

  private:
    void refresh();

    State& state_;
    QLabel *class_, *part_, *without_;
    QSlider* slider_;
    QToolButton *leaveOut_, *keep_;
    EvidenceCard* cards_[3];
    CurveCard* curves_;
};

}  // namespace perceiver::ui
