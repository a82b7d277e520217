#include "ui/panels/model_card.h"

#include <QAction>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/api/default_model.h"
#include "ui/controls/labels.h"
#include "ui/panels/recent_files.h"
#include "ui/state/model_name.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kWidth = 472, kPadding = 16, kBarSpace = 2, kNameWidth = 92, kColumnGap = 12;

/// Layouts guess the height of wrapped text; here the width is known, so the height is too.
void wrap(QLabel* label, int width) {
    label->setWordWrap(true);
    label->setFixedSize(width, label->heightForWidth(width));
}

QString textOf(const std::string& s) { return QString::fromStdString(s); }

bool runsOver(const api::ModelInfo& m, const api::FileInfo& file) {
    if (m.reads == "audio" && file.film && !file.film->has_sound) return false;
    return std::find(m.runs_over.begin(), m.runs_over.end(), file.kind) != m.runs_over.end();
}

/// What a model that reads `reads` does with the shown file; nothing where it is simply made for it.
QString groupWords(const std::string& reads, const api::FileInfo* file) {
    if (!file) {
        if (reads == "image") return ModelCard::tr("Pictures");
        if (reads == "audio") return ModelCard::tr("Sounds");
        if (reads == "video") return ModelCard::tr("Films");
        return reads == "points" ? ModelCard::tr("Points") : ModelCard::tr("Several senses");
    }
    if (file->kind != api::Kind::video) return {};
    if (reads == "image") return ModelCard::tr("Its frames, one by one");
    if (reads == "audio") return ModelCard::tr("Its sound");
    return reads == "video" ? ModelCard::tr("The film") : ModelCard::tr("The film, seen and heard");
}

/// Which of its parts use the same weights, as the paper's do (section 3.1).
QString sharingWords(const api::ModelInfo& m) {
    int crosses = 0, blocks = 0, ownCrosses = 0, ownBlocks = 0;
    for (const api::StageInfo& stage : m.stages) {
        ++crosses;
        ownCrosses += stage.cross.shared_with < 0;
        for (const api::BlockInfo& block : stage.blocks) {
            ++blocks;
            ownBlocks += block.shared_with < 0;
        }
    }
    if (crosses == ownCrosses && blocks == ownBlocks) return ModelCard::tr("none: every part has its own weights");
    QStringList words;
    if (crosses != ownCrosses)
        words << ModelCard::tr("%1 cross-attends from %2 of weights")
                     .arg(count(crosses),
                          ownCrosses == 1 ? ModelCard::tr("1 set") : ModelCard::tr("%1 sets").arg(ownCrosses));
    if (blocks != ownBlocks)
        words << ModelCard::tr("%1 latent transformers from %2")
                     .arg(count(blocks),
                          ownBlocks == 1 ? ModelCard::tr("1 set") : ModelCard::tr("%1 sets").arg(ownBlocks));
    return words.join(QStringLiteral(", "));
}

QString examples(const std::string& reads) {
    if (reads == "image") return ModelCard::tr("pictures");
    if (reads == "audio") return ModelCard::tr("sounds");
    return reads == "points" ? ModelCard::tr("clouds") : ModelCard::tr("clips");
}

}  // namespace

ModelCard::ModelCard(State& state, const QList<QAction*>& actions, QWidget* parent)
    : FloatCard(parent), state_(state), actions_(actions), scroll_(new QScrollArea(this)) {
    setObjectName("modelCard");
    scroll_->setObjectName("modelCardScroll");
    scroll_->viewport()->setObjectName("modelCardViewport");
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll_->setFocusPolicy(Qt::NoFocus);
    scroll_->viewport()->setAutoFillBackground(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kReach + kPadding, kReach + kPadding, kReach + kBarSpace, kReach + kPadding);
    layout->addWidget(scroll_);
    connect(&state_, &State::opened, this, [this] {
        if (isVisible()) rebuild();
    });
}

void ModelCard::toggleAt(const QPoint& anchor) {
    if (isVisible() || !state_.model()) return hide();
    rebuild();
    // As high as it needs, or as the window has room for; the rest is scrolled to.
    const int width = kWidth + 2 * kReach, needed = inside_->height() + 2 * (kReach + kPadding);
    const int height = std::min(needed, parentWidget()->height() - anchor.y() + 2 * kReach - 16);
    const int x = std::clamp(anchor.x() - width / 2, -kReach + 8,
                             std::max(-kReach + 8, parentWidget()->width() - width + kReach - 8));
    setGeometry(x, anchor.y() - kReach + 4, width, height);
    show();
    raise();
}

void ModelCard::rebuild() {
    delete scroll_->takeWidget();
    inside_ = new QWidget;
    inside_->setObjectName("modelCardInside");
    auto* all = new QVBoxLayout(inside_);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(8);
    addPicker(all);
    if (const auto model = state_.model()) {
        if (const std::string why = api::why_chosen(state_.models(), *model); state_.modelChosen() && !why.empty()) {
            auto* chosen = makeLabel(textOf(why), inside_, Text::caption, true);
            chosen->setObjectName("modelChosen");
            wrap(chosen, kWidth - 2 * kPadding);
            all->addWidget(chosen);
        }
        addFacts(all, *model);
        addNotes(all, *model);
    }
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    for (QAction* action : actions_) {
        auto* button = new QToolButton(inside_);
        const QString name = action->objectName();
        button->setObjectName("card" + name.left(1).toUpper() + name.mid(1));
        button->setText(action->text());
        button->setToolTip(action->toolTip());
        connect(button, &QToolButton::clicked, action, &QAction::trigger);
        buttons->addWidget(button);
    }
    buttons->addStretch();
    all->addSpacing(4);
    all->addLayout(buttons);
    inside_->setFixedWidth(kWidth - 2 * kPadding);
    inside_->adjustSize();
    scroll_->setWidget(inside_);
    inside_->setAutoFillBackground(false);  // the scroll area would fill it
}

/// The models that run over what is shown, or all of them while nothing is: those made for the kind first, then those
/// that take a film frame by frame or listen to it.
void ModelCard::addPicker(QVBoxLayout* all) {
    const auto shown = state_.model();
    const ResultPtr r = state_.result();
    const QStringList own = recent::models();
    if (state_.models().size() + std::size_t(own.size()) < 2) return;
    std::vector<api::ModelInfo> offered;
    for (const api::ModelInfo& m : state_.models())  // the person's own come last, also when they are not loaded yet
        if (!isOwnModel(m.id) && (!r || runsOver(m, *r->file))) offered.push_back(m);
    if (r && r->file->kind == api::Kind::video)
        std::stable_partition(offered.begin(), offered.end(),
                              [](const auto& m) { return m.reads != "image" && m.reads != "audio"; });
    std::string group;
    for (const api::ModelInfo& m : offered) {
        if (m.reads != group) {
            group = m.reads;
            const QString words = groupWords(group, r ? &*r->file : nullptr);
            if (!words.isEmpty()) {
                auto* heading = makeLabel(words, inside_, Text::caption, true);
                heading->setObjectName("pickHeading_" + textOf(group));
                all->addWidget(heading);
            }
        }
        auto* button = new QToolButton(inside_);
        button->setObjectName("pick_" + textOf(m.id));
        button->setText(m.accuracy > 0 ? tr("%1 · %2").arg(modelName(m.id), percent(m.accuracy)) : modelName(m.id));
        button->setToolTip(textOf(m.summary));
        button->setEnabled(!shown || shown->id != m.id);
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        connect(button, &QToolButton::clicked, this, [this, id = textOf(m.id)] {
            hide();
            emit picked(id);
        });
        all->addWidget(button);
    }
    for (const QString& path : own) addOwn(all, path);
}

/// A model of the person's own: used by a click, and taken from the list by the cross.
void ModelCard::addOwn(QVBoxLayout* all, const QString& path) {
    const auto shown = state_.model();
    auto* row = new QWidget(inside_);
    row->setObjectName("ownModel");
    auto* inRow = new QHBoxLayout(row);
    inRow->setContentsMargins(0, 0, 0, 0);
    inRow->setSpacing(4);
    auto* use = new QToolButton(row);
    use->setObjectName("pick_" + path);
    use->setText(tr("%1 · your own").arg(modelName(path.toStdString())));
    use->setToolTip(path);
    use->setEnabled(!shown || shown->id != path.toStdString());
    use->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(use, &QToolButton::clicked, this, [this, path] {
        hide();
        emit picked(path);
    });
    auto* forget = new QToolButton(row);
    forget->setObjectName("forget_" + path);
    forget->setProperty("quiet", true);
    forget->setIcon(icon("close"));
    forget->setIconSize({16, 16});
    forget->setFixedSize(28, 28);
    forget->setToolTip(tr("Take it from this list; the file stays"));
    forget->setAccessibleName(tr("Take %1 from the list").arg(modelName(path.toStdString())));
    connect(forget, &QToolButton::clicked, row, [row, path] {
        recent::forgetModel(path);
        row->hide();
    });
    inRow->addWidget(use, 1);
    inRow->addWidget(forget);
    all->addWidget(row);
}

/// What to know before believing an answer.
void ModelCard::addNotes(QVBoxLayout* all, const api::ModelInfo& m) {
    constexpr int mark = 16, gap = 6;
    for (const std::string& note : m.notes) {
        auto* alert = new QLabel(inside_);
        alert->setObjectName("modelAlert");
        alert->setPixmap(icon("alert").pixmap(mark, mark));
        alert->setFixedSize(mark, mark);
        auto* words = makeLabel(textOf(note), inside_, Text::caption);
        words->setObjectName("modelNote");
        wrap(words, kWidth - 2 * kPadding - mark - gap);
        auto* row = new QHBoxLayout;
        row->setSpacing(gap);
        row->addWidget(alert, 0, Qt::AlignTop);
        row->addWidget(words, 1);
        all->addLayout(row);
    }
}

void ModelCard::addFacts(QVBoxLayout* all, const api::ModelInfo& m) {
    auto* title = makeLabel(textOf(m.title.empty() ? m.id : m.title), inside_, Text::title, false, true);
    title->setObjectName("modelTitle");
    wrap(title, kWidth - 2 * kPadding);
    all->addWidget(title);
    if (!m.summary.empty()) {
        auto* summary = makeLabel(textOf(m.summary), inside_, Text::body);
        summary->setObjectName("modelSummary");
        wrap(summary, kWidth - 2 * kPadding);
        all->addWidget(summary);
    }
    auto* grid = new QGridLayout;
    grid->setContentsMargins(0, 4, 0, 0);
    grid->setHorizontalSpacing(kColumnGap);
    grid->setVerticalSpacing(5);
    grid->setColumnStretch(1, 1);
    const auto add = [&](const QString& name, const QString& value) {
        if (value.isEmpty()) return;
        const int row = grid->rowCount();
        auto* left = makeLabel(name, inside_, Text::caption, true);
        left->setObjectName("fact" + QString::number(row));
        left->setAlignment(Qt::AlignTop | Qt::AlignLeft);
        left->setFixedWidth(kNameWidth);
        auto* right = makeLabel(value, inside_, Text::caption);
        right->setObjectName("value" + QString::number(row));
        wrap(right, kWidth - 2 * kPadding - kNameWidth - kColumnGap);
        right->setTextInteractionFlags(Qt::TextSelectableByMouse);
        right->setFocusPolicy(Qt::NoFocus);
        grid->addWidget(left, row, 0, Qt::AlignTop);
        grid->addWidget(right, row, 1);
    };
    QString accuracy = tr("not measured");
    if (m.accuracy > 0) {
        accuracy = percent(m.accuracy);
        if (m.accuracy_high > m.accuracy_low)
            accuracy += tr(" (95 %: %1 to %2)").arg(percent(m.accuracy_low), percent(m.accuracy_high));
        if (m.accuracy_n > 0) accuracy += tr(" of %1 test %2").arg(count(m.accuracy_n), examples(m.reads));
        if (!m.test_split.empty()) accuracy += ", " + textOf(m.test_split);
    }
    add(tr("Accuracy"), accuracy);
    add(tr("Also measured"), textOf(m.measured_too));
    if (m.format != "bundle") add(tr("Form"), textOf(m.format));
    if (isOwnModel(m.id)) add(tr("File"), textOf(m.path));
    add(tr("Knows"), textOf(m.knows));
    add(tr("Does not know"), textOf(m.does_not_know));
    add(tr("Trained on"), textOf(m.data));
    add(tr("Licence"), textOf(m.licence_note));
    add(tr("Recipe"), textOf(m.recipe));
    add(tr("Input array"),
        QString::fromUtf8("%1 × %2: %3; %4")
            .arg(m.input_elements ? count(m.input_elements) : tr("as many as there are"), count(m.token_channels),
                 timesSigns(m.input_words), textOf(m.positions)));
    if (m.head == "none") add(tr("Answers"), tr("no classes: its latent array is the answer"));
    else add(tr("Classes"), m.labels.empty() ? tr("%1, without names").arg(count(m.classes)) : count(m.classes));
    add(tr("Latent array"), QString::fromUtf8("%1 × %2").arg(count(m.latents), count(m.latent_channels)));
    add(tr("Cross-attends"), count(std::int64_t(m.stages.size())));
    add(tr("Sharing"), sharingWords(m));
    add(tr("Parameters"), tr("%1, %2 on disk").arg(count(m.parameters), fileSize(m.file_bytes)));
    add(tr("Trained with"), textOf(m.trained_with));
    add(tr("SHA-256"), textOf(m.sha256).left(16));
    all->addLayout(grid);
}

QString ModelCard::text() const {
    QStringList words;
    for (const QLabel* label : findChildren<QLabel*>()) words << label->text();
    return words.join('\n');
}

}  // namespace perceiver::ui
