// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace perceiver {

/// 1234567 is "1,234,567".
inline std::string with_commas(std::int64_t number) {
    std::string text = std::to_string(number);
    const std::size_t sign = number < 0;
    for (std::size_t at = text.size(); at > sign + 3; at -= 3) text.insert(at - 3, 1, ',');
    return text;
}

}  // namespace perceiver
