// The view and the panels around it: they dock at the sides, float, resize, hide, and remember where they were.
#pragma once

#include <QMainWindow>
#include <vector>

class QDockWidget;

namespace perceiver::ui {

/// Moves a panel: drag it, double click floats it, a right click says what else there is.
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
    bool upright_, plain_;
};

class PanelDeck final : public QMainWindow {
    Q_OBJECT
  public:
    explicit PanelDeck(QWidget* parent);

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

  signals:
    void changed();  ///< another panel is hidden or shown

  private:
    struct Place {
        Qt::DockWidgetArea area;
        int width;
    };
    std::vector<QDockWidget*> docks_;
    std::vector<Place> places_;
};

}  // namespace perceiver::ui
