#include "ui/report/confusion_page.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/report/page.h"
#include "ui/style/colormap.h"
#include "ui/style/format.h"

namespace perceiver::ui {

namespace {

constexpr double kMargin = 56, kSide = 380, kBar = 60, kTop = 132, kBottom = 60;
constexpr double kLeastText = 7, kLabelRoom = 170, kColumnRoom = 120;

QString words(const std::string& s) { return QString::fromStdString(s).replace('_', ' '); }

}  // namespace

ConfusionPage::ConfusionPage(QPainter& painter, const api::Confusion& data)
    : p_(painter), data_(data), c_(colorsOf(Theme::light)), n_(int(data.labels.size())) {
    for (int row = 0; row < n_; ++row) {
        const auto first = data.counts.begin() + std::ptrdiff_t(row) * n_;
        files_.push_back(std::accumulate(first, first + n_, std::int64_t{0}));
    }
}

std::int64_t ConfusionPage::count(int row, int col) const {
    return data_.counts[std::size_t(row) * std::size_t(n_) + std::size_t(col)];
}

double ConfusionPage::part(int row, int col) const {
    const auto files = files_[std::size_t(row)];
    return files ? double(count(row, col)) / double(files) : 0;
}

QFont ConfusionPage::font(double size, bool strong) const {
    QFont font = textFont(Text::body, strong);
    font.setPixelSize(std::max(1, int(size)));
    return font;
}

void ConfusionPage::draw() {
    p_.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    p_.fillRect(QRectF(0, 0, Page::kWidth, Page::kHeight), Qt::white);
    drawHeader();
    const double left = kMargin + kLabelRoom + 24, top = kTop + kColumnRoom + 20;
    const double wide = Page::kWidth - kMargin - kSide - kBar - left, high = Page::kHeight - kBottom - top;
    const double cell = std::min({wide / n_, high / n_, 64.0});
    const QRectF matrix(left, top, cell * n_, cell * n_);
    drawCells(matrix, cell);
    drawLabels(matrix, cell);
    drawColorBar({matrix.right() + 20, matrix.top(), 12, std::max(matrix.height(), 80.0)});
    drawMistakes(
        {std::max(matrix.right() + 160, left + 400), top - kColumnRoom - 20, kSide, Page::kHeight - kBottom - kTop});
}

void ConfusionPage::drawHeader() {
    const double wide = Page::kWidth - 2 * kMargin;
    p_.setPen(c_.text);
    p_.setFont(font(32, true));
    const QString title = tr("%1: %2 right").arg(QString::fromStdString(data_.title), percent(data_.accuracy));
    p_.drawText(QRectF(kMargin, 36, wide, 42), Qt::AlignVCenter,
                QFontMetricsF(p_.font()).elidedText(title, Qt::ElideMiddle, wide));
    p_.setPen(c_.muted);
    p_.setFont(font(17));
    p_.drawText(QRectF(kMargin, 82, wide, 26), Qt::AlignVCenter,
                tr("%1 of %2 files; 95 %: %3 to %4; model %5")
                    .arg(ui::count(data_.correct), ui::count(data_.files), percent(data_.low), percent(data_.high),
                         QString::fromStdString(data_.model)));
}

void ConfusionPage::drawCells(const QRectF& matrix, double cell) {
    std::vector<float> parts(data_.counts.size());
    for (int row = 0; row < n_; ++row)
        for (int col = 0; col < n_; ++col) parts[std::size_t(row * n_ + col)] = float(part(row, col));
    // Probability's scale: a few large numbers over many small ones.
    const QImage cells =
        paintMap(parts.data(), n_, n_, api::range_of(api::Scale::probability, 0, 1), ColorMap::viridis);
    p_.drawImage(matrix, cells.scaled((matrix.size() * 2).toSize(), Qt::IgnoreAspectRatio, Qt::FastTransformation));
    if (cell < 16) return;
    p_.setFont(font(std::min(cell * 0.45, 15.0)));
    for (int row = 0; row < n_; ++row)
        for (int col = 0; col < n_; ++col) {
            if (!count(row, col)) continue;
            p_.setPen(part(row, col) > 0.35 ? Qt::black : Qt::white);
            p_.drawText(QRectF(matrix.left() + col * cell, matrix.top() + row * cell, cell, cell), Qt::AlignCenter,
                        QString::number(count(row, col)));
        }
}

void ConfusionPage::drawLabels(const QRectF& matrix, double cell) {
    p_.setPen(c_.muted);
    p_.setFont(font(15, true));
    p_.drawText(QRectF(matrix.left(), matrix.top() - kColumnRoom - 20, std::max(matrix.width(), 100.0), 20),
                Qt::AlignLeft, tr("Answered"));
    p_.drawText(QRectF(matrix.left() - kLabelRoom - 8, matrix.top() - 26, kLabelRoom, 20), Qt::AlignRight, tr("Was"));
    // Where lines of text would touch, only every few classes are named.
    const int every = std::max(1, int(std::ceil((kLeastText + 1) / cell)));
    const double size = std::clamp(cell * every * 0.85, kLeastText, 15.0);
    p_.setFont(font(size));
    p_.setPen(c_.text);
    const QFontMetricsF metrics(p_.font());
    for (int i = 0; i < n_; i += every) {
        const double middle = (i + 0.5) * cell;
        p_.drawText(QRectF(matrix.left() - kLabelRoom - 8, matrix.top() + middle - 10, kLabelRoom, 20),
                    Qt::AlignRight | Qt::AlignVCenter,
                    metrics.elidedText(words(data_.labels[std::size_t(i)]), Qt::ElideRight, kLabelRoom));
        p_.save();
        p_.translate(matrix.left() + middle, matrix.top() - 8);
        p_.rotate(-90);
        p_.drawText(QRectF(0, -10, kColumnRoom, 20), Qt::AlignLeft | Qt::AlignVCenter,
                    metrics.elidedText(words(data_.labels[std::size_t(i)]), Qt::ElideRight, kColumnRoom));
        p_.restore();
    }
}

void ConfusionPage::drawColorBar(const QRectF& bar) {
    p_.drawImage(bar, paintColorBar(ColorMap::viridis).scaled((bar.size() * 2).toSize()));
    p_.setFont(font(12));
    p_.setPen(c_.muted);
    for (const double part : {0.0, 0.05, 0.25, 0.5, 1.0}) {
        const double y = bar.bottom() - std::sqrt(part) * bar.height();
        p_.drawText(QRectF(bar.right() + 6, y - 10, 80, 20), Qt::AlignVCenter, percent(part, 0));
    }
}

void ConfusionPage::drawMistakes(const QRectF& room) {
    struct Mistake {
        int row = 0, col = 0;
        std::int64_t count = 0;
    };
    std::vector<Mistake> mistakes;
    for (int row = 0; row < n_; ++row)
        for (int col = 0; col < n_; ++col)
            if (row != col && count(row, col)) mistakes.push_back({row, col, count(row, col)});
    std::stable_sort(mistakes.begin(), mistakes.end(),
                     [](const Mistake& a, const Mistake& b) { return a.count > b.count; });
    p_.setFont(font(15, true));
    p_.setPen(c_.cross);
    p_.drawText(QRectF(room.left(), room.top(), room.width(), 24), Qt::AlignVCenter,
                mistakes.empty() ? tr("No mistake") : tr("Most common mistakes"));
    constexpr double line = 28;
    const auto shown = std::min<std::size_t>(mistakes.size(), std::size_t((room.height() - 40) / line));
    p_.setFont(font(15));
    const QFontMetricsF metrics(p_.font());
    for (std::size_t i = 0; i < shown; ++i) {
        const Mistake& m = mistakes[i];
        const double y = room.top() + 34 + double(i) * line;
        const QString pair =
            tr("%1 → %2").arg(words(data_.labels[std::size_t(m.row)]), words(data_.labels[std::size_t(m.col)]));
        p_.setPen(c_.text);
        p_.drawText(QRectF(room.left(), y, room.width() - 100, 24), Qt::AlignVCenter,
                    metrics.elidedText(pair, Qt::ElideRight, room.width() - 100));
        p_.setPen(c_.muted);
        p_.drawText(QRectF(room.right() - 100, y, 100, 24), Qt::AlignRight | Qt::AlignVCenter,
                    tr("%1 of %2").arg(ui::count(m.count), ui::count(files_[std::size_t(m.row)])));
    }
}

}  // namespace perceiver::ui
