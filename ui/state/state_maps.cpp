// State's maps: which are wanted, asked for one after the other, and what comes of them.
#include <algorithm>

#include "ui/state/state.h"

namespace perceiver::ui {

namespace {

constexpr std::size_t kMapsKept = 512, kGridsKept = 16;
constexpr int kThumbSide = 32;

}  // namespace

void State::forgetMaps() {
    maps_.clear();
    grids_.clear();
    otherMap_.reset();
    likeness_.reset();
    likenessOf_ = {-1, -1};
    explanation_->forget();
}

// ---- answers ----

void State::on(const api::MapReady& e) {
    if (!result_ || result_->job != e.asked.job) return;
    if (maps_.size() >= kMapsKept) maps_.clear();
    maps_[{e.asked.cross_attend, e.asked.latent, e.asked.head, e.asked.scale}] = std::make_shared<api::Map>(e.map);
    refreshMap();
}

void State::on(const api::GridReady& e) {
    if (!result_ || result_->job != e.asked.job || !e.grid) return;
    if (grids_.size() >= kGridsKept) grids_.clear();
    grids_[{e.asked.cross_attend, e.asked.head, e.asked.scale}] = e.grid;
    refreshGrid();
    refreshMap();
}

void State::on(const api::LikenessReady& e) {
    if (!result_ || result_->job != e.asked.job) return;
    likeness_ = e.likeness;
    emit likenessChanged();
}

void State::on(const api::ElementReady& e) {
    if (!result_ || result_->job != e.asked.job || e.asked.element != pointed()) return;
    element_ = e.element;
    emit elementChanged();
}

// ---- which map is shown ----

int State::heads() const {
    const auto of = model();
    const auto k = std::size_t(std::max(0, view_.crossAttend));
    return of && k < of->stages.size() ? of->stages[k].cross.heads : 1;
}

MapChoice State::shown() const {
    if (flipped_) return view_.other;
    return {view_.crossAttend, preview_ != kNoPreview ? preview_ : view_.pinned, view_.head};
}

bool State::showsEvidence() const { return view_.explained && !flipped_ && preview_ == kNoPreview; }

MapPtr State::find(const MapKey& key) const {
    const auto& [cross, latent, head, scale] = key;
    if (!result_ || cross >= int(result_->cross.size())) return nullptr;
    if (latent == api::all_latents && head == api::all_heads && scale == api::Scale::probability)
        return result_->cross[std::size_t(cross)].mean;
    const auto found = maps_.find(key);
    return found == maps_.end() ? nullptr : found->second;
}

/// The small map of a latent, at once, until the full one comes; where nothing was averaged it is the full
/// one. Only a picture's small map lies as the picture does.
MapPtr State::fromGrid(const MapChoice& c) const {
    if (result_->file->kind != api::Kind::image || !grid_ || c.latent < 0 || c.latent >= grid_->latents ||
        gridCross_ != c.crossAttend || gridHead_ != c.head || grid_->scale != view_.scale)
        return nullptr;
    const std::size_t size = std::size_t(grid_->rows) * std::size_t(grid_->cols), at = size * std::size_t(c.latent);
    auto map = std::make_shared<api::Map>();
    map->rows = grid_->rows;
    map->cols = grid_->cols;
    map->scale = grid_->scale;
    map->low = grid_->low[std::size_t(c.latent)];
    map->high = grid_->high[std::size_t(c.latent)];
    map->values.assign(grid_->thumbs.begin() + std::ptrdiff_t(at), grid_->thumbs.begin() + std::ptrdiff_t(at + size));
    return map;
}

MapPtr State::pinnedMap() const { return view_.pinned == api::all_latents ? nullptr : find(keyOf(view_.choice())); }

MapPtr State::pinMap(int slot) const {
    const int latent = view_.pins[std::size_t(slot)];
    return latent == api::all_latents ? nullptr : find(keyOf({view_.crossAttend, latent, view_.head}));
}

/// The map itself, or what can stand for it until it comes.
MapPtr State::look(const MapChoice& c, std::vector<MapKey>& missing) const {
    if (MapPtr map = find(keyOf(c))) return map;
    missing.push_back(keyOf(c));
    if (c.latent == api::all_latents)
        return find({c.crossAttend, api::all_latents, api::all_heads, api::Scale::probability});
    return fromGrid(c);
}

/// A less B, as long as both are there whole.
MapPtr State::lessOther(const MapPtr& a) const {
    const MapPtr& b = otherMap_;
    if (!a || !b || a->scale != b->scale || a->values.size() != b->values.size()) return nullptr;
    auto out = std::make_shared<api::Map>(*a);
    out->scale =
        a->scale == api::Scale::probability ? api::Scale::probability_difference : api::Scale::logit_difference;
    for (std::size_t i = 0; i < out->values.size(); ++i) out->values[i] -= b->values[i];
    const auto [low, high] = std::minmax_element(out->values.begin(), out->values.end());
    out->low = *low;
    out->high = *high;
    return out;
}

void State::refreshMap() {
    const MapKey wanted = keyOf(shown()), before = std::exchange(shownKey_, wanted);
    std::vector<MapKey> missing;
    MapPtr map;
    otherMap_.reset();
    if (result_) {
        map = showsEvidence() ? explanation_->map(view_.evidence) : look(shown(), missing);
        if (view_.compare != Compare::none) otherMap_ = look(view_.other, missing);
        if (view_.compare == Compare::difference && !flipped_) map = lessOther(map);
        for (const int pin : view_.pins)
            if (pin != api::all_latents) look({view_.crossAttend, pin, view_.head}, missing);
        // One question at a time: its answer brings us here again.
        if (!missing.empty() && result_->finished) {
            const auto& [cross, latent, head, scale] = missing.front();
            link_.askMap(result_->job, cross, latent, head, scale);
        }
        // The window before's, until this one's comes: no blink in between.
        if (!map && movedOn_ && before == wanted && shownMap_ && int(shownMap_->values.size()) == result_->elements())
            map = shownMap_;
    }
    shownMap_ = map;
    emit mapChanged();
}

/// One that was computed is kept. Another is asked for at once when nothing is shown yet, and else once the view
/// rests: all latents' maps take longer than a step to the next cross-attend, which would have to wait for them.
void State::refreshGrid() {
    const bool first = grids_.empty();
    const auto kept = grids_.find({view_.crossAttend, view_.head, view_.scale});
    const GridPtr next = kept == grids_.end() ? nullptr : kept->second;
    gridCross_ = view_.crossAttend;
    gridHead_ = view_.head;
    if (next || !result_ || !result_->finished)
        gridTimer_.stop();
    else if (first)
        askGrid();
    else
        gridTimer_.start();
    if (std::exchange(grid_, next) == next) return;
    emit gridChanged();
}

void State::askGrid() {
    if (result_ && result_->finished)
        link_.askGrid(result_->job, view_.crossAttend, view_.head, view_.scale, kThumbSide);
}

/// Asked for when an order by it is wanted, once for every cross-attend and latent.
void State::refreshLikeness() {
    const bool wanted =
        view_.sort == SortBy::clusters || (view_.sort == SortBy::similarity && view_.pinned != api::all_latents);
    if (!wanted || !result_ || !result_->finished) return;
    const std::pair of{view_.crossAttend, view_.sort == SortBy::clusters ? api::all_latents : view_.pinned};
    if (std::exchange(likenessOf_, of) == of) return;
    likeness_.reset();
    link_.askLikeness(result_->job, of.first, of.second);
}

}  // namespace perceiver::ui
