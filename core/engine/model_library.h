// The models a person can choose: bundled ones by name, any checkpoint by path, published ones of the hub. Loaded
// models are kept and shared.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "base/cancel.h"
#include "base/limits.h"
#include "base/load_progress.h"
#include "engine/api/types.h"
#include "hub/hub.h"
#include "perceiver/perceiver.h"
#include "perceiver/reference.h"
#include "weights/open_model.h"

namespace perceiver::engine {

struct LoadedModel {
    Perceiver perceiver;
    api::ModelInfo info;
    /// What its weights can be read from again: they were given back as they were packed.
    std::filesystem::path path{};
    std::filesystem::file_time_type changed{};
    std::string hyperparameters{};
};
using ModelPtr = std::shared_ptr<const LoadedModel>;

/// While a model of the hub is fetched, and while one is loaded: who is told, and what ends it.
struct Fetching {
    hub::ProgressCallback tell;
    CancelToken cancel;
    LoadCallback loading{};
    std::string hyperparameters{};   ///< see weights::OpenOptions
};

class ModelLibrary {
  public:
    /// Models are loaded in `precision`.
    explicit ModelLibrary(std::filesystem::path resources, Limits limits = {},
                          Precision precision = Precision::float32);

    /// The bundled models by kind, pictures first, then by how many classes they know and how accurate they are. Only
    /// headers are read.
    std::vector<api::ModelInfo> list() const;
    /// The published models, and which of them are here.
    std::vector<api::PublishedModel> published() const;
    /// Whether it is a model of the hub that isn't here. Throws Error{unreadable_model} when it is no such name.
    bool must_be_fetched(const std::string& id) const;
    /// Afterwards it is here, unless it is no model of the hub at all. Throws as hub::fetch().
    void fetch(const std::string& id, const Fetching& fetching) const { resolve(id, fetching); }
    /// The first of list() that reads this kind. Throws Error{unreadable_model} when none does.
    std::string default_for(api::Kind kind) const;
    /// `wanted` when it is named, unless with `or_default` it doesn't run over this kind, or does so without being made
    /// for it and was last used on a file of another kind, `before`; else the default. Throws as default_for, and
    /// Error{cancelled}.
    std::string model_for(api::Kind kind, const std::string& wanted, bool or_default, const Fetching& fetching = {},
                          std::optional<api::Kind> before = {});
    /// Of a bundled model from the header alone. `id` is a bundled model's name, a path or hub:OWNER/NAME, which is
    /// fetched when it isn't here; empty: the default for pictures. Throws Error{unreadable_model}, and as
    /// hub::fetch().
    api::ModelInfo info(const std::string& id, const Fetching& fetching = {}) const;
    /// The same with its weights. The last few are kept; one that changed on disk is read again. Who asks for a model
    /// that another thread is loading waits for that one, told how far it has come, and gets the same model or the same
    /// Error; of those whose own asker cancels them, the next in line begins anew. Nobody waits for another model.
    ModelPtr load(const std::string& id, const Fetching& fetching = {});
    /// The same model in its plain differentiable form, its weights read again. Throws Error: no_fit where the file is
    /// not the one that was loaded any more, unreadable_model, out_of_resources, cancelled.
    Reference reference(const LoadedModel& model, at::ScalarType type, const CancelToken& cancel = {}) const;

  private:
    hub::Settings hub_settings() const;
    weights::OpenOptions options_of(const Fetching& fetching) const;
    std::filesystem::path resolve(const std::string& id, const Fetching& fetching) const;

    std::filesystem::path folder_;
    Limits limits_;
    Precision precision_;
    /// What makes two models the same one.
    struct Key {
        std::filesystem::path path;
        std::string hyperparameters;
        std::filesystem::file_time_type changed;
        bool operator==(const Key&) const = default;
    };
    /// A model on its way. It ends with a model, a failure, or, cancelled, neither.
    struct Loading {
        Key key;
        std::optional<LoadProgress> at{};
        bool ended = false;
        ModelPtr model{};
        std::optional<Error> failure{};
    };
    using LoadingPtr = std::shared_ptr<Loading>;
    ModelPtr read(const Key& key, const std::string& id, const Fetching& fetching, Loading& told);
    void wait_for(const Loading& other, std::unique_lock<std::mutex>& lock, const Fetching& fetching);
    void end(const LoadingPtr& loading, ModelPtr model, std::optional<Error> failure);

    std::mutex mutex_;                  // guards what follows; never held while a file is read
    std::condition_variable ended_;     // some Loading has
    std::vector<ModelPtr> kept_;
    std::vector<LoadingPtr> loading_;
};

}  // namespace perceiver::engine
