#include "ui/state/view_state.h"

#include <algorithm>
#include <utility>

namespace perceiver::ui {

int ViewState::slotOf(int latent) const {
    const auto found = latent < 0 ? pins.end() : std::find(pins.begin(), pins.end(), latent);
    return found == pins.end() ? -1 : int(found - pins.begin());
}

ViewState ofAnyFile(const ViewState& v) {
    const ViewState d;
    ViewState out = v;
    out.pinned = d.pinned;
    out.pins = d.pins;
    out.head = d.head;
    out.held = d.held;
    out.compare = d.compare;
    out.other = d.other;
    out.explained = d.explained;
    out.target = d.target;
    out.masked = d.masked;
    out.keepOnly = d.keepOnly;
    return out;
}

ViewState fitted(const ViewState& v, const api::ModelInfo& model, int elements) {
    const auto cross = [&](int k) { return std::clamp(k, 0, std::max(0, int(model.stages.size()) - 1)); };
    const auto latent = [&](int n) { return n < model.latents ? n : api::all_latents; };
    const auto head = [&](int of, int h) {
        const auto k = std::size_t(of);
        return h < (k < model.stages.size() ? model.stages[k].cross.heads : 1) ? h : api::all_heads;
    };
    ViewState out = v;
    out.crossAttend = cross(v.crossAttend);
    out.pinned = latent(v.pinned);
    for (int& pin : out.pins) pin = latent(pin);
    out.head = head(out.crossAttend, v.head);
    out.other.crossAttend = cross(v.other.crossAttend);
    out.other.latent = latent(v.other.latent);
    out.other.head = head(out.other.crossAttend, v.other.head);
    if (out.held >= elements) out.held = -1;
    if (out.target >= model.classes) out.target = -1;
    return out;
}

ChangeView::ChangeView(const QString& words, int merge, ViewState before, ViewState after, Apply apply)
    : QUndoCommand(words), merge_(merge), before_(before), after_(after), apply_(std::move(apply)) {}

ChangePlace::ChangePlace(const QString& words, std::function<void()> back, std::function<void()> there)
    : QUndoCommand(words), back_(std::move(back)), there_(std::move(there)) {}

void ChangePlace::redo() {
    if (!std::exchange(done_, false)) there_();
}

bool ChangeView::mergeWith(const QUndoCommand* newer) {
    after_ = static_cast<const ChangeView*>(newer)->after_;
    return true;
}

}  // namespace perceiver::ui
