// The view and the panels around it: they dock at the sides, float, resize, hide, and remember where they were.
#pragma once

#include <QMainWindow>
#include <optional>
#include <vector>

class QDockWidget;

namespace perceiver::ui {

/// Moves a panel: drag it, double click floats it, a right click says what else there is. Lit while its panel has the
/// focus, for keys move that one.
class PanelGrip final : public QWidget {
    Q_OBJECT
  public:
    static constexpr int kThick = 10;
    /// `upright`: at the panel's left, not above it; `plain`: on the window's own ground.
    PanelGrip(QDockWidget* of, bool upright, bool plain);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

  protected:
    void paintEvent(QPaintEvent*) override;
    void enterEvent(QEnterEvent*) override { update(); }
    void leaveEvent(QEvent*) override { update(); }

  private:
    bool lit() const;
    bool upright_, plain_;
};

class PanelDeck final : public QMainWindow {
    Q_OBJECT
  public:
    explicit PanelDeck(QWidget* parent);
    ~PanelDeck() override;

    /// `width`: of one at the left or right, as it is laid out at first.
    QDockWidget* add(QWidget* panel, const QString& name, const QString& title, Qt::DockWidgetArea, int width = 0);
    /// The others of its side take what room comes and goes; it is only resized by hand.
    void keepHeight(QDockWidget*);
    const std::vector<QDockWidget*>& docks() const { return docks_; }
    QDockWidget* dockOf(const QWidget* panel) const;
    void layOut();                      ///< as it was at first: all in their places, none hidden
    void share();                       ///< every panel as high as it asks to be, the last of a side takes the rest
    bool restore(const QByteArray&);    ///< false, and nothing changed: not what remember() gave
    QByteArray remember() const;

    // What keys do. They mean the panel that has the focus, else the one used last, else the first in sight.
    enum class Toward { left, right, up, down };
    QDockWidget* current() const;       ///< null when all are hidden
    /// To the side, the top or the bottom, or past its neighbour in a stack; one that floats is docked there.
    bool canMove(Toward toward) const { return goal(toward).has_value(); }
    void move(Toward);
    void toggleFloating();
    void resizeBy(int pixels);          ///< one at a side in width, one above or below the view in height
    void hideCurrent();
    /// The focus to the next panel as one reads them, the view among them and what floats last; `by`: +1 or -1.
    void stepFocus(int by);

  signals:
    void changed();  ///< a panel is hidden, shown, floats, is docked, or another is the current one

  protected:
    bool eventFilter(QObject*, QEvent*) override;

  private:
    /// A side, and its panels from top to bottom.
    struct Stack {
        Qt::DockWidgetArea area;
        QList<QDockWidget*> panels;
    };
    QDockWidget* around(const QWidget*) const;  ///< the panel that it is in
    void use(QDockWidget*);
    Stack stackAt(Qt::DockWidgetArea) const;
    std::optional<Stack> goal(Toward) const;    ///< where the current one would go to
    void enter(QWidget*);
    void shareSides();
    struct Place {
        Qt::DockWidgetArea area;
        int width;
    };
    std::vector<QDockWidget*> docks_;
    std::vector<Place> places_;
    QDockWidget* used_ = nullptr;
};

}  // namespace perceiver::ui
