#include "ui/state/pin_marks.h"

#include <algorithm>
#include <numeric>

namespace perceiver::ui {

namespace {

PinMark markOf(const api::Map& map, int slot, int latent) {
    const bool attention = map.scale == api::Scale::probability;
    const std::size_t most = std::max<std::size_t>(1, map.values.size() * (attention ? 3 : 1) / 100);
    PinMark mark{slot, latent, {}, -1};
    std::vector<int> order(map.values.size());
    std::iota(order.begin(), order.end(), 0);
    const auto end = order.begin() + std::ptrdiff_t(std::min(most, order.size()));
    std::partial_sort(order.begin(), end, order.end(),
                      [&](int a, int b) { return map.values[std::size_t(a)] > map.values[std::size_t(b)]; });
    double held = 0;
    for (auto at = order.begin(); at != end && held < 0.5; ++at) {
        mark.core.push_back(*at);
        if (attention) held += double(map.values[std::size_t(*at)]);
    }
    if (!mark.core.empty()) mark.peak = mark.core.front();
    std::sort(mark.core.begin(), mark.core.end());
    return mark;
}

}  // namespace

const std::vector<PinMark>& PinMarks::of(const State& state) {
    bool same = true;
    for (std::size_t slot = 0; slot < kPins; ++slot) {
        const MapPtr map = state.pinMap(int(slot));
        const int latent = state.view().pins[slot];
        same = same && maps_[slot] == map && latents_[slot] == latent;
        maps_[slot] = map;
        latents_[slot] = latent;
    }
    if (same) return marks_;
    marks_.clear();
    const int elements = state.result() ? state.result()->elements() : 0;
    for (std::size_t slot = 0; slot < kPins; ++slot)
        if (maps_[slot] && int(maps_[slot]->values.size()) == elements)
            marks_.push_back(markOf(*maps_[slot], int(slot), latents_[slot]));
    return marks_;
}

}  // namespace perceiver::ui
