#include "ui/panels/cost_lab.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

#include "ui/controls/labels.h"
#include "ui/style/format.h"

namespace perceiver::ui {

namespace {

constexpr int kWidth = 218;

}  // namespace

CostLab::CostLab(State& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      heading_(makeHeading(tr("What this run cost"), this)),
      sum_(makeLabel({}, this, Text::body, false, true)),
      words_(makeLabel({}, this, Text::caption, true)),
      board_(new CostBoard(state, this)),
      charts_(new CostCharts(state, this)) {
    setObjectName("costLab");
    heading_->setObjectName("costHeading");
    sum_->setObjectName("costSum");
    words_->setObjectName("costWords");
    words_->setWordWrap(true);
    words_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    words_->setToolTip(
        tr("The layer is counted with one head and an MLP as wide as the input: 4 M² C + 3 M² + 12 M C² operations."));
    sum_->setToolTip(tr("In the plain form, whichever way this program takes"));
    auto* side = new QWidget(this);
    side->setObjectName("costSide");
    side->setFixedWidth(kWidth);
    auto* rows = new QVBoxLayout(side);
    rows->setContentsMargins(0, 0, 8, 0);
    rows->setSpacing(4);
    rows->addWidget(heading_);
    rows->addWidget(sum_);
    rows->addWidget(words_, 1);
    auto* all = new QHBoxLayout(this);
    all->setContentsMargins(12, 12, 12, 12);
    all->setSpacing(12);
    all->addWidget(side);
    all->addWidget(board_, 5);
    all->addWidget(charts_, 4);
    connect(&state_.labs(), &LabAnswers::costChanged, this, &CostLab::refresh);
    refresh();
}

void CostLab::setLow(bool low) { heading_->setVisible(!low); }

void CostLab::showEvent(QShowEvent*) {
    state_.labs().wantCost(true);
    refresh();
}

void CostLab::hideEvent(QHideEvent*) { state_.labs().wantCost(false); }

void CostLab::refresh() {
    if (!isVisible()) return;
    const api::CostTable* cost = state_.labs().cost();
    const ResultPtr r = state_.result();
    if (!cost || !r) {
        sum_->clear();
        return words_->setText(tr("What the run costs is known as soon as it is done."));
    }
    double measured = 0;
    for (const api::CostPart& part : cost->parts) measured += part.milliseconds.value_or(0);
    sum_->setText(tr("%1 GFLOP in %2").arg(significant(cost->flops / 1e9, 3), milliseconds(measured)));
    const double layer = api::self_attend_flops(double(cost->elements), double(cost->channels));
    QString words = tr("One layer of self-attention over all %1 inputs: %2 GFLOP, %3 times the whole model.")
                        .arg(count(cost->elements), significant(layer / 1e9, 3), significant(layer / cost->flops));
    if (const double meet = api::crossing_elements(*cost); meet >= 1)
        words += ' ' + tr("From %1 inputs on, one such layer costs more than everything here.")
                           .arg(count(std::llround(meet)));
    words_->setText(words);
}

}  // namespace perceiver::ui
