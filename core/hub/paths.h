// Names that come from outside and become names of files: what is let through.
#pragma once

#include <algorithm>
#include <string_view>

namespace perceiver::hub {

/// Letters, digits, ".", "_", "-" in parts divided by single slashes, none empty, "." or "..", at most 255
/// bytes in all: it names something below a folder, and stands in an address as it is.
inline bool is_safe_path(std::string_view path) {
    if (path.empty() || path.size() > 255) return false;
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '_' || c == '-' || c == '/';
    };
    if (!std::all_of(path.begin(), path.end(), plain)) return false;
    while (true) {
        const std::string_view part = path.substr(0, path.find('/'));
        if (part.empty() || part == "." || part == "..") return false;
        if (part.size() == path.size()) return true;
        path.remove_prefix(part.size() + 1);
    }
}

/// `digits` lower-case hexadecimal digits and nothing else.
inline bool is_hex(std::string_view text, std::size_t digits) {
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

}  // namespace perceiver::hub
