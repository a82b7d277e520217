#include "ui/panels/evidence_lab.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QSlider>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "ui/controls/labels.h"
#include "ui/controls/segment.h"
#include "ui/panels/small_map.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kSteps = 200;
constexpr double kNarrow = 200, kNarrowPicture = 36;  // of a card, and of the picture in it
constexpr double kWideMap = 2;                        // width to height

}  // namespace

// ---- a kind of evidence ----

EvidenceCard::EvidenceCard(api::Evidence kind, const QString& title, QWidget* parent)
    : QAbstractButton(parent), title_(title), caveat_(QString::fromUtf8(api::caveat_of(kind))) {
    setObjectName(QStringLiteral("evidence_") + api::name_of(kind));
    setAccessibleName(title);
    setAccessibleDescription(caveat_);
    setCheckable(true);
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setToolTip(caveat_ + '\n' + tr("Click: show it in the view; again: attention."));
}

void EvidenceCard::setMap(const QImage& map, bool smooth) {
    map_ = map;
    smooth_ = smooth;
    update();
}

void EvidenceCard::setRanking(bool on) {
    ranking_ = on;
    update();
}

void EvidenceCard::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    const bool lit = isChecked() || hasFocus() || underMouse();
    paintCard(p, rect(), c.raised, isChecked() ? c.output : lit ? c.muted : c.line, ranking_ ? c.output : QColor());
    const bool narrow = width() < kNarrow;  // only the title stands beside the picture, all else below
    const double side = narrow ? kNarrowPicture : std::min({height() - 24.0, 0.42 * width(), 130.0});
    const double aspect = map_.isNull() ? 1 : double(map_.width()) / map_.height();
    const bool above = !narrow && aspect > kWideMap;  // all words below it
    const QRectF picture(12, 12, above ? width() - 24 : side,
                         above ? std::min((width() - 24) / aspect, 0.4 * height()) : side);
    if (map_.isNull()) {
        p.setRenderHint(QPainter::Antialiasing);
        p.setPen(Qt::NoPen);
        p.setBrush(c.panel);
        p.drawRoundedRect(picture, kPictureRadius, kPictureRadius);
    } else {
        QRectF fitted({}, QSizeF(aspect, 1).scaled(picture.size(), Qt::KeepAspectRatio));
        fitted.moveCenter(picture.center());
        paintImage(p, fitted, map_, smooth_);
    }
    QRectF text(picture.right() + 10, 10, width() - picture.right() - 16, height() - 18);
    if (above) text = QRectF(12, picture.bottom() + 6, width() - 22, height() - picture.bottom() - 14);
    p.setPen(c.text);
    p.setFont(textFont(Text::body, true));
    if (p.fontMetrics().horizontalAdvance(title_) > text.width()) p.setFont(textFont(Text::caption, true));
    const QRectF title = narrow ? QRectF(text.left(), picture.top(), text.width(), side) : text;
    p.drawText(title, narrow ? Qt::AlignVCenter : Qt::AlignTop,
               p.fontMetrics().elidedText(title_, Qt::ElideRight, int(text.width())));
    if (narrow) text = QRectF(12, picture.bottom() + 4, width() - 22, height() - picture.bottom() - 8);
    else text.setTop(text.top() + 20);
    p.setPen(c.muted);
    p.setFont(textFont(Text::caption));
    const double line = p.fontMetrics().lineSpacing();
    text.setHeight(std::floor(text.height() / line) * line);  // whole lines; the tooltip has all of it
    p.drawText(text, Qt::TextWordWrap | Qt::AlignTop, caveat_);
}

// ---- the curves ----

CurveCard::CurveCard(State& state, QWidget* parent) : QWidget(parent), state_(state), measure_(new QToolButton(this)) {
    setObjectName("curveCard");
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setToolTip(tr(
        "A Perceiver reads a set, so elements are really left out, nothing is painted over. Dotted: the same numbers "
        "of elements in a random order."));
    measure_->setObjectName("measureCurves");
    connect(measure_, &QToolButton::clicked, this, [this] {
        if (state_.explanation().progress()) return state_.explanation().stop();
        emit asked();
    });
    connect(&state_.explanation(), &Explanation::changed, this, &CurveCard::refresh);
    connect(&state_, &State::viewChanged, this, &CurveCard::refresh);
    refresh();
}

QRectF CurveCard::plot() const { return QRectF(rect()).adjusted(52, 32, -14, -26); }

QString CurveCard::words() const {
    const Explanation& x = state_.explanation();
    if (const api::EvidenceCurves* c = x.curves()) {
        const bool better = c->deletion_area < c->random_deletion_area && c->insertion_area > c->random_insertion_area;
        return tr("Area under deletion %1 (random %2), under insertion %3 (random %4): %5")
            .arg(significant(c->deletion_area), significant(c->random_deletion_area), significant(c->insertion_area),
                 significant(c->random_insertion_area),
                 better ? tr("the answer hangs on what the map ranks first.") : tr("no better than a random order."));
    }
    const QString what = x.map(state_.view().evidence) ? tr("Measuring, %1.") : tr("Computing, %1.");
    if (x.progress()) return what.arg(percent(*x.progress(), 0));
    if (x.slow()) return tr("52 runs of this model: about %1 s.").arg(int(std::ceil(x.secondsToMeasure())));
    return {};
}

void CurveCard::refresh() {
    const Explanation& x = state_.explanation();
    measure_->setVisible(!x.curves() && (x.progress() || (x.slow() && x.map(state_.view().evidence))));
    measure_->setText(x.progress() ? tr("Stop") : tr("Measure"));
    measure_->adjustSize();
    measure_->move((width() - measure_->width()) / 2, int(plot().center().y()) - 4);
    setAccessibleName(tr("Deletion and insertion curves"));
    setAccessibleDescription(words());
    update();
}

void CurveCard::resizeEvent(QResizeEvent*) { refresh(); }

void CurveCard::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    paintCard(p, rect(), c.raised, c.line);
    p.setFont(textFont(Text::caption, true));
    p.setPen(c.text);
    const QRectF title(14, 8, width() - 28, 18);
    const QString asks = tr("Is it so? Left out one after the other"),
                  axis = tr("%1, 0 to 100 %").arg(asks);  // from left to right
    p.drawText(title, Qt::AlignVCenter, p.fontMetrics().horizontalAdvance(axis) <= title.width() ? axis : asks);
    const Explanation& x = state_.explanation();
    if (const api::EvidenceCurves* known = x.curves()) return paintCurves(p, *known);
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    p.drawText(plot().adjusted(-38, 0, 0, -plot().height() / 2), Qt::AlignCenter | Qt::TextWordWrap, words());
    if (!x.progress()) return;
    const QRectF track(14, height() - 16, width() - 28, 4);
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    p.setBrush(c.track);
    p.drawRoundedRect(track, 2, 2);
    p.setBrush(c.output);
    p.drawRoundedRect(QRectF(track.topLeft(), QSizeF(track.width() * std::clamp(*x.progress(), 0.02, 1.0), 4)), 2, 2);
}

void CurveCard::paintCurves(QPainter& p, const api::EvidenceCurves& curves) {
    const Colors& c = colors();
    const QRectF at = plot();
    double top = 0;
    for (const auto* one : {&curves.deletion, &curves.insertion, &curves.random_deletion, &curves.random_insertion})
        for (const double v : *one) top = std::max(top, v);
    top = top > 0.5 ? 1 : std::max(0.05, std::ceil(top * 20) / 20);
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    paintTabular(p, {0, at.top() - 9, at.left() - 6, 18}, Qt::AlignRight | Qt::AlignVCenter, percent(top, 0));
    paintTabular(p, {0, at.bottom() - 9, at.left() - 6, 18}, Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("0"));
    p.fillRect(QRectF(at.left(), at.bottom(), at.width(), 1), c.line);
    p.fillRect(QRectF(at.left(), at.top(), at.width(), 1), c.line);
    const auto place = [&](double fraction, double v) {
        return QPointF(at.left() + fraction * at.width(), at.bottom() - v / top * at.height());
    };
    p.setRenderHint(QPainter::Antialiasing);
    const auto draw = [&](const std::vector<double>& values, const QColor& color, Qt::PenStyle style, double width) {
        QPolygonF line;
        for (std::size_t i = 0; i < values.size(); ++i) line << place(curves.fraction[i], values[i]);
        p.setPen(QPen(color, width, style, Qt::RoundCap, Qt::RoundJoin));
        p.drawPolyline(line);
    };
    draw(curves.random_deletion, c.output, Qt::DotLine, 1.2);
    draw(curves.random_insertion, c.input, Qt::DotLine, 1.2);
    draw(curves.deletion, c.output, Qt::SolidLine, 2);
    draw(curves.insertion, c.input, Qt::SolidLine, 2);
    if (const double masked = state_.view().masked; masked > 0) {
        p.setPen(QPen(c.text, 1));
        p.drawLine(QPointF(place(masked, 0).x(), at.top()), QPointF(place(masked, 0).x(), at.bottom()));
    }
    const auto legend = [&](double left, const QColor& color, const QString& words) {
        p.setPen(QPen(color, 2));
        p.drawLine(QPointF(left, height() - 12), QPointF(left + 12, height() - 12));
        p.setPen(c.muted);
        p.drawText(QRectF(left + 16, height() - 21, width() - left - 16, 18), Qt::AlignVCenter, words);
        return left + 28 + p.fontMetrics().horizontalAdvance(words);
    };
    const double next = legend(14, c.output, tr("deletion"));
    const double last = legend(next, c.input, tr("insertion"));
    if (last + 120 < width())
        p.drawText(QRectF(last, height() - 21, width() - last - 8, 18), Qt::AlignVCenter, tr("dotted: random order"));
}

// ---- the lab ----

EvidenceLab::EvidenceLab(State& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      class_(makeLabel({}, this, Text::title, false, true)),
      part_(makeLabel({}, this, Text::caption, true)),
      without_(makeLabel({}, this, Text::caption, false)),
      slider_(new QSlider(Qt::Horizontal, this)),
      leaveOut_(new QToolButton(this)),
      keep_(new QToolButton(this)),
      cards_{new EvidenceCard(api::Evidence::relevance, tr("Relevance"), this),
             new EvidenceCard(api::Evidence::rollout, tr("Rollout"), this),
             new EvidenceCard(api::Evidence::attention, tr("Raw attention"), this)},
      curves_(new CurveCard(state, this)) {
    setObjectName("evidenceLab");
    class_->setObjectName("evidenceClass");
    part_->setObjectName("maskPart");
    without_->setObjectName("maskAnswer");
    without_->setWordWrap(true);
    without_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    slider_->setObjectName("maskSlider");
    slider_->setAccessibleName(tr("Part of the elements left out"));
    slider_->setToolTip(tr("Really leaves out the elements that the chosen map ranks first, and asks the model again"));
    slider_->setRange(0, kSteps);
    auto* modes = new QButtonGroup(this);
    leaveOut_->setObjectName("maskLeaveOut");
    keep_->setObjectName("maskKeep");
    makeSegment(leaveOut_, modes, tr("Leave out"), tr("Without the elements that the map ranks first"), "first");
    makeSegment(keep_, modes, tr("Keep only"), tr("Only those elements, without all others"), "last");
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(0);
    buttons->addWidget(leaveOut_);
    buttons->addWidget(keep_);
    buttons->addStretch();
    auto* side = new QVBoxLayout;
    side->setContentsMargins(0, 0, 8, 0);
    side->setSpacing(5);
    side->addWidget(class_);
    side->addLayout(buttons);
    side->addWidget(slider_);
    side->addWidget(part_);
    side->addWidget(without_, 1);
    auto* controls = new QWidget(this);
    controls->setObjectName("evidenceControls");
    controls->setFixedWidth(230);
    controls->setLayout(side);
    auto* all = new QHBoxLayout(this);
    all->setContentsMargins(12, 12, 12, 12);
    all->setSpacing(12);
    all->addWidget(controls);
    for (EvidenceCard* card : cards_) all->addWidget(card, 3);
    all->addWidget(curves_, 4);

    const api::Evidence kinds[] = {api::Evidence::relevance, api::Evidence::rollout, api::Evidence::attention};
    for (std::size_t i = 0; i < 3; ++i)
        connect(cards_[i], &QAbstractButton::clicked, this, [this, kind = kinds[i]](bool on) {
            state_.setEvidence(kind, on);
            state_.explanation().retry();
        });
    connect(slider_, &QSlider::valueChanged, this, [this](int v) { state_.setMasked(double(v) / kSteps); });
    connect(leaveOut_, &QToolButton::clicked, this, [this] { state_.setKeepOnly(false); });
    connect(keep_, &QToolButton::clicked, this, [this] { state_.setKeepOnly(true); });
    connect(curves_, &CurveCard::asked, &state_.explanation(), &Explanation::measure);
    connect(&state_.explanation(), &Explanation::changed, this, &EvidenceLab::refresh);
    connect(&state_, &State::viewChanged, this, &EvidenceLab::refresh);
    connect(&state_, &State::resultChanged, this, &EvidenceLab::refresh);
    refresh();
}

void EvidenceLab::showEvent(QShowEvent*) { state_.explanation().want(true); }
void EvidenceLab::hideEvent(QHideEvent*) { state_.explanation().want(false); }

QString EvidenceLab::answerWords() const {
    const Explanation& x = state_.explanation();
    const api::WithoutReady* now = x.without();
    const api::Prediction* before = x.prediction();
    if (x.gone().empty() || !before) return {};
    if (!now || x.stale()) return tr("Asking again.");
    if (now->predictions.empty()) return {};
    const auto same = std::find_if(now->predictions.begin(), now->predictions.end(),
                                   [&](const auto& p) { return p.index == before->index; });
    const api::Prediction& says = now->predictions.front();
    const QString label = QString::fromStdString(before->label), ms = milliseconds(now->ms);
    QString words =
        tr("%1 %2, was %3.").arg(label, percent(double(same->probability)), percent(double(before->probability)));
    if (says.index != before->index)
        words += ' ' + tr("Says %1, %2.").arg(QString::fromStdString(says.label), percent(double(says.probability), 0));
    return words + ' ' + tr("A run on %1 elements, %2.").arg(count(now->left), ms);
}

void EvidenceLab::refresh() {
    if (!isVisible()) return;
    const ViewState& v = state_.view();
    const Explanation& x = state_.explanation();
    const QSignalBlocker a(slider_);
    slider_->setValue(int(std::lround(v.masked * kSteps)));
    leaveOut_->setChecked(!v.keepOnly);
    keep_->setChecked(v.keepOnly);
    const ResultPtr r = state_.result();
    const api::Prediction* of = x.prediction();
    const QString words = of                 ? tr("Why %1?").arg(QString::fromStdString(of->label))
                          : r && r->finished ? tr("What did it read?")
                                             : QString();
    class_->setText(class_->fontMetrics().elidedText(words, Qt::ElideRight, 216));
    class_->setToolTip(of ? tr("%1 The model gives it %2. Click any class under Answer to ask about it.")
                                .arg(words, percent(double(of->probability)))
                          : QString());
    const int elements = r ? r->elements() : 0, chosen = int(std::lround(v.masked * elements));
    const QString first = QStringLiteral("%1 of %2").arg(count(chosen), count(elements));
    if (v.keepOnly)
        part_->setText(chosen == 0 ? tr("Drag: and of what ranks first alone?")
                                   : tr("Only the first %1 elements").arg(first));
    else
        part_->setText(chosen == 0 ? tr("Drag: and without what ranks first?")
                                   : tr("Without the first %1 elements").arg(first));
    without_->setText(answerWords());
    slider_->setEnabled(of && x.map(v.evidence));
    const api::Evidence kinds[] = {api::Evidence::relevance, api::Evidence::rollout, api::Evidence::attention};
    for (std::size_t i = 0; i < 3; ++i) {
        cards_[i]->setChecked(v.explained && v.evidence == kinds[i]);
        cards_[i]->setRanking(v.evidence == kinds[i]);
        const MapPtr map = x.map(kinds[i]);
        cards_[i]->setMap(r && map ? smallMap(*r, *map, v.colorMap) : QImage(), r && r->file->cloud);
    }
    cards_[0]->setEnabled(!r || r->model->head != "none");
}

}  // namespace perceiver::ui
