// State's other half: what changes the view, as commands that can be undone, and passing glances.
#include <algorithm>

#include "ui/state/player.h"
#include "ui/state/state.h"

namespace perceiver::ui {

namespace {

enum Merge { none, opacity, seed, block, fraction, masked, trialSeeds };

}  // namespace

// ---- commands ----

void State::change(const QString& words, int merge, const std::function<void(ViewState&)>& edit) {
    ViewState after = view_;
    edit(after);
    if (after == view_) return;
    undo_.push(new ChangeView(words, merge, view_, after, [this](const ViewState& v) { apply(v); }));
}

void State::apply(const ViewState& wanted) {
    // Of a command from before another model was chosen, what this one has.
    const ViewState next = result_ ? fitted(wanted, *result_->model, result_->elements()) : wanted;
    const ViewState before = std::exchange(view_, next);
    const bool grid = before.crossAttend != next.crossAttend || before.scale != next.scale || before.head != next.head;
    if (grid) refreshGrid();
    const bool choice = grid || before.pinned != next.pinned;
    if (choice || before.pins != next.pins || before.compare != next.compare || before.other != next.other ||
        before.explained != next.explained || before.evidence != next.evidence || before.target != next.target)
        refreshMap();
    refreshLikeness();
    if ((choice || before.held != view_.held) && (pointed() >= 0 || element_)) askElement();
    explanation_->refresh();
    emit viewChanged();
    if (before.held != view_.held) emit pointedChanged();
    const bool other = before.seed != next.seed || before.block != next.block || before.fraction != next.fraction ||
                       before.along != next.along || before.inFloat64 != next.inFloat64 ||
                       (before.crossAttend != next.crossAttend && next.labPicture != LabPicture::input);
    if (other && (!shuffleWanted_.empty() || shuffle_.travel)) shuffleNow();
}

void State::selectCrossAttend(int index) {
    const auto shown = model();
    if (!shown || index < 0 || index >= int(shown->stages.size())) return;
    change(tr("cross-attend %1").arg(index + 1), Merge::none, [=, this](ViewState& v) {
        v.crossAttend = index;
        v.explained = false;
        if (v.head >= model()->stages[std::size_t(index)].cross.heads) v.head = api::all_heads;
    });
}

void State::stepCrossAttend(int by) {
    const auto shown = model();
    if (!shown || shown->stages.empty()) return;
    selectCrossAttend(std::clamp(view_.crossAttend + by, 0, int(shown->stages.size()) - 1));
}

void State::pin(int latent) {
    const bool unpin = latent == view_.pinned && !view_.explained;
    const QString words = latent == api::all_latents ? tr("mean over latents")
                          : unpin                    ? tr("unpin latent %1").arg(latent)
                                                     : tr("latent %1").arg(latent);
    change(words, Merge::none, [=](ViewState& v) {
        v.explained = false;
        v.pinned = unpin ? api::all_latents : latent;
        if (latent == api::all_latents) return v.pins.fill(api::all_latents);
        int slot = v.slotOf(latent);
        if (unpin && slot >= 0) v.pins[std::size_t(slot)] = api::all_latents;
        if (unpin || slot >= 0) return;
        const auto free = std::find(v.pins.begin(), v.pins.end(), api::all_latents);
        *(free == v.pins.end() ? v.pins.end() - 1 : free) = latent;  // all taken: the last gives way
    });
}

void State::setHead(int head) {
    change(head == api::all_heads ? tr("mean over heads") : tr("head %1").arg(head + 1), Merge::none,
           [=](ViewState& v) {
               v.head = head;
               v.explained = false;
           });
}

void State::hold(int element) {
    const int next = element == view_.held ? -1 : element;
    change(next < 0 ? tr("let the element go") : tr("hold an element"), Merge::none,
           [=](ViewState& v) { v.held = next; });
}

void State::setCompare(Compare compare) {
    change(tr("comparison"), Merge::none, [=, this](ViewState& v) {
        v.compare = compare;
        // Nothing was chosen yet: the first cross-attend against a later one, as the paper's figure 3 shows them.
        const auto of = model();
        if (compare != Compare::none && v.other == v.choice() && of)
            v.other = {v.crossAttend > 0 ? 0 : int(of->stages.size()) - 1, api::all_latents, api::all_heads};
    });
}

void State::setOther(const MapChoice& other) {
    change(tr("B"), Merge::none, [=](ViewState& v) {
        v.other = other;
        if (v.compare == Compare::none) v.compare = Compare::split;
    });
}

void State::explain(int target) {
    const bool again =
        view_.explained && view_.evidence == api::Evidence::relevance && explanation_->target() == target;
    const ResultPtr r = result_;
    if (!r || !r->finished) return;
    change(again ? tr("attention") : tr("relevance"), Merge::none, [=](ViewState& v) {
        v.explained = !again;
        v.evidence = api::Evidence::relevance;
        v.target = target;
    });
    if (!again) explanation_->retry();
}

void State::setEvidence(api::Evidence kind, bool shown) {
    change(shown ? tr("evidence") : tr("attention"), Merge::none, [=](ViewState& v) {
        v.evidence = kind;
        v.explained = shown;
    });
}

void State::setMasked(double part) {
    change(tr("elements left out"), Merge::masked, [=](ViewState& v) { v.masked = std::clamp(part, 0.0, 1.0); });
}

void State::setKeepOnly(bool on) {
    change(on ? tr("keep only them") : tr("leave them out"), Merge::none, [=](ViewState& v) { v.keepOnly = on; });
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

void State::setBlock(int side) {
    change(tr("size of what is shuffled"), Merge::block, [=](ViewState& v) { v.block = std::max(1, side); });
}

void State::setFraction(double part) {
    change(tr("how much is shuffled"), Merge::fraction, [=](ViewState& v) { v.fraction = std::clamp(part, 0.0, 1.0); });
}

void State::setAlong(api::Along along) {
    change(tr("what is shuffled"), Merge::none, [=](ViewState& v) { v.along = along; });
}

void State::setTrialSeeds(int seeds) {
    change(tr("number of seeds"), Merge::trialSeeds, [=](ViewState& v) { v.trialSeeds = std::max(1, seeds); });
}

void State::setTrialFolder(const QString& folder) {
    change(tr("what is shuffled often"), Merge::none, [=](ViewState& v) { v.trialFolder = folder; });
}

void State::setLabPicture(LabPicture picture) {
    change(tr("picture of the shuffle"), Merge::none, [=](ViewState& v) { v.labPicture = picture; });
}

void State::setInFloat64(bool on) {
    change(tr("float64"), Merge::none, [=](ViewState& v) { v.inFloat64 = on; });
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

void State::flip(bool toOther) {
    if (toOther == flipped_) return;
    flipped_ = toOther;
    refreshMap();
}

void State::hover(int element) {
    if (element == hovered_) return;
    const int before = pointed();
    hovered_ = element;
    if (pointed() != before) askElement();
    emit pointedChanged();
}

void State::mark(int element) {
    if (std::exchange(marked_, element) != element) emit markChanged();
}

void State::askElement() {
    elementTimer_.start();
    if (!element_) return;
    element_.reset();
    emit elementChanged();
}

void State::askElementNow() {
    if (pointed() >= 0 && result_ && result_->finished)
        link_.askElement(result_->job, view_.crossAttend, shownLatent(), view_.head, pointed());
}

void State::wantShuffle(const QObject* who, bool wanted) {
    if (wanted)
        shuffleWanted_.insert(who);
    else
        shuffleWanted_.erase(who);
    shuffleIfWanted();
}

void State::shuffleIfWanted() {
    if (!shuffleWanted_.empty() && result_ && result_->finished && !shuffle_.travel && !player_->playing())
        shuffleNow();
}

/// What the view state wishes, as far as the shown file has it.
api::ShuffleOptions State::shuffleOptions() const {
    api::ShuffleOptions out{view_.seed, view_.block, view_.fraction, view_.along};
    if (!result_) return out;
    const auto& largest = result_->file->largest_tile;
    if (largest[std::size_t(out.along)] == 0) out.along = api::Along::both;
    out.block = std::clamp(out.block, 1, std::max(1, largest[std::size_t(out.along)]));
    return out;
}

bool State::shuffled() const {
    return result_ && std::all_of(result_->file->arms.begin(), result_->file->arms.end(),
                                  [this](api::Arm arm) { return shuffle_.of(arm).has_value(); });
}

void State::shuffleNow() {
    if (!result_ || !result_->finished) return;
    shuffle_ = {view_.seed, {}, {}, {}, {}};
    api::PermuteRequest request;
    request.job = result_->job;
    request.shuffle = shuffleOptions();
    request.cross_attend = view_.crossAttend;
    request.in_float64 = view_.inFloat64;
    link_.askPermutation(std::move(request));
    emit shuffleChanged();
}

}  // namespace perceiver::ui
