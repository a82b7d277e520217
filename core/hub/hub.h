// Published models, fetched once from the hub into the cache that other tools share, and found there again
// without any network. Not what a model is: that the room weights knows. No torch, no Qt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "hub/reference.h"
#include "hub/settings.h"

namespace perceiver::hub {

/// A published Perceiver that the program knows of.
struct Published {
    Reference reference;
    std::string title, knows;
    std::string reads;  ///< the kinds of file it takes: "pictures"
    std::string licence;
    std::int64_t bytes = 0;  ///< of its weights, about
};
const std::vector<Published>& published();

struct Progress {
    std::string file;                   ///< being fetched; empty while the hub is asked what there is
    std::int64_t bytes = 0, total = 0;  ///< of all files of the model; total 0: not known yet
    double bytes_per_second = 0;        ///< lately; 0: not known yet

    double seconds_left() const {
        return bytes_per_second > 0 ? double(total - bytes) / bytes_per_second : 0;
    }
};
/// Called some ten times a second from within fetch(), and when a file begins and ends.
using ProgressCallback = std::function<void(const Progress&)>;

/// The folder with the model's files when all are in the cache, whoever put them there. Asks no network.
std::optional<std::filesystem::path> cached(const Reference&, const Settings&);

/// The same, fetching what is missing: config.json, preprocessor_config.json and the weights, safetensors
/// before pickles. A file gets its name in the cache when it is whole and its size and checksum are what the
/// hub said; until then it is an .incomplete file, from which the next fetch goes on. Several processes may
/// fetch at once. Throws Error: unreadable_model (no such model, not allowed, no connection, broken off,
/// other bytes than announced), out_of_resources (the cache can't be written, the disk is full, past
/// settings.model_bytes), cancelled within 100 ms.
std::filesystem::path fetch(const Reference&, const Settings&, const ProgressCallback& = {},
                            const CancelToken& = CancelToken());

}  // namespace perceiver::hub
