// What the architecture strip's cards look like; architecture_strip.cpp says where they lie and what the pointer does.
#include <QPainter>
#include <QPolygonF>
#include <QScrollBar>
#include <algorithm>
#include <numeric>
#include <utility>

#include "ui/panels/architecture_strip.h"
#include "ui/points/cloud_painter.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/sound_paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr double kPad = 8, kTitle = 20, kLine = 15;
constexpr double kBeside = 54;  // the words beside a roomy card's picture
constexpr double kLongest = 3;  // of a thumbnail, how often the one side goes into the other
constexpr double kAcross = 1.6; // from here on it takes the card's width, and the words go below

double smallWidth(const QString& words) { return tabularWidth(QFontMetricsF(textFont(Text::caption)), words); }

QFont titleFont(const QRectF& inner, const QString& words) {
    QFont font = textFont(Text::body, true);
    font.setPixelSize(12);
    if (QFontMetricsF(font).horizontalAdvance(words) > inner.width()) font.setPixelSize(11);
    return font;
}

void paintTitle(QPainter& p, const QRectF& inner, const QString& words) {
    p.setFont(titleFont(inner, words));
    p.setPen(colors().text);
    const QString fitted = QFontMetricsF(p.font()).elidedText(words, Qt::ElideRight, inner.width());
    p.drawText(QRectF(inner.left(), inner.top(), inner.width(), 16), Qt::AlignVCenter, fitted);
}

void paintSmall(QPainter& p, const QRectF& inner, double top, const QString& words, const QColor& color) {
    p.setFont(textFont(Text::caption));
    p.setPen(color);
    const QString fitted = QFontMetricsF(p.font()).elidedText(words, Qt::ElideRight, inner.width() + 1);
    paintTabular(p, QRectF(inner.left(), top, inner.width(), 15), Qt::AlignVCenter, fitted);
}

}  // namespace

QImage ArchitectureStrip::thumbnail(int index) const {
    const ResultPtr r = state_.result();
    if (!r || index < 0 || index >= int(r->cross.size()) || !r->cross[std::size_t(index)].thumbnail) return {};
    if (r->file->cloud) return cloudThumbnail(index);
    const MapPtr map = r->cross[std::size_t(index)].thumbnail;
    const api::ColorTable& table = api::color_table(state_.view().colorMap);
    KeptThumbnail& kept = thumbnails_[index];  // hovering repaints the strip, many times a second
    if (kept.of != r->file || kept.map != map || kept.table != table)
        kept = {r->file, map, table, paintMap(*map, state_.view().colorMap)};
    return kept.image;
}

/// The cloud itself, coloured by a mean map, or plain (-1). Kept: of many points each takes milliseconds.
QImage ArchitectureStrip::cloudThumbnail(int index) const {
    const ResultPtr r = state_.result();
    const MapPtr map = index < 0 ? nullptr : r->cross[std::size_t(index)].mean;
    const api::ColorTable table = colorsOnGround(state_.view().colorMap, theme());
    KeptThumbnail& kept = thumbnails_[index];
    if (kept.of == r->file && kept.map == map && kept.table == table) return kept.image;
    const QSize size(128, 128);
    kept = {r->file, map, table,
            map ? mapPicture(*r->file, *map, table, colors(), size) : cloudPicture(*r->file->cloud, colors(), size)};
    return kept.image;
}

ArchitectureStrip::Light ArchitectureStrip::light(const Card& card) const {
    const ResultPtr r = state_.result();
    if (!r) return card.kind == Kind::input || !state_.busy() ? Light::on : Light::off;
    const auto crossDone = [&](int k) { return r->cross[std::size_t(k)].mean != nullptr; };
    const auto blocksDone = [&](int k) {
        return r->finished ||
               r->blockMs[std::size_t(k)].size() >= model_->stages[std::size_t(k)].blocks.size();
    };
    const int stages = int(model_->stages.size());
    switch (card.kind) {
        case Kind::input:
            return Light::on;
        case Kind::cross:
            if (crossDone(card.stage)) return Light::on;
            return card.stage == 0 || (crossDone(card.stage - 1) && blocksDone(card.stage - 1)) ? Light::next
                                                                                                : Light::off;
        case Kind::latent:
            if (blocksDone(card.stage)) return Light::on;
            return crossDone(card.stage) ? Light::next : Light::off;
        case Kind::output:
            break;
    }
    if (r->finished) return Light::on;
    return stages == 0 || blocksDone(stages - 1) ? Light::next : Light::off;
}

void ArchitectureStrip::paintEvent(QPaintEvent*) {
    QPainter p(viewport());
    p.fillRect(viewport()->rect(), colors().background);
    p.fillRect(QRect(0, viewport()->height() - 1, viewport()->width(), 1), colors().line);
    if (!model_) return;
    if (std::exchange(facesTheme_, theme()) != theme() ||
        std::exchange(facesColors_, state_.view().colorMap) != state_.view().colorMap)
        faces_.clear();
    faces_.resize(cards_.size());
    p.translate(-horizontalScrollBar()->value(), 0);
    for (std::size_t i = 0; i + 1 < cards_.size(); ++i)
        paintArrow(p, cards_[i].rect.right(), cards_[i + 1].rect.left());
    for (const Card& card : cards_) paintOne(p, card);
    p.resetTransform();
    const auto fade = [&](bool left) {
        QLinearGradient g(left ? 0 : viewport()->width(), 0, left ? 28 : viewport()->width() - 28, 0);
        QColor clear = colors().background;
        clear.setAlpha(0);
        g.setColorAt(0, colors().background);
        g.setColorAt(1, clear);
        p.fillRect(QRect(left ? 0 : viewport()->width() - 28, 0, 28, viewport()->height() - 1), g);
    };
    if (horizontalScrollBar()->value() > 0) fade(true);
    if (horizontalScrollBar()->value() < horizontalScrollBar()->maximum()) fade(false);
}

void ArchitectureStrip::paintArrow(QPainter& p, double from, double to) {
    const double y = kEdge + (kHeight - 2 * kEdge) / 2;
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    p.setBrush(colors().line);
    p.drawRect(QRectF(from, y - 1, to - from - 4, 2));
    p.drawPolygon(QPolygonF{{to - 5, y - 4}, {to - 5, y + 4}, {to, y}});
}

void ArchitectureStrip::paintOne(QPainter& p, const Card& card) {
    const Colors& c = colors();
    const bool selected =
        card.kind == Kind::cross && card.stage == state_.view().crossAttend && state_.result();
    p.save();
    p.drawPixmap(card.rect.topLeft(), face(card));
    if (selected) {
        p.setRenderHint(QPainter::Antialiasing);
        p.setPen(QPen(c.cross, 2));
        p.setBrush(Qt::NoBrush);
        p.drawRoundedRect(card.rect.adjusted(-2, -2, 2, 2), kCardRadius + 2, kCardRadius + 2);
    }
    const ViewState& view = state_.view();
    if (card.kind == Kind::cross && view.compare != Compare::none && state_.result() &&
        card.stage == view.other.crossAttend && !selected) {
        p.setRenderHint(QPainter::Antialiasing);
        p.setPen(QPen(c.cross, 2, Qt::DotLine));
        p.setBrush(Qt::NoBrush);
        p.drawRoundedRect(card.rect.adjusted(-2, -2, 2, 2), kCardRadius + 2, kCardRadius + 2);
    }
    if (card.kind == Kind::cross && roomy_) paintReading(p, card);
    p.restore();
}

/// What of a card neither hovering nor stepping changes, kept: both repaint the strip many times a second.
const QPixmap& ArchitectureStrip::face(const Card& card) {
    Face& kept = faces_[std::size_t(&card - cards_.data())];
    const double ratio = devicePixelRatioF();
    const QString look = lookOf(card);
    if (kept.look == look && kept.picture.devicePixelRatio() == ratio) return kept.picture;
    kept.look = look;
    kept.picture = QPixmap((card.rect.size() * ratio).toSize());
    kept.picture.setDevicePixelRatio(ratio);
    kept.picture.fill(colors().background);
    QPainter p(&kept.picture);
    p.translate(-card.rect.topLeft());
    paintFace(p, card);
    return kept.picture;
}

/// All that a card's face is drawn from, but the model, the colours and the room, with which all of them change.
QString ArchitectureStrip::lookOf(const Card& card) const {
    const ResultPtr r = state_.result();
    if (!r) return QStringLiteral("%1").arg(int(light(card)));
    QString look = QStringLiteral("%1 of %2").arg(int(light(card))).arg(r->job);
    const auto stage = std::size_t(std::max(0, card.stage));
    if (card.kind == Kind::cross) look += r->cross[stage].mean ? QStringLiteral(" done") : QString();
    if (card.kind == Kind::latent) {
        const std::size_t done = r->blockMs[stage].size();
        look += QStringLiteral(" %1").arg(done);
        if (r->cross[stage].mean && done < model_->stages[stage].blocks.size())
            look += QStringLiteral(" + %1").arg(r->layersDone);
    }
    if (card.kind == Kind::output) look += r->finished ? QStringLiteral(" done") : QString();
    return look;
}

QRectF ArchitectureStrip::innerOf(const QRectF& card) const {
    const double pad = roomy_ ? kPad : 6;
    return card.adjusted(pad, kPad + 1, -pad, -kPad + 2);
}

void ArchitectureStrip::paintFace(QPainter& p, const Card& card) {
    const Colors& c = colors();
    const QRectF inner = innerOf(card.rect);
    const QColor role = card.kind == Kind::input    ? c.input
                        : card.kind == Kind::cross  ? c.cross
                        : card.kind == Kind::latent ? c.latent
                                                    : c.output;
    const Light lit = light(card);
    paintCard(p, card.rect, c.panel, lit == Light::next ? role : c.line, role);
    if (lit == Light::off) p.setOpacity(0.45);
    switch (card.kind) {
        case Kind::input:
            paintInput(p, inner);
            break;
        case Kind::cross:
            paintCross(p, inner, card.stage);
            break;
        case Kind::latent:
            paintLatent(p, inner, card.stage);
            break;
        case Kind::output:
            paintOutput(p, inner);
            break;
    }
}

/// How much this cross-attend reads the element pointed at, beside its map.
void ArchitectureStrip::paintReading(QPainter& p, const Card& card) {
    const api::ElementInfo* e = state_.element();
    const auto stage = std::size_t(card.stage);
    if (!e || stage >= e->reading.size() || e->reading[stage].empty()) return;
    const QImage map = thumbnail(card.stage);
    if (map.isNull()) return;
    const auto& reading = e->reading[stage];
    const double mean = std::accumulate(reading.begin(), reading.end(), 0.0) / double(reading.size());
    const QString words = timesUniform(mean * model_->input_elements);
    const QRectF inner = innerOf(card.rect), thumb = thumbRect(inner, map);
    if (!wordsBelow(map)) return paintSmall(p, wordsBeside(inner, thumb), inner.top() + kTitle, words, colors().input);
    const double width = smallWidth(words);
    paintSmall(p, QRectF(inner.right() - width, inner.top(), width, inner.height()), inner.bottom() - 14, words,
               colors().input);
}

void ArchitectureStrip::paintInput(QPainter& p, const QRectF& inner) {
    paintTitle(p, inner, tr("Input array"));
    const ResultPtr r = state_.result();
    const QImage picture = !r ? QImage() : r->file->cloud ? cloudThumbnail(-1)
                           : r->view.isNull() ? soundThumbnail(*r->file, {192, 64}) : r->view;
    const QString elements = count(model_->input_elements),
                  channels = QString::fromUtf8("× %1").arg(count(model_->token_channels)),
                  shape = elements + ' ' + channels;
    const QRectF thumb = paintThumb(p, inner, picture), words = wordsBelow(picture) ? inner : wordsBeside(inner, thumb);
    const bool oneLine = wordsBelow(picture) || smallWidth(shape) <= words.width();
    if (!oneLine) paintSmall(p, words, inner.bottom() - 29, elements, colors().muted);
    paintSmall(p, words, inner.bottom() - 14, oneLine ? shape : channels, colors().muted);
}

double ArchitectureStrip::aspectOf(const QImage& image) const {
    const double own = !image.isNull()          ? double(image.width()) / image.height()
                       : model_->input_rows > 1 ? double(model_->input_cols) / model_->input_rows
                                                : 1;  // one row of points is drawn as no row
    return std::clamp(own, 1 / kLongest, kLongest);
}

/// In a narrow card, or under a map of that shape, one line of words goes below it; else they stand beside it.
bool ArchitectureStrip::wordsBelow(const QImage& image) const { return !roomy_ || aspectOf(image) >= kAcross; }

QRectF ArchitectureStrip::wordsBeside(const QRectF& inner, const QRectF& thumb) {
    return {thumb.right() + 8, inner.top(), inner.right() - thumb.right() - 6, inner.height()};
}

/// Where the whole map or picture lies, below the title.
QRectF ArchitectureStrip::thumbRect(const QRectF& inner, const QImage& image) const {
    const bool below = wordsBelow(image);
    const double room = inner.height() - kTitle - (below ? 16 : 1);
    const double width = std::min(below ? inner.width() : inner.width() - kBeside, room * aspectOf(image));
    return {inner.left(), inner.top() + kTitle, width, width / aspectOf(image)};
}

QRectF ArchitectureStrip::paintThumb(QPainter& p, const QRectF& inner, const QImage& image) {
    const QRectF thumb = thumbRect(inner, image);
    if (image.isNull()) {
        p.setPen(Qt::NoPen);
        p.setBrush(colors().raised);
        p.setRenderHint(QPainter::Antialiasing);
        p.drawRoundedRect(thumb, kPictureRadius, kPictureRadius);
    } else {
        paintImage(p, thumb, image, state_.result() && state_.result()->file->cloud);
    }
    return thumb;
}

void ArchitectureStrip::paintCross(QPainter& p, const QRectF& inner, int stage) {
    const Colors& c = colors();
    const api::CrossInfo& info = model_->stages[std::size_t(stage)].cross;
    const bool shared = info.shared_with >= 0 && info.shared_with != stage;
    paintTitle(p, inner, stage == 0 && roomy_ && !shared ? tr("Cross-attend 1") : QString::number(stage + 1));
    if (shared) {
        QFont font = textFont(Text::caption);
        font.setPixelSize(10);
        p.setFont(font);
        p.setPen(c.muted);
        const QString number = QString::number(info.shared_with + 1);
        const double d = std::max(13.0, QFontMetricsF(font).horizontalAdvance(number) + 6);
        const QRectF ring(inner.right() - d, inner.top() + 1.5, d, 13);
        p.setRenderHint(QPainter::Antialiasing);
        p.setBrush(Qt::NoBrush);
        p.drawRoundedRect(ring.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
        p.drawText(ring, Qt::AlignCenter, number);
        if (roomy_)
            p.drawText(QRectF(inner.left(), inner.top(), ring.left() - inner.left() - 4, 16),
                       Qt::AlignRight | Qt::AlignVCenter, tr("shared"));
    }
    const QImage map = thumbnail(stage);
    const QRectF thumb = paintThumb(p, inner, map);
    if (map.isNull()) return;
    const QString rows = count(model_->latents),
                  channels = QString::fromUtf8("× %1").arg(count(model_->latent_channels)),
                  shape = rows + ' ' + channels, ms = milliseconds(state_.result()->cross[std::size_t(stage)].ms);
    if (wordsBelow(map))
        return paintSmall(p, inner, inner.bottom() - 14, roomy_ ? shape + QString::fromUtf8(" · ") + ms : ms, c.muted);
    const QRectF beside = wordsBeside(inner, thumb);
    paintSmall(p, beside, inner.bottom() - 14, ms, c.muted);
    const bool oneLine = smallWidth(shape) <= beside.width();
    if (!oneLine) paintSmall(p, beside, inner.bottom() - 14 - 2 * kLine, rows, c.muted);
    paintSmall(p, beside, inner.bottom() - 14 - kLine, oneLine ? shape : channels, c.muted);
}

void ArchitectureStrip::paintLatent(QPainter& p, const QRectF& inner, int stage) {
    const auto& blocks = model_->stages[std::size_t(stage)].blocks;
    const int layers = std::accumulate(blocks.begin(), blocks.end(), 0,
                                       [](int n, const api::BlockInfo& b) { return n + b.layers; });
    paintTitle(p, inner, roomy_ ? tr("Latent × %1").arg(layers) : tr("Latent"));
    if (!roomy_)
        paintSmall(p, inner, inner.top() + 18, QString::fromUtf8("× %1").arg(layers), colors().muted);
    const Colors& c = colors();
    const bool repeated = stage > 0 && blocks.front().shared_with >= 0;
    if (repeated) {
        paintSmall(p, inner, inner.bottom() - 44, tr("same"), c.muted);
        paintSmall(p, inner, inner.bottom() - 29, tr("weights"), c.muted);
    } else {
        const QString rows = count(model_->latents),
                      channels = QString::fromUtf8("× %1").arg(count(model_->latent_channels));
        if (roomy_) {
            paintSmall(p, inner, inner.bottom() - 29, rows + ' ' + channels, c.muted);
        } else {
            paintSmall(p, inner, inner.bottom() - 44, rows, c.muted);
            paintSmall(p, inner, inner.bottom() - 29, channels, c.muted);
        }
    }
    const ResultPtr r = state_.result();
    if (!r) return;
    const auto& ms = r->blockMs[std::size_t(stage)];
    if (r->cross[std::size_t(stage)].mean && ms.size() < blocks.size()) return paintBlocks(p, inner, stage);
    if (ms.empty()) return;
    paintSmall(p, inner, inner.bottom() - 14, milliseconds(std::accumulate(ms.begin(), ms.end(), 0.0)),
               c.muted);
}

/// While they run: a piece for every block, as far as it is filled.
void ArchitectureStrip::paintBlocks(QPainter& p, const QRectF& inner, int stage) {
    const auto& blocks = model_->stages[std::size_t(stage)].blocks;
    const ResultPtr r = state_.result();
    const std::size_t done = r->blockMs[std::size_t(stage)].size();
    const double gap = blocks.size() > 12 ? 1 : 2;
    const double width = (inner.width() - gap * double(blocks.size() - 1)) / double(blocks.size());
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        const QRectF piece(inner.left() + double(b) * (width + gap), inner.bottom() - 9, width, 5);
        p.setBrush(colors().track);
        p.drawRoundedRect(piece, 1.5, 1.5);
        const double part = b < done ? 1 : b > done ? 0 : double(r->layersDone) / std::max(1, blocks[b].layers);
        p.setBrush(colors().latent);
        if (part > 0) p.drawRoundedRect(QRectF(piece.topLeft(), QSizeF(width * std::min(part, 1.0), 5)), 1.5, 1.5);
    }
}

void ArchitectureStrip::paintOutput(QPainter& p, const QRectF& inner) {
    const Colors& c = colors();
    const bool decoder = model_->head == "decoder";
    if (model_->head == "none") return paintTitle(p, inner, tr("Latents"));
    paintTitle(p, inner, !roomy_ ? tr("Classes") : decoder ? tr("Decoder → classes") : tr("Mean → classes"));
    const QString latents = QString::fromUtf8("%1 × %2").arg(count(model_->latents), count(model_->latent_channels)),
                  classes = QString::fromUtf8("→ %1").arg(count(model_->classes));
    const bool oneLine = smallWidth(latents + ' ' + classes) <= inner.width();
    paintSmall(p, inner, inner.top() + (oneLine ? 24 : 18), oneLine ? latents + ' ' + classes : latents, c.muted);
    if (!oneLine) paintSmall(p, inner, inner.top() + 33, classes, c.muted);
    const ResultPtr r = state_.result();
    if (!r || r->predictions.empty()) return;
    if (r->answersNoNumber()) return paintSmall(p, inner, inner.bottom() - 14, tr("not a number"), c.output);
    paintSmall(p, inner, inner.bottom() - 29, QString::fromStdString(r->predictions.front().label), c.output);
    paintSmall(p, inner, inner.bottom() - 14, percent(double(r->predictions.front().probability), 0),
               c.output);
}

}  // namespace perceiver::ui
