// Which model answers for a kind of file unless one is named, and why it does, as a sentence. No Qt, no torch.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "engine/api/types.h"

namespace perceiver::api {

/// The bundled models that answer unless one is named: those whose classes are most often what somebody opens.
inline bool usual_model(const std::string& id) {
    for (const char* known : {"image-cifar10-fourier", "audio-esc50-mel", "video-camera-motion", "points-modelnet40"})
        if (id == known) return true;
    return false;
}

/// Before another of the same kind: the usual one; else the one that knows more classes, else the more accurate one.
inline bool chosen_before(const ModelInfo& a, const ModelInfo& b) {
    if (usual_model(a.id) != usual_model(b.id)) return usual_model(a.id);
    if (a.classes != b.classes) return a.classes > b.classes;
    return a.accuracy != b.accuracy ? a.accuracy > b.accuracy : a.id < b.id;
}

/// Why `model` answers for files of its kind when none is named; empty where another one of `all` does.
inline std::string why_chosen(const std::vector<ModelInfo>& all, const ModelInfo& model) {
    const char* kind = model.reads == "image"   ? "pictures"
                       : model.reads == "audio" ? "sounds"
                       : model.reads == "video" ? "films"
                                                : "clouds of points";
    int others = 0;
    bool more_classes = true;
    for (const ModelInfo& m : all) {
        if (m.reads != model.reads || m.id == model.id || m.id.find('/') != std::string::npos) continue;
        if (chosen_before(m, model)) return {};
        ++others;
        more_classes = more_classes && model.classes > m.classes;
    }
    if (others == 0) return std::string("Chosen because it is the only model here made for ") + kind + ".";
    const char* reason = usual_model(model.id) ? "its classes are what people open most often"
                         : more_classes        ? "it knows the most classes"
                                               : "it is the most accurate";
    return "Chosen because, of the " + std::to_string(others + 1) + " models made for " + kind + ", " + reason + ".";
}

}  // namespace perceiver::api
