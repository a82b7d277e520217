// What the window says when something is pointed at: one way for every widget. A widget says what it is with its
// tooltip, or by place with HasTips; the words that stand on it are looked up in the glossary.
#pragma once

#include <QObject>
#include <QPoint>
#include <QString>

class QWidget;

namespace perceiver::ui {

struct Tip {
    QString says;   ///< what is there, or what it does: plain, or rich text
    QString shown;  ///< the words that stand there
};

/// A widget that is several things, each with words of its own.
class HasTips {
  public:
    virtual ~HasTips() = default;
    virtual Tip tipAt(const QPoint&) const = 0;  ///< in a scroll area: of the viewport
};

/// Rich text for pointing at that place; of what it lies in, where it says nothing itself.
QString tipAt(const QWidget*, QPoint);

/// Shows it, for all widgets of the program, as long as this lives.
class Tips final : public QObject {
    Q_OBJECT
  public:
    explicit Tips(QObject* parent);
    bool eventFilter(QObject*, QEvent*) override;
};

}  // namespace perceiver::ui
