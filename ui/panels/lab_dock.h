// The labs under the view: one tab each, folded away by a click on the tab that is open.
#pragma once

#include <QWidget>
#include <vector>

#include "ui/controls/tips.h"

class QStackedWidget;
class QToolButton;

namespace perceiver::ui {

class LabDock final : public QWidget, public HasTips {
    Q_OBJECT
  public:
    static constexpr int kTabHeight = 36, kBodyHeight = 176, kLowBodyHeight = 144;
    explicit LabDock(QWidget* parent = nullptr);

    /// `words`: what the lab is about, in one line beside the tabs. The page learns from show and hide events whether
    /// it is in sight.
    void add(QWidget* page, const QString& name, const QString& words);
    bool isOpen() const { return open_; }
    void setOpen(bool);
    int current() const;
    void setCurrent(int);
    /// A page by its object name, which outlives another order of the tabs; -1: none has that name.
    QString currentName() const;
    int pageNamed(const QString&) const;
    /// Opens that page, or folds the dock where it is open on it already.
    void toggle(int page);
    void setLow(bool);  ///< for a window with little height
    /// As high as it was before it was folded.
    QSize sizeHint() const override;
    void refreshIcons();
    Tip tipAt(const QPoint&) const override;  ///< what the open lab is about, where that is cut

  signals:
    void changed();  ///< open, or another page

  protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void resizeEvent(QResizeEvent*) override;

  private:
    struct Tab {
        QToolButton* button;
        QString words;
    };
    void layOut();

    bool open_ = true, low_ = false;
    int unfolded_ = 0;  ///< height before it was folded; 0: the usual one
    std::vector<Tab> tabs_;
    QToolButton* fold_;
    QStackedWidget* pages_;
};

}  // namespace perceiver::ui
