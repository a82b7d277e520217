#include "ui/panels/arm_card.h"

#include <QPainter>
#include <QStyle>
#include <QToolButton>
#include <algorithm>

#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kFrameMs = 160;      // of a film in a card
constexpr int kFlightMs = 900;     // of a shuffle: long enough to follow one tile
constexpr int kMostFlying = 4096;  // cells
constexpr double kMostPicture = 140, kPicturePart = 0.42, kTitle = 20;
constexpr double kNarrow = 220, kNarrowPicture = 44;  // of the card, and of the picture in it
constexpr double kLow = 130, kNarrowWhereLow = 280;
// In a card less wide than the first not all words fit beside the picture.
constexpr double kWordsBelow = 300, kTwoLines = 36;

}  // namespace

ArmCard::ArmCard(const QString& objectName, const QString& title, QWidget* parent)
    : QWidget(parent), hear_(new QToolButton(this)), title_(title) {
    setObjectName(objectName);
    hear_->setObjectName(objectName + "Hear");
    hear_->setAccessibleName(tr("Hear"));
    hear_->setIconSize({12, 12});
    hear_->setText(tr("Hear"));
    hear_->setToolTip(tr("Hear the sound as the model receives it"));
    hear_->setFont(textFont(Text::caption));
    hear_->setFixedHeight(24);
    hear_->hide();
    connect(hear_, &QToolButton::clicked, this, [this] {
        if (hearIt_) hearIt_();
    });
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    flight_.setStartValue(0.0);
    flight_.setEndValue(1.0);
    flight_.setDuration(kFlightMs);
    connect(&flight_, &QVariantAnimation::valueChanged, this, qOverload<>(&QWidget::update));
    advance_.setInterval(kFrameMs);
    connect(&advance_, &QTimer::timeout, this, [this] {
        if (!isVisible()) return;
        frame_ = (frame_ + 1) % int(input_.size());
        update();
    });
}

void ArmCard::letHear(const std::function<void()>& hear) {
    hearIt_ = hear;
    hear_->setVisible(hear != nullptr);
}

void ArmCard::fly(const QImage& before, const std::vector<int>& from, int rows, int cols, bool upwards) {
    if (motionMs() == 0 || before.isNull() || rows * cols > kMostFlying || rows * cols > int(from.size())) return;
    before_ = before;
    from_.assign(from.begin(), from.begin() + rows * cols);
    rows_ = rows;
    cols_ = cols;
    upwards_ = upwards;
    flight_.start();
}

QRectF ArmCard::fitted(const QImage& input) const {
    const QRectF picture = pictureRect();
    const double side = picture.width(), aspect = double(input.width()) / input.height();
    QRectF out = aspect >= 1 ? QRectF(0, 0, side, side / aspect) : QRectF(0, 0, side * aspect, side);
    out.moveCenter(picture.center());
    if (hear_->isVisible() && !narrow()) out.moveTop(picture.top());
    return out;
}

/// Every cell on its way, in a straight line, slowly at both ends.
void ArmCard::paintFlight(QPainter& p) {
    const double t = flight_.currentValue().toDouble(), way = t * t * (3 - 2 * t);
    const QRectF room = fitted(before_);
    const auto place = [&](int cell) {
        const int row = upwards_ ? rows_ - 1 - cell / cols_ : cell / cols_;
        return QPointF(double(cell % cols_) / cols_, double(row) / rows_);
    };
    const QSizeF cell(room.width() / cols_, room.height() / rows_),
        source(double(before_.width()) / cols_, double(before_.height()) / rows_);
    p.save();
    p.setClipRect(room);
    p.fillRect(room, colors().panel);
    for (int i = 0; i < rows_ * cols_; ++i) {
        const int came = from_[std::size_t(i)];
        if (came < 0 || came >= rows_ * cols_) continue;
        const QPointF was = place(came), is = place(i), now = was + (is - was) * way;
        p.drawImage(
            QRectF(room.topLeft() + QPointF(now.x() * room.width(), now.y() * room.height()), cell + QSizeF(0.5, 0.5)),
            before_, QRectF(QPointF(was.x() * before_.width(), was.y() * before_.height()), source));
    }
    p.restore();
}

/// Too small for words beside the picture: only the number stands there, all else below.
bool ArmCard::narrow() const { return !bare_ && width() < (height() < kLow ? kNarrowWhereLow : kNarrow); }

/// Left free for words under the picture.
double ArmCard::roomBelow() const { return !narrow() && width() < kWordsBelow ? kTwoLines : 0; }

bool ArmCard::titleAbove() const {
    const double side = std::min({kMostPicture, height() - 24.0 - roomBelow(), kPicturePart * width()});
    return !bare_ &&
           (narrow() || QFontMetricsF(textFont(Text::body, true)).horizontalAdvance(title_) > width() - side - 36);
}

QRectF ArmCard::pictureRect() const {
    const double top = titleAbove() ? 12 + kTitle : 12, room = std::max(0.0, height() - top - 12 - roomBelow());
    const double side = bare_      ? 0
                        : narrow() ? std::min(kNarrowPicture, room)
                                   : std::min({kMostPicture, room, kPicturePart * width()});
    return {bare_ ? 0.0 : 12.0, top, side, side};
}

void ArmCard::resizeEvent(QResizeEvent*) {
    const QRectF picture = pictureRect();
    // On a small picture it would hide what it plays: there it stands beside the title, as an icon.
    if (hear_->property("square").toBool() != narrow()) {
        hear_->setProperty("square", narrow());
        hear_->style()->unpolish(hear_);
        hear_->style()->polish(hear_);
    }
    hear_->setText(narrow() ? QString() : tr("Hear"));
    hear_->setIcon(narrow() ? icon("play") : QIcon());
    hear_->resize(narrow() ? 24 : hear_->sizeHint().width(), 24);
    hear_->move(narrow() ? width() - 32 : int(picture.left()), narrow() ? 6 : int(picture.bottom()) - 24);
}

void ArmCard::clear(const QString& why, bool bare) {
    letHear(nullptr);
    if (bare_ == bare && number_.isEmpty() && input_.empty() && lines_ == QStringList{why}) return;
    bare_ = bare;
    number_.clear();
    input_.clear();
    advance_.stop();
    lines_ = {why};
    flight_.stop();
    setAccessibleName(text());
    setToolTip({});
    update();
}

void ArmCard::show(const std::vector<QImage>& input, double probability, const QColor& color,
                   const QStringList& lines) {
    const QString number = probability < 0 ? QString() : percent(probability);
    if (!bare_ && number == number_ && color == color_ && lines == lines_ && input == input_) return;
    bare_ = false;
    if (input_.size() != input.size()) frame_ = 0;
    input_ = input;
    if (input_.size() < 2 || motionMs() == 0)
        advance_.stop();
    else if (!advance_.isActive())
        advance_.start();
    number_ = number;
    color_ = color;
    lines_ = lines;
    setAccessibleName(text());
    setToolTip(text());  // a low card leaves lines out
    update();
}

QString ArmCard::text() const { return (QStringList{title_, number_} + lines_).join('\n'); }

void ArmCard::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    paintCard(p, rect(), c.raised, c.line);
    const QRectF picture = pictureRect();
    if (input_.empty() && !bare_) {
        p.setRenderHint(QPainter::Antialiasing);
        p.setPen(Qt::NoPen);
        p.setBrush(c.panel);
        p.drawRoundedRect(picture, kPictureRadius, kPictureRadius);
    } else if (flying()) {
        paintFlight(p);
    } else if (!input_.empty()) {
        const QImage& input = input_[std::size_t(frame_)];
        const QRectF at = fitted(input);
        paintImage(p, at, input, input.width() > at.width());
    }
    const QRectF beside(picture.right() + 12, picture.top() - 2, width() - picture.right() - 24,
                        height() - picture.top() - 8);
    QRectF text = titleAbove() ? QRectF(12, 10, width() - 24, height() - 20) : beside;
    p.setPen(c.text);
    p.setFont(textFont(Text::body, true));
    p.drawText(text, Qt::AlignTop, QFontMetricsF(p.font()).elidedText(title_, Qt::ElideRight, text.width()));
    text = titleAbove() ? beside : beside.adjusted(0, kTitle, 0, 0);
    if (!number_.isEmpty()) {
        p.setPen(color_);
        p.setFont(textFont(Text::number, true));
        paintTabular(p, QRectF(text.left(), text.top(), text.width(), 26), Qt::AlignVCenter, number_);
        text.setTop(text.top() + 30);
    }
    p.setPen(c.muted);
    p.setFont(textFont(Text::caption));
    int first = 0;
    if (narrow()) {  // what it says stands under the number where there is room for it
        const QRectF said = p.boundingRect(text, Qt::TextWordWrap | Qt::AlignTop, lines_.value(0));
        first = said.bottom() <= picture.bottom() + 2;
        if (first) p.drawText(text, Qt::TextWordWrap | Qt::AlignTop, lines_.value(0));
        text = QRectF(12, picture.bottom() + 3, width() - 24, height() - picture.bottom() - 8);
    }
    const double below = picture.bottom() + 4;
    // Beside the picture, then below it; what fits neither is left out whole.
    for (const QString& line : lines_.mid(first)) {
        QRectF used = p.boundingRect(text, Qt::TextWordWrap | Qt::AlignTop, line);
        if (used.bottom() > text.bottom() + 1 && text.left() > 12) {
            const double top = std::max(below, text.top());
            text = QRectF(12, top, width() - 24, height() - top - 6);
            used = p.boundingRect(text, Qt::TextWordWrap | Qt::AlignTop, line);
        }
        if (used.bottom() > text.bottom() + 1) break;
        p.drawText(text, Qt::TextWordWrap | Qt::AlignTop, line);
        text.setTop(used.bottom() + 2);
    }
}

}  // namespace perceiver::ui
