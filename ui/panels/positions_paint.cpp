// The cards of the lab Positions: the map of cosines, and the curves.
#include <QCoreApplication>
#include <QLocale>
#include <QMouseEvent>
#include <algorithm>
#include <cmath>

#include "ui/panels/positions_lab.h"
#include "ui/style/colormap.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr double kPadding = 12, kTitle = 18, kBar = 10, kBarRoom = 40, kGap = 20;
constexpr ColorRange kCosines{-1, 1, false, true};
const QString kMinus(QChar(0x2212));

QColor between(const QColor& a, const QColor& b, double ofB) {
    const auto mix = [&](int x, int y) { return int(std::lround(x + (y - x) * ofB)); };
    return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

/// Diverging, 0 the theme's ground; points have no ground of their own, so theirs is a grey that can be seen on it.
api::ColorTable tableFor(bool points) {
    api::ColorTable table = divergingColors(theme());
    if (!points) return table;
    const QColor middle = between(colors().panel, colors().muted, 0.55);
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i] = between(middle, QColor(table[i]), std::sqrt(std::abs(double(i) / 127.5 - 1))).rgb();
    return table;
}

QString cosineWords(double value) { return QLocale().toString(value, 'f', 2).replace('-', kMinus); }

const api::InputPart* partOf(const State& state, const api::PositionLikeness* of) {
    const ResultPtr r = state.result();
    return r && of && of->part >= 0 && of->part < int(r->file->parts.size()) ? &r->file->parts[std::size_t(of->part)]
                                                                             : nullptr;
}

}  // namespace

// ---- the map ----

LikenessMap::LikenessMap(State& state, QWidget* parent) : QWidget(parent), state_(state) {
    setObjectName("likenessMap");
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setToolTip(
        tr("The cosine between the position features of that element and those of every other: 1 for the same place, 0 "
           "for places "
           "with nothing in common, below 0 for opposite ones (section 3.2). Hover to mark a place in the view."));
    setAccessibleName(tr("Map of how alike the positions are"));
    connect(&state_.labs(), &LabAnswers::positionsChanged, this, &LikenessMap::refresh);
    connect(&state_, &State::busyChanged, this, qOverload<>(&QWidget::update));
    connect(&state_, &State::viewChanged, this, &LikenessMap::refresh);
    refresh();
}

const api::InputPart* LikenessMap::part() const { return partOf(state_, state_.labs().positions()); }

void LikenessMap::refresh() {
    const api::PositionLikeness* of = state_.labs().positions();
    const api::InputPart* where = part();
    if (!of || !where) sentence_ = tr("How alike the places are is known as soon as the run is done.");
    else if (where->label) sentence_ = tr("A class label lies nowhere: it has no position features.");
    else if (of->features == 0)
        sentence_ =
            tr("This model gets no position features: an element is its data alone. Which of them lies where, and in "
               "which order "
               "they come, is all the same to it; every place is like every other, and a shuffle cannot change its "
               "answer.");
    else sentence_.clear();
    setAccessibleDescription(sentence_.isEmpty() ? title() : sentence_);
    point(-1);
    draw();
}

QRectF LikenessMap::pictureRect() const {
    const api::InputPart* where = part();
    if (!sentence_.isEmpty() || !where) return {};
    const QRectF room = QRectF(rect()).adjusted(kPadding, kPadding + kTitle, -kPadding - kBarRoom, -kPadding);
    const api::FileInfo& file = *state_.result()->file;
    QSizeF size = room.size();
    const bool sound = where->kind == api::Kind::audio;
    if (where->kind == api::Kind::points) {
        size = QSizeF(1, 1).scaled(room.size(), Qt::KeepAspectRatio);
    } else if (!sound) {
        const bool crop = file.crop_width > 0 && file.crop_height > 0;
        size = (crop ? QSizeF(file.crop_width, file.crop_height) : QSizeF(where->grid.cols, where->grid.rows))
                   .scaled(room.size(), Qt::KeepAspectRatio);
    } else if (where->grid.rows == 1) {
        size.setHeight(std::min(room.height(), 40.0));   // a strip, as the view has it
    }
    QRectF out(QPointF(0, 0), size);
    out.moveCenter(room.center());
    out.moveTop(room.top());
    return out;
}

void LikenessMap::draw() {
    picture_ = {};
    const api::PositionLikeness* of = state_.labs().positions();
    const api::InputPart* where = part();
    if (sentence_.isEmpty() && of && where && int(of->cosine.size()) == where->grid.count()) {
        const api::FileInfo& file = *state_.result()->file;
        const QRectF at = pictureRect();
        if (where->kind == api::Kind::points && file.cloud && !at.isEmpty()) {
            if (std::exchange(drawnOf_, file.cloud.get()) != file.cloud.get()) {
                drawn_ = DrawnCloud(*file.cloud);
                drawn_.others = {};
            }
            CloudInk ink = mapInk(of->cosine, kCosines, tableFor(true), colors());
            ink.ground = colors().raised.rgb();
            picture_ = cloudPicture(drawn_, ink, (at.size() * devicePixelRatioF()).toSize(), &cloud_);
        } else {
            const int rows = where->grid.rows, cols = where->grid.cols,
                      frame = (of->element - where->first) / (rows * cols);
            picture_ = paintMap(of->cosine.data() + std::ptrdiff_t(frame) * rows * cols, rows, cols, kCosines,
                                tableFor(false));
            if (!where->hertz.empty()) picture_ = picture_.mirrored();   // the lowest pitch at the bottom
        }
    }
    update();
}

/// Of an element of the shown frame.
QRectF LikenessMap::cell(int element) const {
    const api::InputPart* where = part();
    const QRectF at = pictureRect();
    if (!where || at.isEmpty()) return {};
    const int i = element - where->first;
    if (where->kind == api::Kind::points) {
        const auto& places = cloud_.places();
        if (i < 0 || i >= int(places.x.size())) return {};
        const double ratio = devicePixelRatioF();
        const QPointF middle =
            at.topLeft() + QPointF(double(places.x[std::size_t(i)]), double(places.y[std::size_t(i)])) / ratio;
        return {middle - QPointF(1, 1), QSizeF(2, 2)};
    }
    const int rows = where->grid.rows, cols = where->grid.cols;
    const int row = where->hertz.empty() ? i / cols % rows : rows - 1 - i / cols % rows;
    const QSizeF size(at.width() / cols, at.height() / rows);
    return {at.topLeft() + QPointF(i % cols * size.width(), row * size.height()), size};
}

QPointF LikenessMap::elementCentre(int element) const { return cell(element).center(); }

int LikenessMap::elementAt(const QPointF& pos) {
    const api::InputPart* where = part();
    const api::PositionLikeness* of = state_.labs().positions();
    const QRectF at = pictureRect();
    if (!where || picture_.isNull() || !at.contains(pos)) return -1;
    if (where->kind == api::Kind::points) {
        const int found = cloud_.find((pos - at.topLeft()) * devicePixelRatioF(), 8 * devicePixelRatioF());
        return found < 0 ? -1 : where->first + found;
    }
    const int rows = where->grid.rows, cols = where->grid.cols;
    const int col = std::clamp(int((pos.x() - at.left()) / at.width() * cols), 0, cols - 1);
    const int row = std::clamp(int((pos.y() - at.top()) / at.height() * rows), 0, rows - 1);
    const int frame = (of->element - where->first) / (rows * cols);
    return where->first + (frame * rows + (where->hertz.empty() ? row : rows - 1 - row)) * cols + col;
}

void LikenessMap::point(int element) {
    if (std::exchange(pointed_, element) == element) return;
    state_.mark(element);
    update();
}

void LikenessMap::mouseMoveEvent(QMouseEvent* event) { point(elementAt(event->position())); }
void LikenessMap::leaveEvent(QEvent*) { point(-1); }
void LikenessMap::hideEvent(QHideEvent*) { point(-1); }
void LikenessMap::resizeEvent(QResizeEvent*) { draw(); }
void LikenessMap::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) draw();
    QWidget::changeEvent(event);
}

QString LikenessMap::title() const {
    const api::PositionLikeness* of = state_.labs().positions();
    const api::InputPart* where = part();
    if (!of || !where) return {};
    const int i = pointed_ - where->first;
    if (pointed_ < 0 || i < 0 || i >= int(of->cosine.size())) {
        if (where->grid.frames == 1) return tr("Cosine to every other");
        const int frame = (of->element - where->first) / (where->grid.rows * where->grid.cols);
        return tr("Cosine to the others at %1 s").arg(QLocale().toString(where->start + where->step * frame, 'f', 2));
    }
    return tr("%1 at %2")
        .arg(cosineWords(double(of->cosine[std::size_t(i)])), placeWords(*state_.result()->file, pointed_));
}

QStringList LikenessMap::colorBarLabels() const { return {QStringLiteral("1"), QStringLiteral("0"), kMinus + '1'}; }

void LikenessMap::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    paintCard(p, rect(), c.raised, c.line);
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    if (!sentence_.isEmpty())
        return p.drawText(QRectF(rect()).adjusted(24, 8, -24, -8), Qt::AlignCenter | Qt::TextWordWrap, sentence_);
    if (state_.dimmed()) p.setOpacity(0.4);
    p.setFont(textFont(Text::caption, true));
    p.setPen(c.text);
    p.drawText(QRectF(kPadding, 8, width() - 2 * kPadding, kTitle), Qt::AlignVCenter,
               p.fontMetrics().elidedText(title(), Qt::ElideRight, int(width() - 2 * kPadding)));
    const api::InputPart* where = part();
    const QRectF at = pictureRect();
    const bool points = where->kind == api::Kind::points;
    paintImage(p, at, picture_, points || picture_.width() > at.width(), points ? 0 : kPictureRadius);
    p.setRenderHint(QPainter::Antialiasing);
    p.setBrush(Qt::NoBrush);
    const auto ring = [&](int element, const QColor& color) {
        const QRectF place = cell(element);
        const bool small = std::min(place.width(), place.height()) < 8;
        for (const auto& [ink, width] : {std::pair{c.raised, 3.5}, std::pair{color, 2.0}}) {
            p.setPen(QPen(ink, width));
            if (small) p.drawEllipse(place.center(), 5, 5);
            else p.drawRect(place.adjusted(1, 1, -1, -1));
        }
    };
    ring(state_.labs().positions()->element, c.input);
    if (pointed_ >= 0) ring(pointed_, c.text);
    const QRectF room = QRectF(rect()).adjusted(kPadding, kPadding + kTitle, -kPadding, -kPadding);
    const QRectF bar(std::min(at.right() + 14, room.right() - kBarRoom + 14), room.top(), kBar, room.height());
    paintImage(p, bar, paintColorBar(tableFor(points)), true, 3);
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    const QStringList labels = colorBarLabels();
    for (int i = 0; i < 3; ++i) {
        const double y = std::clamp(bar.top() + bar.height() * i / 2, bar.top() + 6, bar.bottom() - 6);
        paintTabular(p, {bar.right() + 5, y - 8, 24, 16}, Qt::AlignVCenter, labels[i]);
    }
}

// ---- the curves ----

LikenessCurves::LikenessCurves(State& state, QWidget* parent) : QWidget(parent), state_(state) {
    setObjectName("likenessCurves");
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setToolTip(
        tr("The same cosine along each axis, through that element (section 3.2). How fast it falls is how finely the "
           "model can "
           "tell neighbours apart; where it rises again, far places look alike to it."));
    setAccessibleName(tr("Curves of how alike the positions are along each axis"));
    connect(&state_.labs(), &LabAnswers::positionsChanged, this, &LikenessCurves::refresh);
    connect(&state_, &State::busyChanged, this, qOverload<>(&QWidget::update));
    refresh();
}

void LikenessCurves::refresh() {
    curves_.clear();
    const api::PositionLikeness* of = state_.labs().positions();
    const api::InputPart* where = partOf(state_, of);
    if (where && of->features > 0) {
        const int at = of->element - where->first, rows = where->grid.rows, cols = where->grid.cols;
        const bool sound = where->kind == api::Kind::audio;
        const auto seconds = [&](int i) { return QLocale().toString(where->start + where->step * i, 'f', 1); };
        const auto add = [&](const QString& title, const std::vector<float>& values, int mark, auto name) {
            if (values.size() < 2) return;
            Curve curve{title, {}, double(mark), {}, {}};
            for (int i = 0; i < int(values.size()); ++i) {
                curve.values.emplace_back(i, double(values[std::size_t(i)]));
                curve.names.push_back(name(i));
            }
            const int last = int(values.size()) - 1;
            for (const int i : {mark, 0, last}) curve.ticks.push_back({double(i), name(i)});
            curves_.push_back(std::move(curve));
        };
        const auto number = [](int i) { return QString::number(i); };
        add(tr("Over the frames, seconds"), of->along_frames, at / (rows * cols), seconds);
        if (sound) {
            add(tr("Over the pitches, Hz"), of->along_rows, at / cols % rows, [&](int i) {
                return count(std::llround(where->hertz.empty() ? double(i) : where->hertz[std::size_t(i)]));
            });
            add(tr("Over the time, seconds"), of->along_cols, at % cols, seconds);
        } else {
            add(tr("Down its column, by row"), of->along_rows, at / cols % rows, number);
            add(tr("Along its row, by column"), of->along_cols, at % cols, number);
        }
        if (!of->by_distance.empty()) {
            Curve curve{tr("Mean by distance from the point"), {}, 0, {}, {}};
            const double farthest = of->by_distance.back().up_to;
            for (const auto& shell : of->by_distance) {
                curve.values.emplace_back(shell.up_to - farthest / 20, shell.similarity);
                curve.names.push_back(
                    tr("%1 to %2, %3 points")
                        .arg(significant(shell.up_to - farthest / 10), significant(shell.up_to), count(shell.points)));
            }
            for (const double part : {0.0, 0.5, 1.0})
                curve.ticks.push_back({part * farthest, significant(part * farthest)});
            curves_.push_back(std::move(curve));
        }
    }
    QStringList words;
    for (const Curve& curve : curves_) {
        const auto least = std::min_element(curve.values.begin(), curve.values.end(),
                                            [](const auto& a, const auto& b) { return a.y() < b.y(); });
        words << tr("%1: from 1 down to %2").arg(curve.title, cosineWords(least->y()));
    }
    setAccessibleDescription(words.join(QStringLiteral("; ")));
    update();
}

QRectF LikenessCurves::plotOf(int curve) const {
    const double n = double(curves_.size()), wide = (width() - 2 * kPadding - (n - 1) * kGap) / n;
    return QRectF(kPadding + curve * (wide + kGap), kPadding + kTitle, wide, height() - 2 * kPadding - kTitle)
        .adjusted(kChartLeft - 6, 4, -4, -kChartBottom + 4);
}

Chart LikenessCurves::chartOf(int curve) const {
    const Curve& of = curves_[std::size_t(curve)];
    const double last =
        std::max({of.values.back().x(), of.ticks.back().at, 1e-6});  // above 0, were all points in one place
    return {plotOf(curve), {0, last, false, of.ticks},
            {-1, 1, false, {{1, QStringLiteral("1")}, {0, QStringLiteral("0")}, {-1, kMinus + '1'}}}};
}

Tip LikenessCurves::tipAt(const QPoint& at) const {
    for (int i = 0; i < int(curves_.size()); ++i) {
        if (!plotOf(i).contains(at)) continue;
        const Chart chart = chartOf(i);
        const double x = chart.x.value((at.x() - chart.plot.left()) / chart.plot.width());
        const auto& values = curves_[std::size_t(i)].values;
        const auto nearest = std::min_element(values.begin(), values.end(), [x](const auto& a, const auto& b) {
            return std::abs(a.x() - x) < std::abs(b.x() - x);
        });
        const QString& name = curves_[std::size_t(i)].names[std::size_t(nearest - values.begin())];
        return {tr("%1: cosine %2").arg(name, cosineWords(nearest->y())) + '\n' + toolTip(),
                curves_[std::size_t(i)].title};
    }
    return {toolTip(), accessibleDescription()};
}

void LikenessCurves::paintEvent(QPaintEvent*) {
    constexpr int most = 48;   // values that still get a dot each
    QPainter p(this);
    const Colors& c = colors();
    paintCard(p, rect(), c.raised, c.line);
    if (state_.dimmed()) p.setOpacity(0.4);
    for (int i = 0; i < int(curves_.size()); ++i) {
        const Curve& curve = curves_[std::size_t(i)];
        const Chart chart = chartOf(i);
        p.setFont(textFont(Text::caption, true));
        p.setPen(c.text);
        const QRectF title(chart.plot.left() - kChartLeft + 6, 8, chart.plot.width() + kChartLeft, kTitle);
        p.drawText(title, Qt::AlignVCenter,
                   p.fontMetrics().elidedText(curve.title, Qt::ElideRight, int(title.width())));
        paintAxes(p, chart, c);
        if (curve.mark >= 0) {
            const double x = chart.at(curve.mark, 0).x();
            p.fillRect(QRectF(x - 0.5, chart.plot.top(), 1, chart.plot.height()), c.muted);
        }
        paintCurve(p, chart, curve.values, c.input, Qt::SolidLine, int(curve.values.size()) <= most ? 2.5 : 0);
    }
}

}  // namespace perceiver::ui
