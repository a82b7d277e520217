#include "ui/panels/rivals_lab.h"

#include <QAction>
#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>
#include <algorithm>

#include "ui/panels/shuffle_controls.h"
#include "ui/state/model_name.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr api::Arm kArms[] = {api::Arm::travel, api::Arm::stay, api::Arm::none};

/// What all of them were shown: the picture, and the picture shuffled.
class Shown final : public QWidget {
  public:
    Shown(const State& state, QWidget* parent) : QWidget(parent), state_(state) {
        setObjectName("rivalsPictures");
        setFixedWidth(72);
        setToolTip(RivalsLab::tr("The picture as the Perceiver receives it, in order and shuffled. Each rival shuffles "
                                 "the elements of its own input with the same seed."));
    }

  protected:
    void paintEvent(QPaintEvent*) override {
        QPainter p(this);
        const ResultPtr r = state_.result();
        const auto& moved = state_.shuffle().travel;
        const double caption = 14, room = (height() - 4) / 2.0, side = std::min<double>(width(), room - caption);
        const std::pair<QImage, QString> both[] = {
            {r ? r->view : QImage(), RivalsLab::tr("in order")},
            {moved && moved->input ? toImage(moved->input) : QImage(), RivalsLab::tr("shuffled")}};
        p.setFont(textFont(Text::caption));
        for (int i = 0; i < 2; ++i) {
            const QRectF at((width() - side) / 2, i * (room + 4), side, side);
            if (!both[i].first.isNull()) paintImage(p, at, both[i].first, both[i].first.width() > at.width());
            p.setPen(colors().muted);
            p.drawText(QRectF(0, at.bottom(), width(), caption), Qt::AlignCenter, both[i].second);
        }
    }

  private:
    const State& state_;
};

QString tipOf(const std::vector<api::Prediction>& predictions) {
    QStringList best;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, predictions.size()); ++i)
        best << RivalsLab::tr("%1 %2").arg(QString::fromStdString(predictions[i].label),
                                           percent(double(predictions[i].probability)));
    return best.join('\n');
}

BoardCell answerCell(const std::vector<api::Prediction>& says, const QColor& color) {
    if (says.empty()) return {QString::fromUtf8("…"), {}, -1, {}, {}};
    return {QString::fromStdString(says.front().label), percent(double(says.front().probability), 0),
            double(says.front().probability), color, tipOf(says)};
}

/// Green where the answer is the one in order, orange where it is another.
BoardCell shuffledCell(const std::vector<api::Prediction>& says, const std::vector<api::Prediction>& before,
                       double difference) {
    const bool known = !says.empty() && !before.empty();
    const bool same = known && says.front().index == before.front().index;
    BoardCell out = answerCell(says, same ? colors().input : colors().cross);
    if (known)
        out.tip +=
            '\n' +
            (same ? RivalsLab::tr("The same answer as in order.") : RivalsLab::tr("Another answer than in order.")) +
            ' ' + RivalsLab::tr("Largest logit difference %1.").arg(significant(difference));
    return out;
}

}  // namespace

RivalsLab::RivalsLab(State& state, QAction* table, QWidget* parent)
    : QWidget(parent),
      state_(state),
      controls_(new ShuffleControls(state, "rivals", this)),
      pictures_(new Shown(state, this)),
      board_(new AnswerBoard("rivalsBoard", this)),
      table_(new QToolButton(this)),
      useModel_(new QToolButton(board_)) {
    setObjectName("rivalsLab");
    table_->setObjectName("rivalsTable");
    table_->setText(tr("Table 2: paper and ours"));
    table_->setToolTip(table->toolTip());
    table_->setFont(textFont(Text::caption));
    connect(table_, &QToolButton::clicked, table, &QAction::trigger);
    useModel_->setObjectName("rivalsUseModel");
    useModel_->setFont(textFont(Text::caption));
    useModel_->setText(tr("Another model"));
    useModel_->hide();
    connect(useModel_, &QToolButton::clicked, this, [this] { state_.useModel(state_.rivals().modelBeside()); });
    auto* side = new QVBoxLayout;
    side->setSpacing(5);
    side->addWidget(controls_, 1);
    side->addWidget(table_, 0, Qt::AlignLeft);
    auto* all = new QHBoxLayout(this);
    all->setContentsMargins(12, 12, 12, 12);
    all->setSpacing(12);
    all->addLayout(side);
    all->addWidget(pictures_);
    all->addWidget(board_, 1);
    connect(&state_.rivals(), &RivalAnswers::changed, this, &RivalsLab::refresh);
    connect(&state_, &State::shuffleChanged, this, &RivalsLab::refresh);
    connect(&state_, &State::resultChanged, this, &RivalsLab::refresh);
    connect(&state_, &State::viewChanged, this, &RivalsLab::refresh);
    refresh();
}

void RivalsLab::showEvent(QShowEvent*) {
    state_.wantShuffle(this, true);
    state_.rivals().want(true);
    refresh();
}

void RivalsLab::hideEvent(QHideEvent*) {
    state_.wantShuffle(this, false);
    state_.rivals().want(false);
}

void RivalsLab::resizeEvent(QResizeEvent*) { refresh(); }

void RivalsLab::setLow(bool low) { controls_->setLow(low); }

BoardRow RivalsLab::perceiver() const {
    const ResultPtr r = state_.result();
    BoardRow row{
        tr("Perceiver"),
        r->model->accuracy > 0 ? percent(r->model->accuracy) : QString(),
        tr("%1: trained on pictures in order. Trained on shuffled ones it would be the same computation: it reads a "
           "set (section 4.1).")
            .arg(modelName(r->model->id)),
        {},
        true};
    row.cells.push_back(answerCell(r->predictions, colors().output));
    for (const api::Arm arm : kArms) {
        const auto& run = state_.shuffle().of(arm);
        row.cells.push_back(run ? shuffledCell(run->predictions, r->predictions, run->largest_logit_difference)
                                : answerCell({}, {}));
    }
    return row;
}

std::vector<BoardRow> RivalsLab::rivals() const {
    std::vector<BoardRow> rows;
    const auto* any = state_.rivals().any();
    for (std::size_t i = 0; any && i < any->size(); ++i) {
        const api::RivalAnswer& one = (*any)[i];
        const api::RivalInfo& info = *one.rival;
        const QString name = QString::fromStdString(info.name);
        const QString elements = tr("%1 × %2 elements").arg(info.rows).arg(info.cols);
        BoardRow row{
            info.permutation ? tr("%1, trained shuffled").arg(name) : name, percent(info.accuracy), {}, {}, false};
        row.tip =
            info.permutation
                ? tr("%1: every picture of its training came in one fixed shuffled order (seed %2), and so does this "
                     "one; the shuffle chosen here comes on top. Right on %3 of the test, shuffled as in training. %4.")
                      .arg(name)
                      .arg(info.permutation)
                      .arg(percent(info.accuracy), elements)
                : tr("%1: trained on pictures in order. Right on %2 of the test in order. %3.")
                      .arg(name, percent(info.accuracy), elements);
        if (info.type == "transformer")
            row.tip += ' ' + tr("It reads a set, as the Perceiver does: one training is both.");
        row.cells.push_back(answerCell(one.predictions, colors().output));
        for (const api::Arm arm : kArms) {
            const auto* of = state_.rivals().of(arm);
            if (!of || i >= of->size()) {
                row.cells.push_back(answerCell({}, {}));
                continue;
            }
            const api::RivalAnswer& a = (*of)[i];
            row.cells.push_back(shuffledCell(a.shuffled, a.predictions, a.largest_logit_difference));
            if (a.nothing_moved)
                row.cells.back().tip += ' ' + tr("Nothing of its own %1 moved.").arg(elements);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

void RivalsLab::refresh() {
    if (!isVisible()) return;
    pictures_->update();
    const RivalAnswers& rivals = state_.rivals();
    const ResultPtr r = state_.result();
    const QString model = rivals.modelBeside();
    useModel_->setVisible(!model.isEmpty());
    useModel_->setText(tr("Look through %1").arg(model));
    useModel_->adjustSize();
    useModel_->move((board_->width() - useModel_->width()) / 2, board_->height() / 2 + 20);
    pictures_->setVisible(rivals.whyNot().isEmpty());
    if (!rivals.whyNot().isEmpty()) return board_->say(rivals.whyNot());
    if (r && r->answersNoNumber()) return board_->say(tr("The answer is not a number."));
    if (!r || !r->finished || !rivals.any()) return board_->say(r ? tr("Asking.") : QString());
    std::vector<BoardRow> rows{perceiver()};
    for (BoardRow& row : this->rivals()) rows.push_back(std::move(row));
    board_->show(
        {tr("right on the test, as trained"), tr("in order"), tr("shuffled, positions travel\nshuffled, travel"),
         tr("shuffled, positions stay\nshuffled, stay"), tr("shuffled, no positions\nshuffled, none")},
        rows,
        tr("Columns: shuffled now, at test time. “Trained shuffled”: every picture of its training, and this one, in "
           "one fixed order; any other is new to it."));
}

}  // namespace perceiver::ui
