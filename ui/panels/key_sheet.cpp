#include "ui/panels/key_sheet.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <algorithm>

#include "ui/controls/labels.h"

namespace perceiver::ui {

namespace {

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

KeySheet::KeySheet(const Actions& actions, QWidget* parent) : FloatCard(parent) {
    setObjectName("keySheet");
    auto* columns = new QHBoxLayout(this);
    columns->setContentsMargins(kReach + 24, kReach + 16, kReach + 24, kReach + 20);
    columns->setSpacing(32);
    constexpr int kColumns = 2;
    QGridLayout* grids[kColumns];
    int rows[kColumns] = {};
    for (QGridLayout*& grid : grids) {
        grid = new QGridLayout;
        grid->setHorizontalSpacing(12);
        grid->setVerticalSpacing(3);
        columns->addLayout(grid);
    }
    QString group;
    int column = 0;
    for (const Actions::Entry& entry : actions.all()) {
        if (entry.group != group) {  // a group goes where less is
            group = entry.group;
            column = int(std::min_element(rows, rows + kColumns) - rows);
            auto* heading = makeHeading(group, this);
            heading->setObjectName("keysOf" + group);
            heading->setContentsMargins(0, rows[column] == 0 ? 0 : 8, 0, 0);
            grids[column]->addWidget(heading, rows[column]++, 0, 1, 2);
        }
        auto* left = makeLabel(keysOf(entry.action), this, Text::body, false, true);
        left->setObjectName("key_" + entry.action->objectName());
        auto* right = makeLabel(entry.action->statusTip(), this, Text::body, true);
        right->setObjectName("what_" + entry.action->objectName());
        grids[column]->addWidget(left, rows[column], 0);
        grids[column]->addWidget(right, rows[column]++, 1);
    }
    for (int i = 0; i < kColumns; ++i) grids[i]->setRowStretch(rows[i], 1);
}

void KeySheet::toggle() {
    if (isVisible()) return hide();
    resize(sizeHint());
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
