// Where the hub is, where its files are kept, and who asks: from the variables that other tools read too.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/limits.h"

namespace perceiver::hub {

struct Settings {
    std::string endpoint = "https://huggingface.co";  ///< without a slash at its end
    std::filesystem::path cache;                      ///< holds models--OWNER--NAME folders
    std::string token;                                ///< sent to `endpoint` alone, and shown nowhere
    bool offline = false;                             ///< nothing is asked of any network
    std::chrono::milliseconds connect_timeout{15'000};
    std::chrono::milliseconds stall_timeout{30'000};  ///< without a single byte
    std::int64_t model_bytes = Limits().model_bytes;  ///< of all files of one model
};

/// HF_ENDPOINT; the cache by HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HOME, in this order; HF_TOKEN, or the
/// file $HF_TOKEN_PATH or $HF_HOME/token; HF_HUB_OFFLINE.
Settings settings_from_environment();

}  // namespace perceiver::hub
