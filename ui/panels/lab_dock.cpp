#include "ui/panels/lab_dock.h"

#include <QMouseEvent>
#include <QPainter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <utility>

#include "ui/style/theme.h"

namespace perceiver::ui {

LabDock::LabDock(QWidget* parent) : QWidget(parent), fold_(new QToolButton(this)), pages_(new QStackedWidget(this)) {
    setObjectName("labDock");
    fold_->setObjectName("labFold");
    fold_->setProperty("quiet", true);
    fold_->setIconSize({16, 16});
    pages_->setObjectName("labPages");
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, kTabHeight, 0, 0);
    all->addWidget(pages_);
    connect(fold_, &QToolButton::clicked, this, [this] { setOpen(!open_); });
    setOpen(true);
}

void LabDock::add(QWidget* page, const QString& name, const QString& words) {
    const int index = pages_->addWidget(page);
    auto* button = new QToolButton(this);
    button->setObjectName("labTab" + QString::number(index));
    button->setText(name);
    button->setToolTip(words);
    button->setProperty("tab", true);
    button->setCheckable(true);
    button->setFont(textFont(Text::body));
    button->setFocusPolicy(Qt::TabFocus);
    tabs_.push_back({button, words});
    connect(button, &QToolButton::clicked, this, [this, index] { toggle(index); });
    layOut();
}

int LabDock::current() const { return pages_->currentIndex(); }

QString LabDock::currentName() const {
    return pages_->currentWidget() ? pages_->currentWidget()->objectName() : QString();
}

int LabDock::pageNamed(const QString& name) const {
    for (int i = 0; i < pages_->count(); ++i)
        if (pages_->widget(i)->objectName() == name) return i;
    return -1;
}

void LabDock::setCurrent(int page) {
    if (page < 0 || page >= pages_->count() || page == current()) return;
    pages_->setCurrentIndex(page);
    layOut();
    emit changed();
}

void LabDock::toggle(int page) {
    const bool fold = open_ && current() == page;
    setCurrent(page);
    setOpen(!fold);
}

void LabDock::setOpen(bool open) {
    if (open_ && !open && isVisible()) unfolded_ = height();
    open_ = open;
    pages_->setVisible(open);
    layOut();
    refreshIcons();
    emit changed();
}

void LabDock::setLow(bool low) {
    if (std::exchange(low_, low) == low) return;
    unfolded_ = 0;
    layOut();
}

QSize LabDock::sizeHint() const {
    const int usual = kTabHeight + (low_ ? kLowBodyHeight : kBodyHeight);
    return {QWidget::sizeHint().width(), !open_ ? kTabHeight : unfolded_ > 0 ? unfolded_ : usual};
}

void LabDock::refreshIcons() {
    fold_->setIcon(icon(open_ ? "down" : "up", colors().muted));
    fold_->setToolTip(open_ ? tr("Fold the labs") : tr("Unfold the labs"));
    fold_->setAccessibleName(fold_->toolTip());
}

void LabDock::layOut() {
    // Open, it takes what height it is given; folded, its tabs'.
    const int body = low_ ? kLowBodyHeight : kBodyHeight;
    setMinimumHeight(kTabHeight + (open_ ? body : 0));
    setMaximumHeight(open_ ? QWIDGETSIZE_MAX : kTabHeight);
    int x = 12;
    for (std::size_t i = 0; i < tabs_.size(); ++i) {
        QToolButton* button = tabs_[i].button;
        button->setChecked(open_ && int(i) == current());
        const int wide = button->fontMetrics().horizontalAdvance(button->text()) + 24;
        button->setGeometry(x, 4, wide, kTabHeight - 7);
        x += wide + 4;
    }
    setAccessibleDescription(tabs_.empty() ? QString() : tabs_[std::size_t(current())].words);
    update();
}

Tip LabDock::tipAt(const QPoint& point) const {
    const QString words = accessibleDescription();  // of the open lab
    return {point.y() < kTabHeight ? words : QString(), words};
}

void LabDock::mousePressEvent(QMouseEvent* event) {
    if (event->pos().y() < kTabHeight) setOpen(!open_);
}

void LabDock::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    p.fillRect(rect(), c.panel);
    p.fillRect(QRect(0, 0, width(), 1), c.line);
    if (tabs_.empty()) return;
    const Tab& shown = tabs_[std::size_t(current())];
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    const QRect room(tabs_.back().button->geometry().right() + 16, 0,
                     width() - tabs_.back().button->geometry().right() - 64, kTabHeight);
    p.drawText(room, Qt::AlignVCenter, p.fontMetrics().elidedText(shown.words, Qt::ElideRight, room.width()));
    if (!open_) return;
    p.fillRect(QRect(0, kTabHeight - 1, width(), 1), c.line);
    p.fillRect(QRect(shown.button->x(), kTabHeight - 2, shown.button->width(), 2), c.cross);
}

void LabDock::resizeEvent(QResizeEvent*) { fold_->setGeometry(width() - 40, 4, 28, 28); }

}  // namespace perceiver::ui
