// State's other half: what changes the view, as commands that can be undone, and passing glances.
#include <algorithm>

#include "ui/state/player.h"
#include "ui/state/state.h"

namespace perceiver::ui {

namespace {

enum Merge { none, opacity, seed };

}  // namespace

// ---- commands ----

void State::change(const QString& words, int merge, const std::function<void(ViewState&)>& edit) {
    ViewState after = view_;
    edit(after);
    if (after == view_) return;
    undo_.push(new ChangeView(words, merge, view_, after, [this](const ViewState& v) { apply(v); }));
}

void State::apply(const ViewState& next) {
    const ViewState before = std::exchange(view_, next);
    const bool grid = before.crossAttend != next.crossAttend || before.scale != next.scale;
    if (grid) {
        grid_.reset();
        refreshGrid();
        emit gridChanged();
    }
    if (grid || before.pinned != next.pinned) refreshMap();
    if ((grid || before.pinned != next.pinned) && hovered_ >= 0) hover(std::exchange(hovered_, -1));
    emit viewChanged();
    if (before.seed != next.seed && (shuffleWanted_ || shuffle_.travel)) shuffleNow();
}

void State::selectCrossAttend(int index) {
    const auto shown = model();
    if (!shown || index < 0 || index >= int(shown->stages.size())) return;
    change(tr("cross-attend %1").arg(index + 1), Merge::none, [=](ViewState& v) { v.crossAttend = index; });
}

void State::stepCrossAttend(int by) {
    const auto shown = model();
    if (!shown || shown->stages.empty()) return;
    selectCrossAttend(std::clamp(view_.crossAttend + by, 0, int(shown->stages.size()) - 1));
}

void State::pin(int latent) {
    const int next = latent == view_.pinned ? api::all_latents : latent;
    change(next == api::all_latents ? tr("mean over latents") : tr("latent %1").arg(next), Merge::none,
           [=](ViewState& v) { v.pinned = next; });
}

void State::setScale(api::Scale scale) {
    change(scale == api::Scale::logit ? tr("logit") : tr("probability"), Merge::none,
           [=](ViewState& v) { v.scale = scale; });
}

void State::setColorMap(ColorMap map) {
    change(colorMapName(map), Merge::none, [=](ViewState& v) { v.colorMap = map; });
}

void State::setLayout(Layout layout) {
    change(tr("layout"), Merge::none, [=](ViewState& v) { v.layout = layout; });
}

void State::setOpacity(int percent) {
    change(tr("opacity"), Merge::opacity, [=](ViewState& v) { v.opacity = std::clamp(percent, 0, 100); });
}

void State::setModelView(bool on) {
    change(tr("picture"), Merge::none, [=](ViewState& v) { v.modelView = on; });
}

void State::setSeed(quint64 value) {
    change(tr("seed"), Merge::seed, [=](ViewState& v) { v.seed = value; });
}

void State::setSort(SortBy sort) {
    change(tr("order of latents"), Merge::none, [=](ViewState& v) { v.sort = sort; });
}

// ---- glances ----

void State::preview(int latent) {
    if (latent == preview_) return;
    preview_ = latent;
    refreshMap();
}

void State::endPreview() {
    if (preview_ == kNoPreview) return;
    preview_ = kNoPreview;
    refreshMap();
}

void State::hover(int element) {
    if (element == hovered_) return;
    hovered_ = element;
    element_.reset();
    if (element >= 0 && result_ && result_->finished)
        link_.askElement(result_->job, view_.crossAttend, shownLatent(), element);
    emit elementChanged();
}

void State::wantShuffle(bool wanted) {
    shuffleWanted_ = wanted;
    if (wanted && result_ && result_->finished && !shuffle_.travel && !player_->playing()) shuffleNow();
}

bool State::shuffled() const {
    return result_ && std::all_of(result_->file->arms.begin(), result_->file->arms.end(), [this](api::Arm arm) {
        return (arm == api::Arm::travel ? shuffle_.travel : shuffle_.stay).has_value();
    });
}

void State::shuffleNow() {
    if (!result_ || !result_->finished) return;
    shuffle_ = {view_.seed, {}, {}};
    link_.askPermutation(result_->job, view_.seed);
    emit shuffleChanged();
}

}  // namespace perceiver::ui
