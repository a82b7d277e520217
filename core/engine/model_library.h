// The models a person can choose: bundled ones by name, any bundle by path. Loaded models are kept and shared.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "base/limits.h"
#include "engine/api/types.h"
#include "perceiver/perceiver.h"

namespace perceiver::engine {

struct LoadedModel {
    Perceiver perceiver;
    api::ModelInfo info;
};
using ModelPtr = std::shared_ptr<const LoadedModel>;

class ModelLibrary {
  public:
    explicit ModelLibrary(std::filesystem::path resources, Limits limits = {});

    /// The bundled models, the most accurate first. Only headers are read.
    std::vector<api::ModelInfo> list() const;
    /// From the header alone. `id` is a bundled model's name or a path; empty: the default, the first of list().
    /// Throws Error{unreadable_model}.
    api::ModelInfo info(const std::string& id) const;
    /// The same with its weights. The last few are kept; a file that changed on disk is read again.
    ModelPtr load(const std::string& id);

  private:
    std::filesystem::path resolve(const std::string& id) const;

    std::filesystem::path folder_;
    Limits limits_;
    struct Kept {
        std::filesystem::path path;
        std::filesystem::file_time_type changed;
        ModelPtr model;
    };
    std::mutex mutex_;
    std::vector<Kept> kept_;
};

}  // namespace perceiver::engine
