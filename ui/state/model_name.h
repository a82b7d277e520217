// What a model is called where there is little room.
#pragma once

#include <QString>

namespace perceiver::ui {

/// Of a bundled model its id, of the hub's the name without its owner, of a person's own that of its file, or of its
/// folder where the file's name says nothing ("model.safetensors").
QString modelName(const std::string& id);

/// The same without what models of its kind have in common ("cifar10-fourier" of "image-cifar10-fourier").
QString briefModelName(const std::string& id);

/// Whether an id is the path of a person's own model.
inline bool isOwnModel(const std::string& id) { return !id.empty() && id.front() == '/'; }

}  // namespace perceiver::ui
