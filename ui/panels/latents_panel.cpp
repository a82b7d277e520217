#include "ui/panels/latents_panel.h"

#include <QActionGroup>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/controls/labels.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/pins.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kGap = 5, kSmallestCell = 33, kLargestCell = 144;

/// The part of one latent's attention that falls inside `part` (0..1) of the input, from its small map.
double massIn(const api::LatentGrid& g, int latent, const QRectF& part) {
    const float* at = g.thumbs.data() + std::size_t(latent) * std::size_t(g.rows * g.cols);
    double inside = 0, all = 0;
    for (int r = 0; r < g.rows; ++r)
        for (int c = 0; c < g.cols; ++c) {
            const double value = double(at[r * g.cols + c]);
            if (std::isnan(value)) continue;  // nothing lies there
            all += value;
            if (part.contains(QPointF((c + 0.5) / g.cols, (r + 0.5) / g.rows))) inside += value;
        }
    return all > 0 ? inside / all : 0;
}

/// A cloud's small maps have no ground of their own.
api::ColorTable tableOfMaps(const State& state) {
    const ColorMap map = state.view().colorMap;
    return state.result() && state.result()->file->cloud ? colorsOnGround(map, theme()) : api::color_table(map);
}

/// How much of a map's sum its largest twentieth holds.
double topShare(const api::Map& map) {
    std::vector<float> values = map.values;
    const std::size_t top = std::max<std::size_t>(1, values.size() / 20);
    std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(top), values.end(), std::greater<>());
    const double all = std::accumulate(values.begin(), values.end(), 0.0);
    return all > 0 ? std::accumulate(values.begin(), values.begin() + std::ptrdiff_t(top), 0.0) / all : 0;
}

}  // namespace

// ---- the grid ----

LatentsGrid::LatentsGrid(State& state, QWidget* parent) : QAbstractScrollArea(parent), state_(state) {
    setObjectName("latentsGrid");
    setAccessibleName(tr("Latents"));
    viewport()->setObjectName("latentsGridViewport");
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);  // its place is kept, so that showing it moves nothing
    setFocusPolicy(Qt::TabFocus);
    viewport()->setMouseTracking(true);
    viewport()->setCursor(Qt::PointingHandCursor);
    connect(&state_, &State::gridChanged, this, &LatentsGrid::rebuild);
    connect(&state_, &State::busyChanged, this, [this] { viewport()->update(); });
    connect(&state_, &State::elementChanged, this, [this] { viewport()->update(); });
    connect(&state_, &State::likenessChanged, this, [this] {
        sort();
        viewport()->update();
    });
    connect(&state_, &State::viewChanged, this, [this] {
        if (tableOfMaps(state_) != table_) return rebuild();
        sort();
        viewport()->update();
    });
}

void LatentsGrid::setVisiblePart(const QRectF& part) {
    visible_ = part;
    if (state_.view().sort == SortBy::mass) {
        sort();
        viewport()->update();
    }
}

void LatentsGrid::rebuild() {
    grid_ = state_.grid();
    table_ = tableOfMaps(state_);
    walked_ = -1;
    painted_.clear();
    if (grid_) {
        const QSize size(grid_->cols, grid_->rows * grid_->latents);
        if (atlas_.size() != size) atlas_ = QImage(size, QImage::Format_ARGB32_Premultiplied);
        painted_.resize(std::size_t(grid_->latents));
    }
    sort();
    // Between two cross-attends the empty cells stay where they are, and where one has scrolled to.
    if (grid_ || !state_.result()) layOut();
    viewport()->update();
}

void LatentsGrid::paintMapOf(int latent) {
    const auto n = std::size_t(latent);
    if (painted_[n]) return;
    painted_[n] = true;
    const api::LatentGrid& g = *grid_;
    const QImage one = paintMap(g.thumbs.data() + n * std::size_t(g.rows * g.cols), g.rows, g.cols,
                                api::range_of(g.scale, g.low[n], g.high[n]), table_);
    for (int r = 0; r < g.rows; ++r)
        std::copy_n(one.constScanLine(r), std::size_t(g.cols) * 4, atlas_.scanLine(latent * g.rows + r));
}

void LatentsGrid::sort() {
    order_.clear();
    if (!grid_) return;
    const api::LatentGrid& g = *grid_;
    order_.resize(std::size_t(g.latents));
    std::iota(order_.begin(), order_.end(), 0);
    std::vector<double> key;
    if (state_.view().sort == SortBy::entropy && g.entropy_bits.size() == order_.size())
        key.assign(g.entropy_bits.begin(), g.entropy_bits.end());
    if (state_.view().sort == SortBy::mass && g.scale == api::Scale::probability)
        for (const int n : order_) key.push_back(-massIn(g, n, visible_));
    const api::LatentLikeness* alike = state_.likeness();
    if (state_.view().sort == SortBy::clusters && alike && alike->order.size() == order_.size()) order_ = alike->order;
    if (state_.view().sort == SortBy::similarity && alike && alike->to_one.size() == order_.size())
        for (const int n : order_) key.push_back(-double(alike->to_one[std::size_t(n)]));
    if (!key.empty())
        std::stable_sort(order_.begin(), order_.end(),
                         [&](int a, int b) { return key[std::size_t(a)] < key[std::size_t(b)]; });
}

void LatentsGrid::layOut() {
    const int count = grid_ ? grid_->latents : 0, room = viewport()->width();
    const double aspect = grid_ && grid_->cols > 0 ? std::min(1.0, double(grid_->rows) / grid_->cols) : 1;
    int rows = 0;
    // The largest that show all at once, in whole pixels so that all lie as far apart; below the least one scrolls.
    for (columns_ = std::max(1, (room + kLargestCell) / (kLargestCell + kGap));; ++columns_) {
        cell_ = std::clamp((room - kGap * (columns_ - 1)) / columns_, 1, kLargestCell);
        cellHeight_ = std::max(1, int(std::lround(cell_ * aspect)));
        rows = (count + columns_ - 1) / columns_;
        if (rows * (cellHeight_ + kGap) <= viewport()->height() || cell_ <= kSmallestCell) break;
    }
    const int extent = rows * (cellHeight_ + kGap) - kGap + 4;
    verticalScrollBar()->setRange(0, std::max(0, extent - viewport()->height()));
    verticalScrollBar()->setEnabled(verticalScrollBar()->maximum() > 0);
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(cellHeight_ + kGap);
}

void LatentsGrid::resizeEvent(QResizeEvent*) { layOut(); }

QRect LatentsGrid::cellRect(int place) const {
    const int x = place % columns_ * (cell_ + kGap), y = place / columns_ * (cellHeight_ + kGap) + 2;
    return {x, y - verticalScrollBar()->value(), cell_, cellHeight_};
}

int LatentsGrid::firstInSight() const {
    return std::max(0, (verticalScrollBar()->value() - 2) / (cellHeight_ + kGap)) * columns_;
}

int LatentsGrid::placeAt(const QPoint& at) const {
    const int col = at.x() / (cell_ + kGap);
    const int row = (at.y() + verticalScrollBar()->value() - 2) / (cellHeight_ + kGap);
    const int place = row * columns_ + col;
    return col < columns_ && row >= 0 && place >= 0 && place < int(order_.size()) ? place : -1;
}

void LatentsGrid::mouseMoveEvent(QMouseEvent* event) {
    const int place = placeAt(event->pos());
    if (place < 0) return state_.endPreview();
    state_.preview(order_[std::size_t(place)]);
    walked_ = place;
    viewport()->update();
}

void LatentsGrid::mousePressEvent(QMouseEvent* event) {
    const int place = placeAt(event->pos());
    if (place < 0 || event->button() != Qt::LeftButton) return;
    const int latent = order_[std::size_t(place)];
    if (event->modifiers() & Qt::ControlModifier)
        state_.setOther({state_.view().crossAttend, latent, state_.view().head});
    else
        state_.pin(latent);
}

void LatentsGrid::walkTo(int place) {
    if (order_.empty()) return;
    walked_ = std::clamp(place, 0, int(order_.size()) - 1);
    const QRect cell = cellRect(walked_);
    if (cell.top() < 0) verticalScrollBar()->setValue(verticalScrollBar()->value() + cell.top() - 2);
    if (cell.bottom() > viewport()->height())
        verticalScrollBar()->setValue(verticalScrollBar()->value() + cell.bottom() - viewport()->height() +
                                      2);
    state_.preview(order_[std::size_t(walked_)]);
    viewport()->update();
}

void LatentsGrid::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Left:
            return walkTo(walked_ - 1);
        case Qt::Key_Right:
            return walkTo(walked_ + 1);
        case Qt::Key_Up:
            return walkTo(walked_ - columns_);
        case Qt::Key_Down:
            return walkTo(walked_ < 0 ? 0 : walked_ + columns_);
        case Qt::Key_Home:
            return walkTo(0);
        case Qt::Key_End:
            return walkTo(int(order_.size()) - 1);
        case Qt::Key_Return:
        case Qt::Key_Enter:
        case Qt::Key_Space:
            if (walked_ >= 0 && walked_ < int(order_.size())) state_.pin(order_[std::size_t(walked_)]);
            return;
        default:
            QAbstractScrollArea::keyPressEvent(event);
    }
}

void LatentsGrid::focusOutEvent(QFocusEvent* event) {
    walked_ = -1;
    state_.endPreview();
    QAbstractScrollArea::focusOutEvent(event);
}

/// While the grid has the focus its arrow keys walk the latents instead of stepping the cross-attends.
bool LatentsGrid::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* pressed = static_cast<QKeyEvent*>(event);
        const int key = pressed->key();
        if (pressed->modifiers() == Qt::NoModifier &&
            (key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up || key == Qt::Key_Down))
            event->accept();
    }
    return QAbstractScrollArea::event(event);
}

bool LatentsGrid::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::Leave) {
        walked_ = -1;
        state_.endPreview();
        viewport()->update();
    }
    return QAbstractScrollArea::viewportEvent(event);
}

/// How its attention is spread, and how much it reads the element pointed at.
Tip LatentsGrid::tipAt(const QPoint& at) const {
    const int place = placeAt(at);
    if (place < 0 || !grid_) return {};
    const std::size_t n = std::size_t(order_[std::size_t(place)]);
    const int elements = std::max(1, state_.result() ? state_.result()->elements() : 1);
    const auto oneDecimal = [](double value) { return QLocale().toString(value, 'f', 1); };
    QString words = tr("Latent %1").arg(n);
    if (n < grid_->entropy_bits.size())
        words += tr(": %1 bits of entropy, of %2 at most")
                     .arg(oneDecimal(double(grid_->entropy_bits[n])), oneDecimal(std::log2(double(elements))));
    const auto k = std::size_t(state_.view().crossAttend);
    if (const api::ElementInfo* e = state_.element(); e && k < e->reading.size() && n < e->reading[k].size())
        words += tr("\nreads the element %1 uniform").arg(timesUniform(double(e->reading[k][n]) * elements));
    return {words + tr("\nClick pins it. Ctrl+click: B, to compare with."), words};
}

void LatentsGrid::paintEvent(QPaintEvent*) {
    QPainter p(viewport());
    const Colors& c = colors();
    p.fillRect(viewport()->rect(), c.panel);
    if (!grid_) {
        p.setFont(textFont(Text::body));
        p.setPen(c.muted);
        p.drawText(viewport()->rect().adjusted(0, 4, 0, 0),
                   state_.busy() ? tr("One map per latent, when the answer is there.") : QString());
        const ResultPtr r = state_.result();
        for (int place = firstInSight(); r && r->finished && place < r->model->latents; ++place) {
            const QRect cell = cellRect(place);
            if (cell.top() > viewport()->height()) break;
            p.fillRect(cell, c.raised);
        }
        return;
    }
    if (state_.dimmed()) p.setOpacity(0.4);
    p.setRenderHint(QPainter::SmoothPixmapTransform, state_.result() && state_.result()->file->cloud);
    const int first = firstInSight();
    const api::ElementInfo* e = state_.element();
    const auto k = std::size_t(state_.view().crossAttend);
    float mostRead = 0;
    if (e && k < e->reading.size() && e->reading[k].size() == order_.size())
        mostRead = *std::max_element(e->reading[k].begin(), e->reading[k].end());
    for (int place = first; place < int(order_.size()); ++place) {
        if (cellRect(place).top() > viewport()->height()) break;
        paintCell(p, place, mostRead);
    }
}

/// `mostRead`: of the element pointed at, by any latent; those that read it stay lit, the others step back. 0: none is.
void LatentsGrid::paintCell(QPainter& p, int place, float mostRead) {
    const Colors& c = colors();
    const api::LatentGrid& g = *grid_;
    const QRect cell = cellRect(place);
    const int n = order_[std::size_t(place)];
    paintMapOf(n);
    p.drawImage(cell, atlas_, QRect(0, n * g.rows, g.cols, g.rows));
    if (mostRead > 0) {
        const double read = std::sqrt(
            double(state_.element()->reading[std::size_t(state_.view().crossAttend)][std::size_t(n)] / mostRead));
        QColor veil = c.panel;
        veil.setAlphaF(float(0.78 * (1 - read)));
        p.fillRect(cell, veil);
        if (read > 0.6) {
            p.setPen(QPen(c.input, 2));
            p.drawRect(cell.adjusted(1, 1, -1, -1));
        }
    }
    const ViewState& v = state_.view();
    const api::LatentLikeness* alike = state_.likeness();
    if (v.sort == SortBy::clusters && alike && std::size_t(n) < alike->cluster.size())  // groups alternate
        p.fillRect(QRect(cell.left(), cell.bottom() + 2, cell.width(), 2),
                   alike->cluster[std::size_t(n)] % 2 ? c.muted : c.latent);
    const int slot = v.slotOf(n);
    if (slot >= 0 || n == v.pinned) {
        const QColor color = slot >= 0 ? pinColor(slot, theme()) : c.latent;
        const bool shown = n == v.pinned && !v.explained;
        p.setPen(QPen(color, shown ? 3 : 2));
        p.drawRect(cell.adjusted(-1, -1, 0, 0));
        p.setPen(QPen(c.panel, 1));
        p.drawRect(cell.adjusted(1, 1, -2, -2));
        if (slot >= 0) paintPin(p, QPointF(cell.left() + 7, cell.top() + 7), slot, 9, color, c.panel);
    } else if (place == walked_) {
        p.setPen(QPen(c.text, 1));
        p.drawRect(cell.adjusted(0, 0, -1, -1));
    }
    if (v.compare != Compare::none && v.other.crossAttend == v.crossAttend && v.other.latent == n) {
        p.setFont(textFont(Text::caption, true));
        const QRect badge(cell.right() - 13, cell.top() + 1, 13, 13);
        p.fillRect(badge, c.panel);
        p.setPen(c.text);
        p.drawText(badge, Qt::AlignCenter, QStringLiteral("B"));
    }
}

// ---- the panel ----

LatentsPanel::LatentsPanel(State& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      sort_(new QToolButton(this)),
      head_(new QToolButton(this)),
      grid_(new LatentsGrid(state, this)),
      foot_(makeLabel({}, this, Text::caption, true)) {
    setObjectName("latentsPanel");
    auto* heading = makeHeading(tr("Latents"), this);
    heading->setObjectName("latentsHeading");
    heading->setToolTip(tr("Where each row of the latent array looked, on a colour scale of its own"));
    sort_->setObjectName("latentsSort");
    sort_->setProperty("quiet", true);
    sort_->setFont(textFont(Text::caption));
    sort_->setPopupMode(QToolButton::InstantPopup);
    sort_->setToolTip(tr("Order of the latents"));
    auto* menu = new QMenu(sort_);
    menu->setObjectName("latentsSortMenu");
    auto* group = new QActionGroup(menu);
    const std::tuple<SortBy, QString, QString> kinds[] = {
        {SortBy::index, tr("Index"), tr("As the model numbers them.")},
        {SortBy::entropy, tr("Entropy"), tr("The most focused first.")},
        {SortBy::mass, tr("Attention in sight"),
         tr("Those first that read most of what the view shows: zoom in on something.")},
        {SortBy::similarity, tr("Likeness to the pinned"),
         tr("Those first whose maps are most like the pinned latent's.")},
        {SortBy::clusters, tr("Clusters"),
         tr("The lines below tell the groups apart.")}};
    for (const auto& [kind, words, tip] : kinds) {
        QAction* action = menu->addAction(words);
        action->setObjectName("sortBy" + words.section(' ', 0, 0));
        action->setToolTip(tip);
        action->setCheckable(true);
        action->setData(int(kind));
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, kind = kind] { state_.setSort(kind); });
    }
    sort_->setMenu(menu);
    head_->setObjectName("latentsHead");
    head_->setProperty("quiet", true);
    head_->setFont(textFont(Text::caption));
    head_->setPopupMode(QToolButton::InstantPopup);
    head_->setToolTip(tr("Which of them is shown, or their mean"));
    head_->setMenu(new QMenu(head_));
    head_->menu()->setObjectName("latentsHeadMenu");
    connect(head_->menu(), &QMenu::aboutToShow, this, [this] {
        head_->menu()->clear();
        for (int h = api::all_heads; h < state_.heads(); ++h)
            connect(head_->menu()->addAction(h == api::all_heads ? tr("Mean over heads") : tr("Head %1").arg(h + 1)),
                    &QAction::triggered, this, [this, h] { state_.setHead(h); });
    });
    foot_->setObjectName("latentsFoot");
    foot_->setWordWrap(true);
    foot_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    foot_->setFixedHeight(30);
    auto* top = new QHBoxLayout;
    top->setContentsMargins(0, 0, 0, 0);
    top->addWidget(heading);
    top->addStretch();
    top->addWidget(head_);
    top->addWidget(sort_);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(4);
    all->addLayout(top);
    all->addWidget(grid_, 1);
    all->addWidget(foot_);
    connect(&state_, &State::viewChanged, this, &LatentsPanel::refresh);
    connect(&state_, &State::mapChanged, this, &LatentsPanel::refresh);
    connect(&state_, &State::gridChanged, this, &LatentsPanel::refresh);
    refresh();
}

void LatentsPanel::refresh() {
    const ViewState& v = state_.view();
    const QString order = v.sort == SortBy::entropy      ? tr("sorted by entropy")
                          : v.sort == SortBy::mass       ? tr("by attention in sight")
                          : v.sort == SortBy::similarity ? tr("by likeness")
                          : v.sort == SortBy::clusters   ? tr("clustered")
                                                         : tr("sorted by index");
    head_->setVisible(state_.heads() > 1);
    head_->setText((v.head == api::all_heads ? tr("%1 heads").arg(state_.heads()) : tr("head %1").arg(v.head + 1)) +
                   QString::fromUtf8(" ▾"));
    const bool room = state_.heads() == 1 && width() > 300;
    sort_->setText((room ? tr("cross-attend %1 · %2").arg(v.crossAttend + 1).arg(order) : order) +
                   QString::fromUtf8(" ▾"));
    for (QAction* action : sort_->menu()->actions()) {
        action->setChecked(action->data().toInt() == int(v.sort));
        if (action->data().toInt() == int(SortBy::mass))
            action->setEnabled(v.scale == api::Scale::probability);
        if (action->data().toInt() == int(SortBy::similarity)) action->setEnabled(v.pinned != api::all_latents);
    }
    const auto pins = std::count_if(v.pins.begin(), v.pins.end(), [](int n) { return n != api::all_latents; });
    QString words = pins > 0 ? tr("%1 pinned. Hover previews, click shows.").arg(pins)
                             : tr("Hover previews, click pins, up to five.");
    const MapPtr pinned = state_.pinnedMap();
    if (v.pinned != api::all_latents) {
        words = tr("Latent %1 pinned").arg(v.pinned);
        if (pinned && pinned->scale == api::Scale::probability)
            words += tr(": %1 of its attention on 5 % of the input").arg(percent(topShare(*pinned), 0));
        const GridPtr g = state_.grid();
        if (g && v.pinned < int(g->entropy_bits.size()))
            words += tr(", %1 bits of entropy")
                         .arg(QLocale().toString(double(g->entropy_bits[std::size_t(v.pinned)]), 'f', 1));
        words += pins > 1 ? tr(". Click it again to let it go.") : tr(". Click it again for the mean.");
    }
    foot_->setText(words);
}

}  // namespace perceiver::ui
