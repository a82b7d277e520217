#include "ui/panels/command_palette.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/state/model_name.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kWidth = 560, kRows = 10, kRowHeight = 28, kMost = 60;

/// How well the letters stand in the words in their order: 0 not at all; whole words and starts of words count more.
int match(const QString& words, const QString& letters) {
    if (letters.isEmpty()) return 1;
    const qsizetype whole = words.indexOf(letters, 0, Qt::CaseInsensitive);
    if (whole == 0) return 1000;
    if (whole > 0) return words[whole - 1].isLetter() ? 300 : 600;
    int score = 1;
    qsizetype at = -1;
    for (const QChar letter : letters) {
        const qsizetype next = words.indexOf(letter, at + 1, Qt::CaseInsensitive);
        if (next < 0) return 0;
        score += next == at + 1 || next == 0 || !words[next - 1].isLetter() ? 8 : 1;
        at = next;
    }
    return score;
}

}  // namespace

CommandPalette::CommandPalette(State& state, const Actions& actions, QWidget* parent)
    : FloatCard(parent), state_(state), actions_(actions), line_(new QLineEdit(this)), list_(new QListWidget(this)) {
    setObjectName("commandPalette");
    line_->setObjectName("paletteLine");
    line_->setAccessibleName(tr("Command"));
    line_->setPlaceholderText(tr("What to do, a cross-attend, a class, a model"));
    line_->setFont(textFont(Text::title));
    line_->setMinimumHeight(36);
    list_->setObjectName("paletteList");
    list_->setAccessibleName(tr("Commands"));
    list_->setUniformItemSizes(true);
    list_->setFrameShape(QFrame::NoFrame);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setFocusPolicy(Qt::NoFocus);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(kReach + 12, kReach + 12, kReach + 12, kReach + 12);
    all->addWidget(line_);
    all->addWidget(list_);
    line_->installEventFilter(this);
    connect(line_, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(list_, &QListWidget::itemClicked, this, &CommandPalette::runCurrent);
    hide();
}

void CommandPalette::toggle() {
    if (isVisible()) return hide();
    collect();
    line_->clear();
    filter();
    resize(kWidth + 2 * kReach, 60 + kRows * kRowHeight + 2 * kReach);
    move((parentWidget()->width() - width()) / 2, 72);
    show();
    raise();
    line_->setFocus();
}

void CommandPalette::collect() {
    all_.clear();
    for (const Actions::Entry& entry : actions_.all()) {
        QAction* action = entry.action;
        if (!action->isEnabled() || action->objectName() == "palette") continue;
        all_.push_back({action->text(), action->statusTip(), action->shortcut().toString(QKeySequence::NativeText),
                        [action] { action->trigger(); }});
    }
    if (const auto model = state_.model())
        for (int k = 0; k < int(model->stages.size()); ++k)
            all_.push_back({tr("Cross-attend %1").arg(k + 1), tr("Show it everywhere"), {}, [this, k] {
                                state_.selectCrossAttend(k);
                            }});
    if (const ResultPtr r = state_.result())
        for (const api::Prediction& p : r->predictions)
            all_.push_back({tr("Why %1?").arg(QString::fromStdString(p.label)),
                            tr("What in the input spoke for it"),
                            {},
                            [this, index = p.index] { state_.explain(index); }});
    for (const api::ModelInfo& m : state_.models())
        all_.push_back({tr("Model %1").arg(modelName(m.id)), QString::fromStdString(m.title), {}, [this, id = m.id] {
                            state_.useModel(QString::fromStdString(id));
                        }});
}

void CommandPalette::filter() {
    const QString letters = line_->text().trimmed();
    std::vector<std::pair<int, int>> found;
    for (int i = 0; i < int(all_.size()); ++i) {
        const Command& c = all_[std::size_t(i)];
        const int score = std::max(match(c.name, letters), match(c.detail, letters) / 4);
        if (score > 0) found.emplace_back(-score, i);
    }
    std::stable_sort(found.begin(), found.end());
    list_->clear();
    for (const auto& [score, i] : found) {
        if (list_->count() >= kMost) break;
        const Command& c = all_[std::size_t(i)];
        auto* item =
            new QListWidgetItem(c.name + (c.keys.isEmpty() ? QString() : QStringLiteral("   ") + c.keys), list_);
        item->setData(Qt::UserRole, i);
        item->setToolTip(c.detail);
        item->setSizeHint({0, kRowHeight});
    }
    list_->setCurrentRow(0);
}

QStringList CommandPalette::offered() const {
    QStringList words;
    for (int i = 0; i < list_->count(); ++i)
        words << all_[std::size_t(list_->item(i)->data(Qt::UserRole).toInt())].name;
    return words;
}

void CommandPalette::runCurrent() {
    const QListWidgetItem* item = list_->currentItem();
    if (!item) return;
    const auto run = all_[std::size_t(item->data(Qt::UserRole).toInt())].run;
    hide();
    run();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched != line_) return FloatCard::eventFilter(watched, event);
    if (event->type() == QEvent::FocusOut)
        QTimer::singleShot(0, this, [this] {
            if (!line_->hasFocus()) hide();
        });
    if (event->type() != QEvent::KeyPress) return false;
    switch (static_cast<QKeyEvent*>(event)->key()) {
        case Qt::Key_Down: list_->setCurrentRow(std::min(list_->count() - 1, list_->currentRow() + 1)); return true;
        case Qt::Key_Up: list_->setCurrentRow(std::max(0, list_->currentRow() - 1)); return true;
        case Qt::Key_Return:
        case Qt::Key_Enter: runCurrent(); return true;
        case Qt::Key_Escape: hide(); return true;
        default: return false;
    }
}

}  // namespace perceiver::ui
