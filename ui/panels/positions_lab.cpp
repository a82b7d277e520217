#include "ui/panels/positions_lab.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>
#include <cmath>

#include "ui/controls/labels.h"
#include "ui/style/format.h"

namespace perceiver::ui {

namespace {

constexpr int kWidth = 230;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Positions)
};

/// "pitch and time", "time, rows and columns".
QString listed(QStringList words) {
    if (words.size() < 2) return words.value(0);
    const QString last = words.takeLast();
    return Words::tr("%1 and %2").arg(words.join(QStringLiteral(", ")), last);
}

QStringList axesOf(const api::InputPart& part) {
    if (part.kind == api::Kind::points) return {QStringLiteral("x"), QStringLiteral("y"), QStringLiteral("z")};
    if (part.kind == api::Kind::audio)
        return part.hertz.empty() ? QStringList{Words::tr("time")} : QStringList{Words::tr("pitch"), Words::tr("time")};
    const QStringList picture{Words::tr("rows"), Words::tr("columns")};
    return part.kind == api::Kind::video ? QStringList{Words::tr("time")} + picture : picture;
}

QString kindWords(const api::PositionLikeness& of, const api::InputPart& part) {
    const QString channels = Words::tr("%1 of C = %2 channels.").arg(count(of.features), count(of.channels));
    if (of.kind == api::Positions::learned)
        return Words::tr("Learned: a trained vector for every place; which are alike is what training made of it. ") +
               channels;
    QStringList bands;
    for (const int n : of.bands) bands << QString::number(n);
    const bool same = bands.size() > 1 && bands.count(bands.front()) == bands.size();
    QString words = same ? Words::tr("Fourier features: %1 bands along each axis").arg(of.bands.front())
                         : Words::tr("Fourier features: %1 bands along %2").arg(listed(bands), listed(axesOf(part)));
    QStringList sides;
    for (const double side : of.max_resolution) sides << QLocale().toString(side, 'g', 6);
    if (!sides.isEmpty()) words += Words::tr(", max resolution %1").arg(sides.join(QString::fromUtf8(" × ")));
    words += of.raw_position ? Words::tr(", and the coordinates: ") : QStringLiteral(": ");
    return words + channels;
}

}  // namespace

QString placeWords(const api::FileInfo& file, int element) {
    for (const api::InputPart& part : file.parts) {
        const int at = element - part.first;
        if (at < 0 || at >= part.grid.count() || part.label) continue;
        const int frame = at / (part.grid.rows * part.grid.cols), row = at / part.grid.cols % part.grid.rows,
                  col = at % part.grid.cols;
        const QLocale locale;
        if (part.kind == api::Kind::points && file.cloud) {
            const float* p = file.cloud->xyz.data() + 3 * std::size_t(at);
            const auto number = [&](float v) { return locale.toString(double(v), 'f', 2).replace('-', QChar(0x2212)); };
            return Words::tr("point %1 at (%2, %3, %4)").arg(count(at), number(p[0]), number(p[1]), number(p[2]));
        }
        if (part.kind == api::Kind::audio) {
            const QString time = Words::tr("%1 s").arg(locale.toString(part.start + part.step * col, 'f', 2));
            if (part.hertz.empty()) return time;
            return Words::tr("%1, %2 to %3 Hz")
                .arg(time, count(std::llround(part.hertz[std::size_t(row)])),
                     count(std::llround(part.hertz[std::size_t(row) + 1])));
        }
        const QString cell = Words::tr("row %1, column %2").arg(row).arg(col);
        return part.kind == api::Kind::video
                   ? Words::tr("%1 s, %2").arg(locale.toString(part.start + part.step * frame, 'f', 2), cell)
                   : cell;
    }
    return {};
}

PositionsLab::PositionsLab(State& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      heading_(makeHeading(tr("Position features"), this)),
      element_(makeLabel({}, this, Text::body, false, true)),
      place_(makeLabel({}, this, Text::caption)),
      kind_(makeLabel({}, this, Text::caption, true)),
      map_(new LikenessMap(state, this)),
      curves_(new LikenessCurves(state, this)) {
    setObjectName("positionsLab");
    heading_->setObjectName("positionsHeading");
    element_->setObjectName("positionsElement");
    place_->setObjectName("positionsPlace");
    kind_->setObjectName("positionsKind");
    for (QLabel* label : {place_, kind_}) label->setWordWrap(true);
    kind_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    kind_->setToolTip(
        tr("The geometry of a picture is to the model nothing but how alike these are. Bands are how many frequencies "
           "there are, "
           "the highest half the max resolution."));
    auto* side = new QWidget(this);
    side->setObjectName("positionsWords");
    side->setFixedWidth(kWidth);
    auto* rows = new QVBoxLayout(side);
    rows->setContentsMargins(0, 0, 8, 0);
    rows->setSpacing(4);
    rows->addWidget(heading_);
    rows->addWidget(element_);
    rows->addWidget(place_);
    rows->addWidget(kind_, 1);
    auto* all = new QHBoxLayout(this);
    all->setContentsMargins(12, 12, 12, 12);
    all->setSpacing(12);
    all->addWidget(side);
    all->addWidget(map_, 2);
    all->addWidget(curves_, 5);
    connect(&state_.labs(), &LabAnswers::positionsChanged, this, &PositionsLab::refresh);
    connect(&state_, &State::viewChanged, this, &PositionsLab::refresh);
    refresh();
}

void PositionsLab::setLow(bool low) { heading_->setVisible(!low); }

void PositionsLab::showEvent(QShowEvent*) {
    state_.labs().wantPositions(true);
    refresh();
}

void PositionsLab::hideEvent(QHideEvent*) { state_.labs().wantPositions(false); }

void PositionsLab::refresh() {
    if (!isVisible()) return;
    const api::PositionLikeness* of = state_.labs().positions();
    const ResultPtr r = state_.result();
    const bool known = of && r;
    element_->setText(!known
                          ? QString()
                          : (of->element == state_.view().held ? tr("Element %1 of %2, held") : tr("Element %1 of %2"))
                                .arg(count(of->element), count(r->elements())));
    place_->setText(known ? placeWords(*r->file, of->element) : QString());
    kind_->setText(known && of->features > 0 ? kindWords(*of, r->file->parts[std::size_t(of->part)]) : QString());
    curves_->setVisible(!known || of->features > 0);
}

}  // namespace perceiver::ui
