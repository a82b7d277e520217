#include "hub/settings.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>

namespace perceiver::hub {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t longest_token = 4096;

/// Empty counts as not set, for every variable here.
std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

fs::path home() { return variable("HOME"); }

fs::path path_of(const std::string& value) {
    const bool from_home = value == "~" || value.rfind("~/", 0) == 0;
    return from_home ? home() / value.substr(std::min<std::size_t>(2, value.size())) : fs::path(value);
}

fs::path hub_home() {
    if (const auto set = variable("HF_HOME"); !set.empty()) return path_of(set);
    const auto cache = variable("XDG_CACHE_HOME");
    return (cache.empty() ? home() / ".cache" : path_of(cache)) / "huggingface";
}

/// A token goes into a header line: anything that could end the line makes it no token.
std::string as_token(std::string text) {
    const auto visible = [](unsigned char c) { return c > ' ' && c < 0x7f; };
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
    text.erase(text.begin(), std::find_if(text.begin(), text.end(), visible));
    return std::all_of(text.begin(), text.end(), visible) ? text : std::string();
}

std::string token() {
    if (auto set = as_token(variable("HF_TOKEN")); !set.empty()) return set;
    const auto named = variable("HF_TOKEN_PATH");
    std::ifstream file(named.empty() ? hub_home() / "token" : path_of(named));
    std::string text(longest_token, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return as_token(std::move(text));
}

bool is_on(std::string value) {
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return std::toupper(c); });
    return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

}  // namespace

Settings settings_from_environment() {
    Settings s;
    if (auto endpoint = variable("HF_ENDPOINT"); !endpoint.empty()) {
        while (!endpoint.empty() && endpoint.back() == '/') endpoint.pop_back();
        s.endpoint = endpoint;
    }
    const auto cache = variable("HF_HUB_CACHE");
    s.cache = cache.empty() ? hub_home() / "hub" : path_of(cache);
    s.token = token();
    s.offline = is_on(variable("HF_HUB_OFFLINE"));
    return s;
}

}  // namespace perceiver::hub
