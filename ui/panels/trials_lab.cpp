#include "ui/panels/trials_lab.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QSettings>
#include <QSpinBox>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "ui/controls/labels.h"
#include "ui/controls/segment.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kWidth = 230, kSteps = 1000, kMostSeeds = 10'000;

QString armWords(api::Arm arm) {
    return arm == api::Arm::travel ? TrialsLab::tr("positions travel")
           : arm == api::Arm::stay ? TrialsLab::tr("positions stay")
           : arm == api::Arm::none ? TrialsLab::tr("no positions")
                                   : TrialsLab::tr("points moved");
}

double part(std::int64_t of, std::int64_t all) { return all > 0 ? double(of) / double(all) : 0; }

/// Agreement as the bar, accuracy beside it.
BoardCell cellOf(const api::TrialsRow& row) {
    const double same = part(row.same, row.shuffles);
    BoardCell cell{TrialsLab::tr("%1 the same").arg(percent(same)),
                   row.known ? TrialsLab::tr("%1 right").arg(percent(part(row.right, row.known))) : QString(), same,
                   row.same == row.shuffles ? colors().input : colors().cross, {}};
    cell.tip = TrialsLab::tr("%1 of %2 shuffles gave the answer in order. Largest logit difference %3.")
                   .arg(count(row.same), count(row.shuffles), significant(row.largest_logit_difference));
    if (row.known) cell.tip += '\n' + TrialsLab::tr("%1 of %2 were right.").arg(count(row.right), count(row.known));
    return cell;
}

}  // namespace

TrialsLab::TrialsLab(State& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      heading_(makeHeading(tr("Many shuffles"), this)),
      words_(makeLabel({}, this, Text::caption, true)),
      seeds_(new QSpinBox(this)),
      file_(new QToolButton(this)),
      folder_(new QToolButton(this)),
      run_(new QToolButton(this)),
      csv_(new QToolButton(this)),
      bar_(new QProgressBar(this)),
      board_(new AnswerBoard("trialsBoard", this)) {
    setObjectName("trialsLab");
    chooseFolder = [this] {
        return QFileDialog::getExistingDirectory(this, tr("A folder of files, or of class folders"),
                                                 QSettings().value("folder").toString());
    };
    chooseFile = [this] {
        const QString folder = QSettings().value("pictureFolder", QSettings().value("folder")).toString();
        return QFileDialog::getSaveFileName(this, tr("Save the numbers"), QDir(folder).filePath("shuffles.csv"),
                                            tr("Tables (*.csv)"));
    };
    auto* all = new QHBoxLayout(this);
    all->setContentsMargins(12, 12, 12, 12);
    all->setSpacing(12);
    all->addWidget(makeControls());
    all->addWidget(board_, 1);
    connect(&state_.trials(), &Trials::changed, this, &TrialsLab::refresh);
    connect(&state_, &State::viewChanged, this, &TrialsLab::refresh);
    connect(&state_, &State::opened, this, &TrialsLab::refresh);
    connect(&state_, &State::modelsChanged, this, &TrialsLab::refresh);
    refresh();
}

QWidget* TrialsLab::makeControls() {
    auto* side = new QWidget(this);
    side->setObjectName("trialsControls");
    side->setFixedWidth(kWidth);
    seeds_->setObjectName("trialSeeds");
    seeds_->setAccessibleName(tr("Number of seeds"));
    seeds_->setToolTip(tr("Every file is shuffled so often, with the seed of the lab and those after it"));
    seeds_->setRange(1, kMostSeeds);
    seeds_->setButtonSymbols(QSpinBox::NoButtons);
    connect(seeds_, qOverload<int>(&QSpinBox::valueChanged), &state_, &State::setTrialSeeds);
    auto* of = new QButtonGroup(this);
    file_->setObjectName("trialFile");
    folder_->setObjectName("trialFolder");
    makeSegment(file_, of, tr("This file"), tr("Shuffle the file that is shown"), "first");
    makeSegment(folder_, of, tr("Folder…"), {}, "last");
    connect(file_, &QToolButton::clicked, this, [this] { state_.setTrialFolder({}); });
    connect(folder_, &QToolButton::clicked, this, [this] {
        if (const QString chosen = chooseFolder(); !chosen.isEmpty()) state_.setTrialFolder(chosen);
        refresh();
    });
    heading_->setObjectName("trialsHeading");
    run_->setObjectName("trialRun");
    run_->setText(tr("Run"));
    csv_->setObjectName("trialCsv");
    csv_->setText(tr("CSV…"));
    csv_->setToolTip(tr("Save these numbers as CSV, a line for each model and arm"));
    for (QToolButton* button : {run_, csv_}) button->setFont(textFont(Text::caption));
    connect(run_, &QToolButton::clicked, this,
            [this] { state_.trials().running() ? state_.trials().stop() : state_.trials().start(); });
    connect(csv_, &QToolButton::clicked, this, [this] {
        if (const QString path = chooseFile(); !path.isEmpty()) save(path);
    });
    bar_->setObjectName("trialBar");
    bar_->setAccessibleName(tr("Part of the shuffles done"));
    bar_->setRange(0, kSteps);
    bar_->setTextVisible(false);
    bar_->setFixedHeight(4);
    words_->setObjectName("trialWords");
    words_->setWordWrap(true);
    words_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    auto* what = new QHBoxLayout;
    what->setSpacing(0);
    what->addWidget(file_);
    what->addWidget(folder_);
    what->addStretch();
    auto* does = new QHBoxLayout;
    does->setSpacing(8);
    does->addWidget(seeds_, 1);
    does->addWidget(run_);
    does->addWidget(csv_);
    auto* rows = new QVBoxLayout(side);
    rows->setContentsMargins(0, 0, 8, 0);
    rows->setSpacing(6);
    rows->addWidget(heading_);
    rows->addLayout(what);
    rows->addLayout(does);
    rows->addWidget(bar_);
    rows->addWidget(words_, 1);
    return side;
}

void TrialsLab::setLow(bool low) { heading_->setVisible(!low); }

void TrialsLab::showEvent(QShowEvent*) { refresh(); }

void TrialsLab::save(const QString& csv) {
    QSettings().setValue("pictureFolder", QFileInfo(csv).path());
    if (!state_.trials().save(csv))
        emit say(tr("%1: The numbers could not be written. Choose another folder.").arg(QFileInfo(csv).fileName()));
}

QString TrialsLab::progressWords() const {
    const Trials& t = state_.trials();
    if (!t.failed().isEmpty()) return t.failed();
    const QString path = t.path();
    const api::TrialsResult* r = t.result();
    if (!t.running() && !r)
        return path.isEmpty()
                   ? tr("Open a file, or choose a folder.")
                   : words_->fontMetrics().elidedText(QFileInfo(path).fileName(), Qt::ElideMiddle, kWidth - 16);
    if (!r) return tr("Starting.");
    const QString files = r->files == 1
                              ? tr("%1 of %2 shuffles").arg(count(std::llround(t.part() * r->seeds)), count(r->seeds))
                              : tr("%1 of %2 files").arg(count(r->done), count(r->files));
    if (t.running())
        return t.secondsLeft() < 0
                   ? files
                   : tr("%1, %2 left").arg(files, clockTime(std::ceil(t.secondsLeft())).section('.', 0, 0));
    const QString left =
        r->left_out ? ' ' + tr("%1 left out. %2").arg(count(r->left_out), QString::fromStdString(r->why_left_out))
                    : QString();
    return (t.stopped() ? tr("Stopped: %1.").arg(files) : tr("Done: %1.").arg(files)) + left;
}

QString TrialsLab::foot() const {
    const Trials& t = state_.trials();
    const api::TrialsResult& r = *t.result();
    QString words =
        tr("%1: %2 through %3, seeds %4 to %5.")
            .arg(QFileInfo(t.of()).fileName(), r.files == 1 ? tr("1 file") : tr("%1 files").arg(count(r.files)),
                 QString::fromStdString(r.model), QString::number(r.shuffle.seed),
                 QString::number(r.shuffle.seed + quint64(r.seeds) - 1));
    words += ' ' + tr("The same: as in order.");
    if (std::any_of(r.rows.begin(), r.rows.end(), [](const auto& row) { return row.known > 0; }))
        words += ' ' + tr("Right: as the folder says.");
    else if (r.files > 1)
        words += ' ' + tr("No folder is named after a class, so nobody knows what is right.");
    if (!r.nothing_moved.empty()) words += ' ' + timesSigns(r.nothing_moved);
    if (!r.no_rivals.empty()) words += ' ' + QString::fromStdString(r.no_rivals);
    return words;
}

void TrialsLab::refreshBoard() {
    const api::TrialsResult* r = state_.trials().result();
    if (!r || r->rows.empty())
        return board_->say(
            tr("One shuffle can be luck. Here each model meets many, on this file or on a whole folder: how often does "
               "its answer stay the same, and how often is it right?"));
    std::vector<api::Arm> arms;
    for (const auto& row : r->rows)
        if (std::find(arms.begin(), arms.end(), row.arm) == arms.end()) arms.push_back(row.arm);
    const bool known = std::any_of(r->rows.begin(), r->rows.end(), [](const auto& row) { return row.known > 0; });
    QStringList columns{tr("shuffles")};
    if (known) columns << tr("in order");
    for (const api::Arm arm : arms) columns << armWords(arm);
    std::vector<BoardRow> rows;
    std::string last;
    for (const auto& row : r->rows) {
        if (rows.empty() || row.id != last) {
            const QString name = QString::fromStdString(row.name);
            rows.push_back({row.trained_shuffled ? tr("%1, trained shuffled").arg(name) : name, count(row.shuffles),
                            QString::fromStdString(row.id), {}, rows.empty()});
            last = row.id;
            const double right = part(row.right_in_order, row.known);
            if (known)
                rows.back().cells.push_back({tr("%1 right").arg(percent(right)), {}, right, colors().output,
                                             tr("The same files in order, as often as each was shuffled")});
            rows.back().cells.resize(rows.back().cells.size() + arms.size());
        }
        const auto at = std::size_t(std::find(arms.begin(), arms.end(), row.arm) - arms.begin());
        rows.back().cells[at + (known ? 1 : 0)] = cellOf(row);
    }
    board_->show(columns, rows, foot());
}

void TrialsLab::refresh() {
    if (!isVisible()) return;
    const QSignalBlocker a(seeds_);
    const Trials& t = state_.trials();
    const ViewState& v = state_.view();
    seeds_->setValue(v.trialSeeds);
    seeds_->setSuffix(v.trialSeeds == 1 ? tr(" seed") : tr(" seeds"));
    file_->setChecked(v.trialFolder.isEmpty());
    folder_->setChecked(!v.trialFolder.isEmpty());
    folder_->setText(v.trialFolder.isEmpty() ? tr("Folder…")
                                             : tr("%1…").arg(folder_->fontMetrics().elidedText(
                                                   QFileInfo(v.trialFolder).fileName(), Qt::ElideMiddle, 110)));
    folder_->setToolTip(
        (v.trialFolder.isEmpty() ? QString() : v.trialFolder + '\n') +
        tr("All files below a folder; where its folders are named after classes, accuracy is counted too"));
    run_->setText(t.running() ? tr("Stop") : tr("Run"));
    run_->setToolTip(t.running() ? tr("End it; the numbers so far stay") : tr("Shuffle, ask again, count"));
    run_->setEnabled(t.running() || (!t.path().isEmpty() && state_.model()));
    csv_->setEnabled(t.result() && !t.result()->rows.empty());
    bar_->setVisible(t.running());
    bar_->setValue(int(std::lround(t.part() * kSteps)));
    words_->setText(progressWords());
    words_->setToolTip(t.running() || t.result() ? words_->text() : t.path());
    refreshBoard();
}

}  // namespace perceiver::ui
