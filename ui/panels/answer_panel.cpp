#include "ui/panels/answer_panel.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPainter>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <algorithm>
#include <utility>

#include "ui/controls/labels.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

AnswerList::AnswerList(QWidget* parent) : QWidget(parent) {
    setObjectName("answerList");
    setAccessibleName(tr("Predictions"));
    setFocusPolicy(Qt::TabFocus);
    setMouseTracking(true);
    setLow(false);
}

void AnswerList::setTarget(int index) {
    if (std::exchange(target_, index) != index) update();
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
    walked_ = -1;
    setAccessibleDescription(lines().join("; "));
    update();
}

Tip AnswerList::tipAt(const QPoint& point) const {
    const QString row = lines().value(point.y() / kRowHeight);
    return {row.isEmpty() ? toolTip() : row + '\n' + toolTip(), accessibleDescription()};
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

// ---- choosing a class ----

void AnswerList::mousePressEvent(QMouseEvent* event) {
    const int row = first_ + int(event->position().y()) / kRowHeight;
    if (event->button() == Qt::LeftButton && row < int(rows_.size())) emit chosen(rows_[std::size_t(row)].index);
}

void AnswerList::mouseMoveEvent(QMouseEvent* event) {
    const int row = first_ + int(event->position().y()) / kRowHeight;
    walked_ = row < int(rows_.size()) ? row : -1;
    setCursor(walked_ >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

void AnswerList::leaveEvent(QEvent*) {
    walked_ = -1;
    update();
}

void AnswerList::focusOutEvent(QFocusEvent* event) {
    walked_ = -1;
    update();
    QWidget::focusOutEvent(event);
}

void AnswerList::walkTo(int row) {
    if (rows_.empty()) return;
    walked_ = std::clamp(row, 0, int(rows_.size()) - 1);
    first_ = std::clamp(first_, walked_ - rowsShown() + 1, walked_);
    setAccessibleDescription(QString::fromStdString(rows_[std::size_t(walked_)].label));
    update();
}

void AnswerList::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Up: return walkTo(walked_ - 1);
        case Qt::Key_Down: return walkTo(walked_ + 1);
        case Qt::Key_Home: return walkTo(0);
        case Qt::Key_End: return walkTo(int(rows_.size()) - 1);
        case Qt::Key_Return:
        case Qt::Key_Enter:
        case Qt::Key_Space:
            if (walked_ >= 0 && walked_ < int(rows_.size())) emit chosen(rows_[std::size_t(walked_)].index);
            return;
        default: QWidget::keyPressEvent(event);
    }
}

/// While the list has the focus its keys walk the classes.
bool AnswerList::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* pressed = static_cast<QKeyEvent*>(event);
        const int key = pressed->key();
        if (pressed->modifiers() == Qt::NoModifier &&
            (key == Qt::Key_Up || key == Qt::Key_Down || key == Qt::Key_Home || key == Qt::Key_End ||
             key == Qt::Key_Space))
            event->accept();
    }
    return QWidget::event(event);
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
        const bool target = row.index == target_;
        p.setPen(Qt::NoPen);
        p.setBrush(c.raised);
        if (first_ + i == walked_) p.drawRoundedRect(line.adjusted(0, 1, 0, -1), 4, 4);
        p.setBrush(c.output);
        if (target) p.drawRoundedRect(QRectF(0, line.top() + 4, 3, line.height() - 8), 1.5, 1.5);
        p.setFont(textFont(Text::body, best));
        p.setPen(c.text);
        const double left = target ? 9 : 0;
        const QString name =
            QFontMetricsF(p.font()).elidedText(QString::fromStdString(row.label), Qt::ElideRight, nameWidth - left);
        p.drawText(QRectF(left, line.top(), nameWidth, line.height()), Qt::AlignVCenter, name);
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
    list_->setToolTip(tr("Click a class: what in the input spoke for it"));
    connect(list_, &AnswerList::chosen, &state_, &State::explain);
    connect(&state_, &State::viewChanged, this, &AnswerPanel::refreshTarget);
    connect(&state_.explanation(), &Explanation::changed, this, &AnswerPanel::refreshTarget);
    connect(search_, &QLineEdit::textChanged, this, &AnswerPanel::refresh);
    connect(&state_, &State::resultChanged, this, &AnswerPanel::refresh);
    connect(&state_, &State::opened, this, &AnswerPanel::refresh);
    connect(&state_, &State::busyChanged, this, &AnswerPanel::refresh);
    refresh();
}

void AnswerPanel::refreshTarget() {
    const ViewState& v = state_.view();
    list_->setTarget((v.explained && v.evidence == api::Evidence::relevance) || state_.explanation().wanted()
                         ? state_.explanation().target()
                         : -1);
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
