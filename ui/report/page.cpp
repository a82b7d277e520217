#include "ui/report/page.h"

#include <QFileInfo>
#include <QFontMetricsF>
#include <QLocale>
#include <algorithm>
#include <cmath>

#include "engine/api/over_time.h"
#include "ui/points/cloud_painter.h"
#include "ui/style/colorbar.h"
#include "ui/style/colormap.h"
#include "ui/style/film_paint.h"
#include "ui/style/format.h"
#include "ui/style/sound_paint.h"

namespace perceiver::ui {

namespace {

constexpr double kMargin = 56, kLeft = 400, kGap = 48, kMapGap = 32, kBar = 96, kMapExtra = 56;
constexpr double kLeastLower = 206, kMostLower = 240, kRivals = 46;  // the last: more where there are rivals
constexpr int kTop = 5;
constexpr double kFilmStrip = 44, kFilmBars = 40, kFilmTimes = 20, kSheetGap = 3;
constexpr int kMostInSheet = 16, kMostInStrip = 8;

QString words(const std::string& s) { return QString::fromStdString(s); }

/// Cells of a sheet of so many maps: as many across as down, or one more.
std::pair<int, int> sheetOf(int maps) {
    const int across = int(std::ceil(std::sqrt(double(maps))));
    return {across, (maps + across - 1) / across};
}

/// `most` of n things, evenly chosen: which the i-th is.
int chosen(int i, int n, int most) { return n <= most ? i : (2 * i + 1) * n / (2 * most); }

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
    const double more = shuffled && !data_.permutations.front().rivals.empty() ? kRivals : 0,
                 least = kLeastLower + more;
    const Grid grid = gridFor({left, top, width, bottom - top - (shuffled ? least : 0)});
    // What the maps leave goes to the shuffled pictures below them; the answer stands beside those.
    const double used = grid.rows * (grid.cell / mapAspect() + mapExtra());
    const double lower = shuffled ? std::clamp(bottom - top - used, least, kMostLower + more) : kLeastLower;
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
    QString line =
        tr("%1 · model %2 · %3 parameters · %4 classes")
            .arg(seenWords(), QFileInfo(words(m.id)).completeBaseName(), millions(m.parameters), count(m.classes));
    if (m.accuracy > 0) line += tr(" · %1 on the test split").arg(percent(m.accuracy));
    text({kMargin, 86, kWidth - 2 * kMargin, 26}, 17, false, c_.muted, line);
}

QString Page::seenWords() const {
    const api::FileInfo& f = data_.file;
    if (isSound()) return soundWords(f).join(' ');
    if (f.cloud) {
        const QString points = count(std::int64_t(f.cloud->xyz.size() / 3));
        if (f.cloud->file_faces > 0) return tr("%1 triangles → %2 points").arg(count(f.cloud->file_faces), points);
        return f.cloud->others.empty() ? tr("%1 points").arg(points)
                                       : tr("%1 → %2 points").arg(count(f.cloud->file_points), points);
    }
    const QString size = tr("%1 × %2").arg(f.width).arg(f.height);
    if (!f.film || !f.view) return tr("%1 → %2 × %3").arg(size).arg(data_.model.input_cols).arg(data_.model.input_rows);
    const QString view = tr("%1 × %2").arg(f.view->width).arg(f.view->height);
    const QString seconds = QLocale().toString(f.film->duration, 'f', 1);
    if (f.film->frames.size() == 1) return tr("%1, %2 s → a frame of %3").arg(size, seconds, view);
    return tr("%1, %2 s → %3 frames of %4").arg(size, seconds, QString::number(f.film->frames.size()), view);
}

const api::InputPart* Page::film() const {
    const api::InputPart* part = data_.file.film ? api::seen_part(data_.file) : nullptr;
    return part && part->grid.frames > 1 ? part : nullptr;
}

/// Some of the frames the model read, below the one in the middle.
void Page::drawFrames(const QRectF& room) {
    const api::FilmInfo& read = *data_.file.film;
    const int n = int(read.frames.size()), most = std::min(n, kMostInStrip);
    std::vector<QImage> frames;
    for (int i = 0; i < most; ++i) frames.push_back(toImage(read.frames[std::size_t(chosen(i, n, most))]));
    paintFrames(p_, {room.left(), room.top(), room.width(), kFilmStrip}, frames, c_);
    paintTimes(p_, {room.left(), room.top() + kFilmStrip, room.width(), kFilmTimes}, read.start,
               read.start + read.seconds, c_);
}

/// Waveform and spectrogram on one axis of time.
void Page::drawSound(const QRectF& room) {
    constexpr double kWave = 72, kAxis = 22, kHertz = 44;
    text({room.left(), room.top(), room.width(), 24}, 15, true, c_.input, tr("Input"));
    const QRectF wave(room.left() + kHertz, room.top() + 32, room.width() - kHertz, kWave);
    p_.fillRect(wave, c_.raised);
    paintWaveform(p_, soundAxes(data_.file, wave), *data_.file.sound, c_.input);
    const QRectF pitches(wave.left(), wave.bottom() + 8, wave.width(),
                         std::min(220.0, room.bottom() - wave.bottom() - 8 - kAxis));
    if (pitches.height() < 40) return;
    soundPicture(pitches, nullptr);
    const SoundAxes axes = soundAxes(data_.file, pitches);
    for (const AxisTick& tick : hertzTicks(axes))
        text({room.left(), axes.y(tick.value) - 9, kHertz - 6, 18}, 12, false, c_.muted, tick.label,
             Qt::AlignRight | Qt::AlignVCenter);
    for (const AxisTick& tick : timeTicks(axes.from, axes.to, pitches.width())) {
        const double left = std::clamp(axes.x(tick.value) - 30, pitches.left(), pitches.right() - 60);
        const auto side = left == pitches.left()         ? Qt::AlignLeft
                          : left == pitches.right() - 60 ? Qt::AlignRight
                                                         : Qt::AlignHCenter;
        text({left, pitches.bottom() + 3, 60, 18}, 12, false, c_.muted, tick.label, side | Qt::AlignVCenter);
    }
}

/// As an image, enlarged here: see picture().
void Page::soundPicture(const QRectF& at, const api::Map* map) {
    QImage image((at.size() * 2).toSize(), QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    if (map)
        paintSound(painter, image.rect(), data_.file, *map, ColorMap::viridis, 0.6);
    else
        paintSpectrogram(painter, soundAxes(data_.file, image.rect()), spectrogramImage(data_.file.sound->spectrogram),
                         data_.file.sound->spectrogram);
    painter.end();
    p_.drawImage(at, image);
}

void Page::drawInput(const QRectF& whole_room) {
    if (isSound()) return drawSound(whole_room);
    if (data_.file.cloud) {
        text({whole_room.left(), whole_room.top(), whole_room.width(), 24}, 15, true, c_.input, tr("Input"));
        const QRectF at = fit(whole_room.adjusted(0, 32, 0, 0), 1);
        return picture(at, cloudPicture(*data_.file.cloud, c_, (at.size() * 2).toSize()), true);
    }
    QRectF room = whole_room;
    QImage whole = toImage(data_.file.picture);
    if (whole.isNull()) return;
    QString title = tr("Input");
    if (film()) {
        const auto middle = data_.file.film->frames.size() / 2;
        whole = toImage(data_.file.film->frames[middle]);
        title = tr("Input, frame %1 of %2").arg(middle + 1).arg(data_.file.film->frames.size());
        room.adjust(0, 0, 0, -kFilmStrip - kFilmTimes - 8);
    }
    text({room.left(), room.top(), room.width(), 24}, 15, true, c_.input, title);
    const QRectF at = fit(room.adjusted(0, 32, 0, 0), double(whole.width()) / whole.height());
    if (film()) drawFrames({whole_room.left(), at.bottom() + 8, whole_room.width(), kFilmStrip + kFilmTimes});
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
    if (isSound()) return 2.2;
    if (f.cloud) return 1;
    if (f.crop_width > 0 && f.crop_height > 0) return f.crop_width / f.crop_height;
    return data_.model.input_rows > 0 ? double(data_.model.input_cols) / data_.model.input_rows : 1;
}

double Page::mapAspect() const {
    if (!film()) return aspect();
    const auto [across, down] = sheetOf(std::min(film()->grid.frames, kMostInSheet));
    return aspect() * across / down;
}

double Page::mapExtra() const { return kMapExtra + (film() ? kFilmBars + kFilmTimes + 4 : 0); }

/// The map of each block of frames, in order, all in the same colours.
void Page::drawSheet(const QRectF& room, const api::Map& map) {
    const api::InputPart& part = *film();
    const int most = std::min(part.grid.frames, kMostInSheet), size = part.grid.rows * part.grid.cols;
    if (part.first + part.grid.count() > int(map.values.size())) return;
    const auto [across, down] = sheetOf(most);
    const double wide = room.width() / across, tall = room.height() / down;
    const ColorRange range = api::range_of(map.scale, map.low, map.high);
    for (int i = 0; i < most; ++i) {
        const float* values = map.values.data() + part.first + chosen(i, part.grid.frames, most) * size;
        picture({room.left() + i % across * wide, room.top() + i / across * tall, wide - kSheetGap, tall - kSheetGap},
                paintMap(values, part.grid.rows, part.grid.cols, range, ColorMap::viridis), false);
    }
}

/// Attention over the time of the film, below its maps.
void Page::drawTimes(const QRectF& room, const api::Map& map) {
    const api::InputPart& part = *film();
    if (map.scale == api::Scale::probability)
        paintBars(p_, {room.left(), room.top(), room.width(), kFilmBars}, {{api::over_frames(map, part), c_.cross}},
                  double(part.grid.count()) / part.grid.frames / double(map.values.size()), c_);
    paintTimes(p_, {room.left(), room.top() + kFilmBars, room.width(), kFilmTimes}, part.start,
               part.start + part.step * part.grid.frames, c_);
}

/// As many columns as make the maps largest.
Page::Grid Page::gridFor(const QRectF& room) const {
    const int n = int(data_.maps.size());
    Grid best;
    for (int columns = 1; columns <= n; ++columns) {
        const int rows = (n + columns - 1) / columns;
        const double wide = (room.width() - (columns - 1) * kMapGap) / columns - kBar;
        const double cell = std::min(wide, (room.height() / rows - mapExtra()) * mapAspect());
        if (cell > best.cell) best = {columns, rows, cell};
    }
    return best;
}

void Page::drawMaps(const QRectF& room, const Grid& grid) {
    if (data_.maps.empty()) return;
    const double width = (room.width() - (grid.columns - 1) * kMapGap) / grid.columns,
                 height = grid.cell / mapAspect() + mapExtra();
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
    const bool cloud = data_.file.cloud != nullptr;
    const api::ColorTable table =
        cloud ? colorsOnGround(ColorMap::viridis, Theme::light) : api::color_table(ColorMap::viridis);
    const api::InputPart *seen = api::seen_part(data_.file), *heard = api::heard_part(data_.file);
    if (seen && heard && map.scale == api::Scale::probability)
        text(QRectF(room).adjusted(used + (shared >= 0 ? 200 : 16), 0, 0, 24 - room.height()), 13, false, c_.muted,
             tr("picture %1 of attention · sound %2")
                 .arg(percent(api::share(map, *seen), 0), percent(api::share(map, *heard), 0)),
             Qt::AlignRight | Qt::AlignVCenter);
    const QRectF at = fit(room.adjusted(0, 32, -kBar, kMapExtra - mapExtra()), mapAspect());
    if (film()) {
        drawSheet(at, map);
        drawTimes({at.left(), at.bottom() + 4, at.width() - kSheetGap, kFilmBars + kFilmTimes}, map);
    } else if (isSound()) {
        soundPicture(at, &map);
    } else if (cloud) {
        picture(at, mapPicture(data_.file, map, table, c_, (at.size() * 2).toSize()), true);
    } else {
        picture(at, paintMap(map, ColorMap::viridis), false);
    }
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
    const QImage input =
        run.spectrogram && !run.input
            ? spectrogramImage(*run.spectrogram).scaled(432, 300, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
            : toImage(run.input);
    const bool narrow = room.width() < 420;  // three arms: the words need the room
    const double side = std::min(room.height() - 24, narrow ? 112.0 : 216.0);
    const QRectF at = input.isNull() ? QRectF(room.left() + 12, room.top() + 12, side, side)
                                     : fit({room.left() + 12, room.top() + 12, side, side},
                                           double(input.width()) / input.height());
    if (data_.file.cloud)  // in another order it looks the same, moved it does not
        picture(at, cloudPicture(run.cloud ? *run.cloud : *data_.file.cloud, c_, (at.size() * 2).toSize()), true);
    else
        picture(at, input, false);
    const QRectF side_text(at.right() + 16, room.top() + 10, room.right() - at.right() - 24, 24);
    text(side_text, 15, true, c_.text,
         run.arm == api::Arm::travel   ? (narrow ? tr("Positions travel") : tr("Shuffled, positions travel"))
         : run.arm == api::Arm::stay   ? (narrow ? tr("Positions stay") : tr("Shuffled, positions stay"))
         : run.arm == api::Arm::jitter ? tr("Points moved a little")
                                       : (narrow ? tr("No positions") : tr("Shuffled, no positions")));
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
         (narrow ? tr("Largest difference %1") : tr("Largest logit difference %1"))
             .arg(significant(run.largest_logit_difference, run.largest_logit_difference < 1e-3 ? 1 : 2)));
    if (run.rivals.empty())
        return void(text(side_text.translated(0, 126), 14, false, c_.muted, tr("Seed %1").arg(run.shuffle.seed)));
    const double left = narrow ? room.left() + 12 : side_text.left();
    drawRivals({left, side_text.top() + 126, room.right() - 12 - left, room.bottom() - side_text.top() - 130}, run);
}

/// A line each: how probable its answer is in order (the upper bar) and under the same shuffle, and what it says then.
void Page::drawRivals(const QRectF& room, const api::PermutationResult& run) {
    constexpr double kName = 124, kTrack = 60;
    const double line = std::min(20.0, room.height() / double(run.rivals.size() + 1));
    QRectF at(room.left(), room.top(), room.width(), line);
    text(at, 12, false, c_.muted, tr("Rivals: upper bar in order, lower bar shuffled"));
    for (const api::RivalAnswer& answer : run.rivals) {
        at.translate(0, line);
        const QString name = words(answer.rival->name) + (answer.rival->permutation ? tr(", own shuffle") : QString());
        const api::Prediction &was = answer.predictions.front(), &says = answer.shuffled.front();
        const QColor color = answer.same_answer ? c_.input : c_.cross;
        text(at.adjusted(0, 0, kName - at.width(), 0), 12, false, c_.muted, name);
        const auto bar = [&](double top, double part, const QColor& of) {
            p_.fillRect(QRectF(at.left() + kName + 4, top, kTrack, 4), c_.track);
            p_.fillRect(QRectF(at.left() + kName + 4, top, kTrack * std::clamp(part, 0.0, 1.0), 4), of);
        };
        bar(at.center().y() - 5, double(was.probability), c_.output);
        bar(at.center().y() + 1, double(says.probability), color);
        text(at.adjusted(kName + kTrack + 10, 0, 0, 0), 12, false, color,
             answer.same_answer ? tr("the same, %1").arg(percent(double(says.probability), 0))
                                : tr("%1 %2").arg(words(says.label), percent(double(says.probability), 0)));
    }
}

void Page::drawCaption(const QRectF& room) {
    const bool logit = !data_.maps.empty() && data_.maps.front().scale == api::Scale::logit;
    const int elements = data_.model.input_elements;
    const QString meaning =
        logit ? tr("Colour: %1: the score of each element before the softmax.").arg(words(data_.map_words))
              : tr("Colour: %1. 1× uniform is 1/%2: each of the %2 elements read alike. Colours are even in "
                   "the square root.")
                    .arg(words(data_.map_words), count(elements));
    text(room.adjusted(0, 0, -260, 0), 14, false, c_.muted, meaning);
    text(room, 14, false, c_.muted, tr("PerceiverScope · %1").arg(milliseconds(data_.timings.total)),
         Qt::AlignRight | Qt::AlignVCenter);
}

}  // namespace perceiver::ui
