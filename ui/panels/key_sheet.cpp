#include "ui/panels/key_sheet.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QStyle>
#include <QVBoxLayout>
#include <algorithm>
#include <vector>

#include "ui/controls/labels.h"

namespace perceiver::ui {

namespace {

constexpr int kLeastWords = 160, kSlack = 4;  // what is painted may be a little wider than was measured
constexpr int kFewColumns = 2, kManyColumns = 3, kWide = 1200;

QString keysOf(const QAction* action) {
    QStringList keys;
    for (const QKeySequence& key : action->shortcuts()) keys << key.toString(QKeySequence::NativeText);
    return keys.mid(0, 2)
        .join("  ")
        .replace("Left", QString::fromUtf8("←"))
        .replace("Right", QString::fromUtf8("→"))
        .replace("+Up", QString::fromUtf8("+↑"))
        .replace("+Down", QString::fromUtf8("+↓"));
}

}  // namespace

KeySheet::KeySheet(const Actions& actions, QWidget* parent) : FloatCard(parent), actions_(actions) {
    setObjectName("keySheet");
    auto* scroll = new QScrollArea(this);  // a low window has no room for all of it at once
    scroll->setObjectName("keySheetScroll");
    scroll->viewport()->setObjectName("keySheetViewport");
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(kReach + 1, kReach + 8, kReach + 1, kReach + 8);
    whole->addWidget(scroll);
    scroll_ = scroll;
    build(kFewColumns);
    scroll->viewport()->setAutoFillBackground(false);
}

void KeySheet::build(int columns) {
    columns_ = columns;
    what_.clear();
    inside_ = new QWidget;
    inside_->setObjectName("keySheetInside");
    auto* beside = new QHBoxLayout(inside_);
    beside->setContentsMargins(24, 8, 24, 12);
    beside->setSpacing(32);
    std::vector<QGridLayout*> grids(std::size_t(columns), nullptr);
    std::vector<int> rows(std::size_t(columns), 0);
    for (QGridLayout*& grid : grids) {
        grid = new QGridLayout;
        grid->setHorizontalSpacing(12);
        grid->setVerticalSpacing(2);
        beside->addLayout(grid);
    }
    QString group;
    std::size_t column = 0;
    for (const Actions::Entry& entry : actions_.all()) {
        if (entry.group != group) {  // a group goes where less is
            group = entry.group;
            column = std::size_t(std::ranges::min_element(rows) - rows.begin());
            auto* heading = makeHeading(group, inside_);
            heading->setObjectName("keysOf" + group);
            heading->setContentsMargins(0, rows[column] == 0 ? 0 : 8, 0, 0);
            grids[column]->addWidget(heading, rows[column]++, 0, 1, 2);
        }
        auto* left = makeLabel(keysOf(entry.action), inside_, Text::body, false, true);
        left->setObjectName("key_" + entry.action->objectName());
        auto* right = makeLabel(entry.action->statusTip(), inside_, Text::body, true);
        right->setObjectName("what_" + entry.action->objectName());
        right->setWordWrap(true);
        grids[column]->addWidget(left, rows[column], 0, Qt::AlignTop);
        grids[column]->addWidget(right, rows[column]++, 1);
        what_ << right;
    }
    for (std::size_t i = 0; i < grids.size(); ++i) grids[i]->setRowStretch(rows[i], 1);
    inside_->adjustSize();
    scroll_->setWidget(inside_);  // the one before goes
    inside_->setAutoFillBackground(false);
}

/// All words get one width: what the window has room for, and no more than the longest needs. Those that are longer
/// take further lines.
void KeySheet::fit(int room) {
    int most = kLeastWords;
    for (QLabel* label : what_) {
        label->ensurePolished();  // its font is known from then on
        label->setFixedWidth(kLeastWords);
        most = std::max(most, label->fontMetrics().horizontalAdvance(label->text()) + kSlack);
    }
    inside_->layout()->invalidate();
    inside_->layout()->activate();  // the columns inside it too
    const int others = inside_->layout()->totalSizeHint().width() - columns_ * kLeastWords;
    most = std::clamp((room - others) / columns_, kLeastWords, most);
    for (QLabel* label : what_) label->setFixedSize(most, label->heightForWidth(most - kSlack));
    inside_->layout()->invalidate();
    inside_->layout()->activate();
    inside_->adjustSize();
}

void KeySheet::toggle() {
    if (isVisible()) return hide();
    const int columns = parentWidget()->width() < kWide ? kFewColumns : kManyColumns;
    if (columns != columns_) build(columns);
    const int bar = style()->pixelMetric(QStyle::PM_ScrollBarExtent);
    fit(parentWidget()->width() - bar - 2 * kReach - 2);
    resize(std::min(inside_->width() + bar + 2 * kReach + 2, parentWidget()->width()),
           std::min(inside_->height() + 2 * kReach + 16, parentWidget()->height()));
    move((parentWidget()->width() - width()) / 2, (parentWidget()->height() - height()) / 2);
    show();
    raise();
}

QString KeySheet::text() const {
    QStringList words;
    for (const QLabel* label : findChildren<QLabel*>()) words << label->text();
    return words.join('\n');
}

}  // namespace perceiver::ui
