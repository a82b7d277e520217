#include "ui/views/image_view.h"

#include <optional>

namespace perceiver::ui {

namespace {

/// Of the pixels below one cell of a grid; nothing where the picture is smaller than the grid.
std::optional<QColor> meanColor(const QImage& view, int col, int row, int cols, int rows) {
    const int left = col * view.width() / cols, right = (col + 1) * view.width() / cols;
    const int top = row * view.height() / rows, bottom = (row + 1) * view.height() / rows;
    int red = 0, green = 0, blue = 0;
    const int n = (right - left) * (bottom - top);
    if (n < 1) return {};
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x) {
            const QRgb rgb = view.pixel(x, y);
            red += qRed(rgb), green += qGreen(rgb), blue += qBlue(rgb);
        }
    return QColor((red + n / 2) / n, (green + n / 2) / n, (blue + n / 2) / n);
}

}  // namespace

ImageView::ImageView(State& state, QWidget* parent) : PictureView(state, parent) {
    setObjectName("imageView");
    setAccessibleName(tr("Picture and attention map"));
    connect(&state, &State::opened, this, &ImageView::showNew);
}

PictureView::Cells ImageView::cells() const {
    const api::ModelInfo& m = *state_.result()->model;
    return {0, m.input_rows, m.input_cols};
}

QImage ImageView::picture() const {
    const ResultPtr r = state_.result();
    return r ? r->picture : QImage();
}

QImage ImageView::modelView() const { return state_.result()->view; }

QString ImageView::elementWords(int element, int& strong) const {
    const auto [first, rows, cols] = cells();
    const int col = element % cols, row = element / cols;
    const QImage view = modelView();
    const bool pixels = view.width() == cols && view.height() == rows;
    QString words = (pixels ? tr("pixel (%1, %2)") : tr("cell (%1, %2)")).arg(col).arg(row);
    strong = int(words.size());
    if (const auto rgb = meanColor(view, col, row, cols, rows))
        words += (pixels ? tr(" · rgb %1 %2 %3") : tr(" · mean rgb %1 %2 %3"))
                     .arg(rgb->red())
                     .arg(rgb->green())
                     .arg(rgb->blue());
    return words;
}

}  // namespace perceiver::ui
