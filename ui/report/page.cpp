#include "ui/report/page.h"

#include <QFileInfo>
#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

#include "ui/points/cloud_painter.h"
#include "ui/style/colorbar.h"
#include "ui/style/colormap.h"
#include "ui/style/format.h"

namespace perceiver::ui {

namespace {

constexpr double kMargin = 56, kLeft = 400, kGap = 48, kMapGap = 32, kBar = 96, kMapExtra = 56;
constexpr double kLeastLower = 206, kMostLower = 240;
constexpr int kTop = 5;

QString words(const std::string& s) { return QString::fromStdString(s); }

/// The largest rectangle of that aspect inside `room`, at its top left.
QRectF fit(const QRectF& room, double aspect) {
    const double width = std::min(room.width(), room.height() * aspect);
    return {room.left(), room.top(), width, width / aspect};
}

}  // namespace

Page::Page(QPainter& painter, const api::ReportData& data)
    : p_(painter), data_(data), c_(colorsOf(Theme::light)) {}

void Page::draw() {
    p_.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    p_.fillRect(QRectF(0, 0, kWidth, kHeight), Qt::white);
    drawHeader();
    const double top = 144, bottom = kHeight - 76, left = kMargin + kLeft + kGap,
                 width = kWidth - kMargin - left;
    const bool shuffled = !data_.permutations.empty();
    const Grid grid = gridFor({left, top, width, bottom - top - (shuffled ? kLeastLower : 0)});
    // What the maps leave goes to the shuffled pictures below them; the answer stands beside those.
    const double used = grid.rows * (grid.cell / aspect() + kMapExtra);
    const double lower = shuffled ? std::clamp(bottom - top - used, kLeastLower, kMostLower) : kLeastLower;
    drawInput({kMargin, top, kLeft, bottom - lower - top - 24});
    drawPredictions({kMargin, bottom - lower, kLeft, lower});
    drawMaps({left, top, width, bottom - top}, grid);
    if (shuffled) drawPermutations({left, bottom - lower, width, lower});
    drawCaption({kMargin, kHeight - 56, kWidth - 2 * kMargin, 24});
}

double Page::text(const QRectF& room, int size, bool strong, const QColor& color, const QString& what,
                  int flags) {
    QFont font = textFont(Text::body, strong);
    font.setPixelSize(size);
    p_.setFont(font);
    p_.setPen(color);
    const QFontMetricsF metrics(font);
    const QString fitted = metrics.elidedText(what, Qt::ElideRight, room.width());
    p_.drawText(room, flags, fitted);
    return metrics.horizontalAdvance(fitted);
}

/// Maps are enlarged here, pixel by pixel: readers of SVG and PDF would blur them.
void Page::picture(const QRectF& at, const QImage& image, bool smooth) {
    if (image.isNull()) return;
    const QSize size = (at.size() * 2).toSize();
    if (smooth)
        p_.drawImage(at, image.width() > size.width()
                             ? image.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
                             : image);
    else
        p_.drawImage(at, image.scaled(size, Qt::IgnoreAspectRatio, Qt::FastTransformation));
}

void Page::drawHeader() {
    const api::ModelInfo& m = data_.model;
    text({kMargin, 44, kWidth - 2 * kMargin, 40}, 32, true, c_.text, words(data_.file.name));
    QString line = inputWords() + tr(" · model %1 · %2 parameters · %3 classes")
                                      .arg(QFileInfo(words(m.id)).completeBaseName(), millions(m.parameters), count(m.classes));
    if (m.accuracy > 0) line += tr(" · %1 on the test split").arg(percent(m.accuracy));
    text({kMargin, 86, kWidth - 2 * kMargin, 26}, 17, false, c_.muted, line);
}

/// What the file is and what the model sees of it.
QString Page::inputWords() const {
    const api::FileInfo& f = data_.file;
    if (!f.cloud)
        return tr("%1 × %2 → %3 × %4").arg(f.width).arg(f.height).arg(data_.model.input_cols).arg(data_.model.input_rows);
    const QString seen = count(std::int64_t(f.cloud->xyz.size() / 3));
    if (f.cloud->file_faces > 0) return tr("%1 triangles → %2 points").arg(count(f.cloud->file_faces), seen);
    return f.cloud->others.empty() ? tr("%1 points").arg(seen) : tr("%1 → %2 points").arg(count(f.cloud->file_points), seen);
}

void Page::drawInput(const QRectF& room) {
    if (data_.file.cloud) {
        text({room.left(), room.top(), room.width(), 24}, 15, true, c_.input, tr("Input"));
        const QRectF at = fit(room.adjusted(0, 32, 0, 0), 1);
        return picture(at, cloudPicture(*data_.file.cloud, c_, (at.size() * 2).toSize()), true);
    }
    const QImage whole = toImage(data_.file.picture);
    if (whole.isNull()) return;
    text({room.left(), room.top(), room.width(), 24}, 15, true, c_.input, tr("Input"));
    const QRectF at = fit(room.adjusted(0, 32, 0, 0), double(whole.width()) / whole.height());
    picture(at, whole, true);
    const api::FileInfo& f = data_.file;
    if (f.crop_width <= 0 || (f.crop_width >= whole.width() - 1 && f.crop_height >= whole.height() - 1))
        return;
    const double s = at.width() / whole.width();  // what the model sees
    const QRectF crop(at.left() + f.crop_x * s, at.top() + f.crop_y * s, f.crop_width * s, f.crop_height * s);
    const QColor veil(255, 255, 255, 170);
    p_.fillRect(QRectF(at.topLeft(), QPointF(at.right(), crop.top())), veil);
    p_.fillRect(QRectF(QPointF(at.left(), crop.bottom()), at.bottomRight()), veil);
    p_.fillRect(QRectF(QPointF(at.left(), crop.top()), crop.bottomLeft()), veil);
    p_.fillRect(QRectF(crop.topRight(), QPointF(at.right(), crop.bottom())), veil);
    p_.setPen(QPen(c_.input, 2));
    p_.setBrush(Qt::NoBrush);
    p_.drawRect(crop);
}

void Page::drawPredictions(const QRectF& room) {
    text({room.left(), room.top(), room.width(), 24}, 15, true, c_.output, tr("Answer"));
    for (int i = 0; i < std::min<int>(kTop, int(data_.predictions.size())); ++i) {
        const api::Prediction& row = data_.predictions[std::size_t(i)];
        const double y = room.top() + 34 + i * 34;
        text({room.left(), y, 150, 28}, 17, i == 0, c_.text, words(row.label));
        const QRectF track(room.left() + 160, y + 8, room.width() - 160 - 84, 12);
        p_.setPen(Qt::NoPen);
        p_.setBrush(c_.track);
        p_.drawRoundedRect(track, 6, 6);
        const double filled = track.width() * std::clamp(double(row.probability), 0.0, 1.0);
        p_.setBrush(c_.output);
        if (filled >= 1)
            p_.drawRoundedRect(QRectF(track.left(), track.top(), filled, 12), std::min(6.0, filled / 2), 6);
        text({room.right() - 80, y, 80, 28}, 17, i == 0, i == 0 ? c_.text : c_.muted,
             percent(double(row.probability)), Qt::AlignRight | Qt::AlignVCenter);
    }
}

double Page::aspect() const {
    const api::FileInfo& f = data_.file;
    if (f.cloud) return 1;
    if (f.crop_width > 0 && f.crop_height > 0) return f.crop_width / f.crop_height;
    return data_.model.input_rows > 0 ? double(data_.model.input_cols) / data_.model.input_rows : 1;
}

/// As many columns as make the maps largest.
Page::Grid Page::gridFor(const QRectF& room) const {
    const int n = int(data_.maps.size());
    Grid best;
    for (int columns = 1; columns <= n; ++columns) {
        const int rows = (n + columns - 1) / columns;
        const double wide = (room.width() - (columns - 1) * kMapGap) / columns - kBar;
        const double cell = std::min(wide, (room.height() / rows - kMapExtra) * aspect());
        if (cell > best.cell) best = {columns, rows, cell};
    }
    return best;
}

void Page::drawMaps(const QRectF& room, const Grid& grid) {
    if (data_.maps.empty()) return;
    const double width = (room.width() - (grid.columns - 1) * kMapGap) / grid.columns,
                 height = grid.cell / aspect() + kMapExtra;
    for (int i = 0; i < int(data_.maps.size()); ++i)
        drawMap({room.left() + i % grid.columns * (width + kMapGap), room.top() + i / grid.columns * height,
                 width, height - 24},
                data_.maps[std::size_t(i)], i);
}

void Page::drawMap(const QRectF& room, const api::Map& map, int index) {
    QString title = tr("Cross-attend %1").arg(index + 1);
    const int shared = index < int(data_.model.stages.size())
                           ? data_.model.stages[std::size_t(index)].cross.shared_with
                           : -1;
    const double used = text({room.left(), room.top(), room.width(), 24}, 15, true, c_.cross, title);
    if (shared >= 0)
        text({room.left() + used + 10, room.top(), room.width() - used - 10, 24}, 13, false, c_.muted,
             tr("shares the weights of %1").arg(shared + 1));
    const QRectF at = fit(room.adjusted(0, 32, -kBar, 0), aspect());
    const bool cloud = data_.file.cloud != nullptr;
    const api::ColorTable table = cloud ? colorsOnGround(ColorMap::viridis, Theme::light) : api::color_table(ColorMap::viridis);
    if (cloud)
        picture(at, mapPicture(data_.file, map, table, c_, (at.size() * 2).toSize()), true);
    else
        picture(at, paintMap(map, ColorMap::viridis), false);
    const QRectF bar(at.right() + 12, at.top(), 12, at.height());
    picture(bar, paintColorBar(table), false);
    for (const Tick& tick : colorBarTicks(map, data_.model.input_elements, 20 / bar.height())) {
        const double y =
            std::clamp(bar.bottom() - tick.position * bar.height(), bar.top() + 7, bar.bottom() - 7);
        text({bar.right() + 6, y - 10, 90, 20}, 12, false, c_.muted, tick.label);
    }
}

void Page::drawPermutations(const QRectF& room) {
    const int n = int(data_.permutations.size());
    const double width = (room.width() - (n - 1) * kMapGap) / n;
    for (int i = 0; i < n; ++i)
        drawPermutation({room.left() + i * (width + kMapGap), room.top(), width, room.height()},
                        data_.permutations[std::size_t(i)]);
}

void Page::drawPermutation(const QRectF& room, const api::PermutationResult& run) {
    p_.setPen(QPen(c_.line, 1));
    p_.setBrush(c_.raised);
    p_.drawRoundedRect(room, 8, 8);
    const QImage input = toImage(run.input);
    const double side = std::min(room.height() - 24, 216.0);
    const QRectF at = input.isNull() ? QRectF(room.left() + 12, room.top() + 12, side, side)
                                     : fit({room.left() + 12, room.top() + 12, side, side},
                                           double(input.width()) / input.height());
    if (data_.file.cloud)  // in another order it looks the same
        picture(at, cloudPicture(*data_.file.cloud, c_, (at.size() * 2).toSize()), true);
    else
        picture(at, input, false);
    const QRectF side_text(at.right() + 16, room.top() + 10, room.right() - at.right() - 24, 24);
    text(side_text, 15, true, c_.text,
         run.arm == api::Arm::travel ? tr("Shuffled, positions travel") : tr("Shuffled, positions stay"));
    if (run.predictions.empty() || data_.predictions.empty()) return;
    const int was = data_.predictions.front().index;
    const api::Prediction& says = run.predictions.front();
    const auto same = std::find_if(run.predictions.begin(), run.predictions.end(),
                                   [was](const api::Prediction& x) { return x.index == was; });
    const double probability = same == run.predictions.end() ? 0 : double(same->probability);
    const QString number = tr("%1 %2").arg(percent(probability), words(data_.predictions.front().label));
    text(side_text.translated(0, 34).adjusted(0, 0, 0, 8), 26, true, says.index == was ? c_.input : c_.cross,
         number);
    const QString answer =
        says.index == was ? tr("The same answer")
                          : tr("Says %1, %2").arg(words(says.label), percent(double(says.probability), 0));
    text(side_text.translated(0, 78), 14, false, c_.muted, answer);
    text(side_text.translated(0, 102), 14, false, c_.muted,
         tr("Largest logit difference %1")
             .arg(significant(run.largest_logit_difference, run.largest_logit_difference < 1e-3 ? 1 : 2)));
    text(side_text.translated(0, 126), 14, false, c_.muted, tr("Seed %1").arg(run.seed));
}

void Page::drawCaption(const QRectF& room) {
    const bool logit = !data_.maps.empty() && data_.maps.front().scale == api::Scale::logit;
    const int elements = data_.model.input_elements;
    const bool cloud = data_.file.cloud != nullptr;
    const QString one = cloud ? tr("point") : tr("pixel"), many = cloud ? tr("points") : tr("pixels");
    const QString meaning =
        logit ? tr("Colour: %1: the score of each %2 before the softmax.").arg(words(data_.map_words), one)
              : tr("Colour: %1. 1× uniform is 1/%2: each of the %2 %3 read alike. Colours are even in "
                   "the square root.")
                    .arg(words(data_.map_words), count(elements), many);
    text(room.adjusted(0, 0, -260, 0), 14, false, c_.muted, meaning);
    text(room, 14, false, c_.muted, tr("PerceiverScope · %1").arg(milliseconds(data_.timings.total)),
         Qt::AlignRight | Qt::AlignVCenter);
}

}  // namespace perceiver::ui
