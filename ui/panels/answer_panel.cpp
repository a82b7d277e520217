#include "ui/panels/answer_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <algorithm>

#include "ui/controls/labels.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

AnswerList::AnswerList(QWidget* parent) : QWidget(parent) {
    setObjectName("answerList");
    setAccessibleName(tr("Predictions"));
    setLow(false);
}

void AnswerList::say(const QString& instead) {
    show({}, {}, false);
    instead_ = instead;
    setAccessibleDescription(instead);
}

void AnswerList::show(const std::vector<api::Prediction>& all, const QString& search, bool dimmed) {
    instead_.clear();
    searching_ = !search.isEmpty();
    best_ = all.empty() ? std::string() : all.front().label;
    dimmed_ = dimmed;
    rows_.clear();
    for (const api::Prediction& p : all)
        if (QString::fromStdString(p.label).contains(search, Qt::CaseInsensitive)) rows_.push_back(p);
    first_ = 0;
    setAccessibleDescription(lines().join("; "));
    update();
}

QStringList AnswerList::lines() const {
    QStringList out;
    for (int i = first_; i < std::min(int(rows_.size()), first_ + rowsShown()); ++i)
        out << QString::fromStdString(rows_[std::size_t(i)].label) + ' ' +
                   percent(double(rows_[std::size_t(i)].probability));
    return out;
}

void AnswerList::wheelEvent(QWheelEvent* event) {
    const int last = std::max(0, int(rows_.size()) - rowsShown());
    first_ = std::clamp(first_ + (event->angleDelta().y() < 0 ? 1 : -1), 0, last);
    update();
    event->accept();
}

void AnswerList::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    p.setRenderHint(QPainter::Antialiasing);
    if (dimmed_) p.setOpacity(0.4);
    if (rows_.empty()) {
        p.setFont(textFont(Text::body));
        p.setPen(c.muted);
        p.drawText(rect().adjusted(0, 4, 0, 0), Qt::TextWordWrap,
                   !instead_.isEmpty() ? instead_
                   : searching_        ? tr("No class of that name.")
                                       : tr("The answer comes last."));
        return;
    }
    const double nameWidth = std::min(150.0, width() * 0.36), numberWidth = 58;
    for (int i = 0; i < rowsShown() && first_ + i < int(rows_.size()); ++i) {
        const api::Prediction& row = rows_[std::size_t(first_ + i)];
        const bool best = row.label == best_;
        const QRectF line(0, i * kRowHeight, width(), kRowHeight);
        p.setFont(textFont(Text::body, best));
        p.setPen(c.text);
        const QString name =
            QFontMetricsF(p.font()).elidedText(QString::fromStdString(row.label), Qt::ElideRight, nameWidth);
        p.drawText(QRectF(0, line.top(), nameWidth, line.height()), Qt::AlignVCenter, name);
        const QRectF track(nameWidth + 8, line.center().y() - 5, width() - nameWidth - numberWidth - 16, 10);
        p.setPen(Qt::NoPen);
        p.setBrush(c.track);
        p.drawRoundedRect(track, 5, 5);
        const double filled = track.width() * std::clamp(double(row.probability), 0.0, 1.0);
        if (row.probability >= 0.0005F) {  // what reads 0.1 % or more shows
            const double shown = std::max(1.5, filled), radius = std::min(5.0, shown / 2);
            p.setBrush(c.output);
            p.drawRoundedRect(QRectF(track.left(), track.top(), shown, track.height()), radius, radius);
        }
        p.setPen(best ? c.text : c.muted);
        paintTabular(p, QRectF(width() - numberWidth, line.top(), numberWidth, line.height()),
                     Qt::AlignRight | Qt::AlignVCenter, percent(double(row.probability)));
    }
    if (int(rows_.size()) > rowsShown() && first_ > 0) {  // where in the list one is
        const double h = height() * double(rowsShown()) / double(rows_.size());
        p.setPen(Qt::NoPen);
        p.setBrush(c.muted);
        p.drawRoundedRect(
            QRectF(width() - 2, height() * double(first_) / double(rows_.size()), 2, std::max(8.0, h)), 1, 1);
    }
}

AnswerPanel::AnswerPanel(State& state, QWidget* parent)
    : QWidget(parent), state_(state), search_(new QLineEdit(this)), list_(new AnswerList(this)) {
    setObjectName("answerPanel");
    search_->setObjectName("answerSearch");
    search_->setAccessibleName(tr("Search the classes"));
    search_->setFont(textFont(Text::caption));
    search_->setClearButtonEnabled(true);
    search_->setFixedSize(156, 24);
    auto* heading = makeHeading(tr("Answer"), this);
    heading->setObjectName("answerHeading");
    heading->setToolTip(
        tr("How probable the model holds each class: the softmax over its scores. It knows no others."));
    auto* top = new QHBoxLayout;
    top->setContentsMargins(0, 0, 0, 0);
    top->addWidget(heading);
    top->addStretch();
    top->addWidget(search_);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(4);
    all->addLayout(top);
    all->addWidget(list_);
    connect(search_, &QLineEdit::textChanged, this, &AnswerPanel::refresh);
    connect(&state_, &State::resultChanged, this, &AnswerPanel::refresh);
    connect(&state_, &State::opened, this, &AnswerPanel::refresh);
    connect(&state_, &State::busyChanged, this, &AnswerPanel::refresh);
    refresh();
}

void AnswerPanel::refresh() {
    const ResultPtr r = state_.result();
    static const std::vector<api::Prediction> none;
    const bool classes = !r || r->model->head != "none";
    if (r && r->finished && r->answersNoNumber())
        list_->say(tr("The answer is not a number: the weights hold NaN, or made one."));
    else if (r && r->finished && !classes)
        list_->say(tr("This model names no classes: its latent array is the answer. The maps show what it read."));
    else
        list_->show(r ? r->predictions : none, search_->text().trimmed(), state_.dimmed());
    search_->setVisible(classes);
    search_->setEnabled(r && r->finished && !r->answersNoNumber());
    search_->setPlaceholderText(r ? tr("Search %1 classes").arg(count(r->model->classes)) : QString());
}

}  // namespace perceiver::ui
