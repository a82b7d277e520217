#include "ui/views/frame_view.h"

#include <QLocale>
#include <algorithm>

#include "engine/api/over_time.h"
#include "ui/state/player.h"
#include "ui/style/colormap.h"

namespace perceiver::ui {

FrameView::FrameView(State& state, QWidget* parent) : PictureView(state, parent), frames_(new FilmFrames(state)) {
    frames_->setParent(this);
    setObjectName("frameView");
    setAccessibleName(tr("Frame and attention map"));
    connect(&state, &State::opened, this, &FrameView::take);
    connect(&state.player(), &Player::positionChanged, this, &FrameView::move);
    connect(frames_, &FilmFrames::changed, this, &FrameView::showFrame);
}

void FrameView::take() {
    const ResultPtr r = state_.result();
    if (!r || !r->file->film || !api::seen_part(*r->file)) {
        drawn_.reset();
        frame_ = {};
        return;
    }
    if (!state_.movedOn()) showNew();
    block_ = cells().first;
    showFrame();
    rebuild();
}

void FrameView::move() {
    const ResultPtr r = state_.result();
    if (!r || !r->file->film || !api::seen_part(*r->file)) return;
    const double ratio = devicePixelRatioF();
    frames_->follow(state_.player().position(), int(std::max(width(), height()) * ratio));
    showFrame();
    const int block = cells().first;
    if (block == block_) return;
    block_ = block;
    rebuildMap();
    pointAgain();
}

/// The newest frame at the playhead that is here: one that the model read, as sharp as it gets, or one from the queue.
/// Where none is, the one shown before stays.
void FrameView::showFrame() {
    const ResultPtr r = state_.result();
    if (!r || !r->file->film || r->file->film->frames.empty()) return;
    const api::FilmInfo& film = *r->file->film;
    const double at = state_.player().position(), nearly = 1e-6;
    const std::size_t i = std::size_t(api::frame_at(film, at));
    const FilmFrames::Frame* queued = frames_->at(at);
    const bool inside = at >= film.times.front() - nearly && at < film.start + film.seconds + nearly;
    api::PicturePtr wanted;
    double time = 0;
    if (inside && (!queued || queued->time <= film.times[i] + nearly)) wanted = film.frames[i], time = film.times[i];
    else if (queued) wanted = queued->picture, time = queued->time;
    else if (!drawn_) wanted = film.frames[i], time = film.times[i];
    if (!wanted) return;
    shownTime_ = time;  // one picture may show at several times
    if (wanted == drawn_) return;
    drawn_ = wanted;
    frame_ = toImage(wanted);
    update();
}

int FrameView::modelFrame() const { return api::frame_at(*state_.result()->file->film, state_.player().position()); }

PictureView::Cells FrameView::cells() const {
    const ResultPtr r = state_.result();
    const api::InputPart* part = r && r->file->film ? api::seen_part(*r->file) : nullptr;
    if (!part) return {};
    const int block = api::block_at(*part, state_.player().position());
    return {part->first + block * part->grid.rows * part->grid.cols, part->grid.rows, part->grid.cols};
}

QSizeF FrameView::pictureSize() const {
    const ResultPtr r = state_.result();
    return r && r->file->film ? QSizeF(r->picture.size()) : QSizeF();
}

QImage FrameView::modelView() const {
    const api::FilmInfo& film = *state_.result()->file->film;
    const auto i = std::size_t(modelFrame());
    return i < film.view.size() ? toImage(film.view[i]) : state_.result()->view;
}

bool FrameView::quick() const { return state_.player().playing(); }

QString FrameView::elementWords(int element, int& strong) const {
    const ResultPtr r = state_.result();
    const api::InputPart& part = *api::seen_part(*r->file);
    const int at = element - part.first, cols = part.grid.cols, rows = part.grid.rows;
    const int col = at % cols, row = at / cols % rows, block = at / (cols * rows);
    const QLocale words;
    const auto range = [](int from, int to) {
        return from == to ? QString::number(from) : QString::fromUtf8("%1–%2").arg(from).arg(to);
    };
    const QSize seen = r->view.size();
    QString place = tr("pixel (%1, %2)").arg(col).arg(row);
    if (seen.width() > cols || seen.height() > rows)
        place = tr("pixels x %1, y %2").arg(range(col * seen.width() / cols, (col + 1) * seen.width() / cols - 1),
                                            range(row * seen.height() / rows, (row + 1) * seen.height() / rows - 1));
    if (part.kind == api::Kind::image) {
        strong = int(place.size());
        return place + QString::fromUtf8(" · %1 s").arg(words.toString(part.start, 'f', 2));
    }
    const int frames = int(r->file->film->frames.size()), from = block * frames / part.grid.frames,
              to = (block + 1) * frames / part.grid.frames - 1;
    const QString which = (from == to ? tr("frame %1") : tr("frames %1")).arg(range(from + 1, to + 1));
    strong = int(which.size());
    return which + QString::fromUtf8(" · %1–%2 s · ")
                       .arg(words.toString(part.start + block * part.step, 'f', 2),
                            words.toString(part.start + (block + 1) * part.step, 'f', 2)) + place;
}

void FrameView::resizeEvent(QResizeEvent* event) {
    PictureView::resizeEvent(event);
    move();
}

}  // namespace perceiver::ui
