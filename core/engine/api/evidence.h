// Why it answered so: maps of what in the input spoke for a class, and whether the answer really hangs on what they
// rank first. Plain structs, as types.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "engine/api/types.h"

namespace perceiver::api {

/// relevance: gradient-weighted attention for one class (inspect/relevance.h); rollout: attention followed back from
/// the answer through every layer (inspect/rollout.h); attention: as it is, the mean over latents, heads and
/// cross-attends. Only relevance knows of a class.
enum class Evidence { relevance, rollout, attention };

/// A map's values are shares: not below 0, of sum 1 (or 0 throughout, where nothing speaks for the class), so that each
/// times M reads "times uniform".
struct EvidenceMap {
    Evidence kind = Evidence::attention;
    int target = -1;            ///< the class, of relevance
    Map map;
    double remainder = 0;       ///< rollout: the part of 1 that comes from the learned latent array, not from the input
    double milliseconds = 0;
};

/// What a map misses, in one sentence for a person.
inline const char* caveat_of(Evidence kind) {
    switch (kind) {
        case Evidence::relevance:
            return "First order, at this input; what speaks against the class is cut off (Chefer et al. 2021).";
        case Evidence::rollout:
            return "Follows attention alone: where it could have come from, whatever the class (Abnar & Zuidema 2020).";
        case Evidence::attention: break;
    }
    return "Where latents looked, not what they used; the same for every class.";
}
inline const char* name_of(Evidence kind) {
    switch (kind) {
        case Evidence::relevance: return "relevance";
        case Evidence::rollout: return "rollout";
        case Evidence::attention: break;
    }
    return "attention";
}

/// The class's probability as elements are taken away (deletion) or given back to nothing (insertion), those first
/// that a map ranks first; random: the same numbers of them in a random order. inspect/faithfulness.h.
struct EvidenceCurves {
    int target = 0;
    std::vector<double> fraction, deletion, insertion, random_deletion, random_insertion;
    double deletion_area = 0, insertion_area = 0, random_deletion_area = 0, random_insertion_area = 0;
    double milliseconds = 0;
};

/// Elements by what a map says of them, the most first; equal ones, and what is not a number last, in their own order.
inline std::vector<int> ranking(const std::vector<float>& values) {
    std::vector<int> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        const float x = values[static_cast<std::size_t>(a)], y = values[static_cast<std::size_t>(b)];
        return std::isnan(y) ? !std::isnan(x) : x > y;
    });
    return order;
}

}  // namespace perceiver::api
