#include "ui/panels/key_sheet.h"

#include <QGridLayout>
#include <QLabel>

#include "ui/controls/labels.h"

namespace perceiver::ui {

KeySheet::KeySheet(const Actions& actions, QWidget* parent) : FloatCard(parent) {
    setObjectName("keySheet");
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(kReach + 24, kReach + 16, kReach + 24, kReach + 20);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(5);
    int row = 0, column = 0;
    const std::size_t half = (actions.all().size() + 4) / 2 + 1;
    QString group;
    std::size_t placed = 0;
    for (const Actions::Entry& entry : actions.all()) {
        if (entry.group != group) {
            if (column == 0 && placed >= half) {
                column = 3;
                row = 0;
            }
            group = entry.group;
            auto* heading = makeHeading(group, this);
            heading->setObjectName("keysOf" + group);
            heading->setContentsMargins(0, row == 0 ? 0 : 8, 0, 0);
            grid->addWidget(heading, row++, column, 1, 2);
        }
        QStringList keys;
        for (const QKeySequence& key : entry.action->shortcuts()) keys << key.toString(QKeySequence::NativeText);
        auto* left = makeLabel(keys.mid(0, 2).join("  "), this, Text::body, false, true);
        left->setObjectName("key_" + entry.action->objectName());
        auto* right = makeLabel(entry.action->statusTip(), this, Text::body, true);
        right->setObjectName("what_" + entry.action->objectName());
        grid->addWidget(left, row, column);
        grid->addWidget(right, row++, column + 1);
        ++placed;
    }
    if (column == 3) grid->setColumnMinimumWidth(2, 24);
    grid->setRowStretch(100, 1);
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
