#include "train/npy.h"

#include <charconv>
#include <cstring>
#include <map>

#include "base/error.h"

namespace perceiver::train {
namespace {

[[noreturn]] void wrong(const char* sentence) { throw Error(ErrorCode::unreadable_input, sentence); }

/// The value of 'key' in the header's dictionary, up to `end`.
std::string_view value_of(std::string_view header, std::string_view key, char end) {
    const auto at = header.find(key);
    const auto colon = at == header.npos ? at : header.find(':', at + key.size());
    const auto stop = colon == header.npos ? colon : header.find(end, colon);
    if (stop == header.npos) wrong("The array's header is damaged.");
    return header.substr(colon + 1, stop - colon - 1);
}

std::vector<std::int64_t> shape_of(std::string_view text) {
    std::vector<std::int64_t> shape;
    const char *at = text.data(), *end = at + text.size();
    while (at != end) {
        if (*at == ' ' || *at == ',' || *at == '(') {
            ++at;
            continue;
        }
        std::int64_t n = 0;
        const auto [rest, failed] = std::from_chars(at, end, n);
        if (failed != std::errc() || n < 0 || shape.size() >= 8) wrong("The array's shape is damaged.");
        shape.push_back(n);
        at = rest;
    }
    return shape;
}

template <class T>
void append(const std::uint8_t* from, std::size_t count, std::vector<float>& numbers) {
    numbers.reserve(count);
    for (std::size_t i = 0; i < count; ++i, from += sizeof(T)) {
        T value;
        std::memcpy(&value, from, sizeof value);
        numbers.push_back(static_cast<float>(value));
    }
}

struct Reader {
    std::size_t bytes;
    void (*append)(const std::uint8_t*, std::size_t, std::vector<float>&);
};
const std::map<std::string_view, Reader>& readers() {
    static const std::map<std::string_view, Reader> known = {
        {"|i1", {1, append<std::int8_t>}},  {"|u1", {1, append<std::uint8_t>}},
        {"<i2", {2, append<std::int16_t>}}, {"<u2", {2, append<std::uint16_t>}},
        {"<i4", {4, append<std::int32_t>}}, {"<u4", {4, append<std::uint32_t>}},
        {"<f4", {4, append<float>}},        {"<f8", {8, append<double>}}};
    return known;
}

}  // namespace

Npy read_npy(std::span<const std::uint8_t> bytes) {
    static constexpr std::uint8_t magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
    if (bytes.size() < 12 || std::memcmp(bytes.data(), magic, sizeof magic) != 0)
        wrong("This is not a NumPy array.");
    const bool wide = bytes[6] > 1;
    if (bytes[6] < 1 || bytes[6] > 3) wrong("This is a NumPy array of an unknown version.");
    std::size_t length = bytes[8] + (std::size_t{bytes[9]} << 8);
    if (wide) length += (std::size_t{bytes[10]} << 16) + (std::size_t{bytes[11]} << 24);
    const std::size_t begin = wide ? 12 : 10;
    if (length > bytes.size() - begin) wrong("The array is cut short.");
    const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + begin, length);

    Npy out;
    const auto type = value_of(header, "'descr'", ',');
    const auto first = type.find('\''), last = type.rfind('\'');
    if (first == type.npos || last <= first) wrong("The array's header is damaged.");
    out.type = type.substr(first + 1, last - first - 1);
    const auto reader = readers().find(out.type);
    if (reader == readers().end()) wrong("The array holds numbers of a kind that isn't read here.");
    if (value_of(header, "'fortran_order'", ',').find("False") == std::string_view::npos)
        wrong("The array lies column by column; save it with NumPy's ascontiguousarray.");
    out.shape = shape_of(value_of(header, "'shape'", ')'));
    std::size_t left = (bytes.size() - begin - length) / reader->second.bytes, count = 1;
    for (const auto n : out.shape) {
        if (n > 0 && count > left / static_cast<std::size_t>(n)) wrong("The array is cut short.");
        count *= static_cast<std::size_t>(n);
    }
    if (begin + length + count * reader->second.bytes != bytes.size())
        wrong("The array is longer than its header says.");
    reader->second.append(bytes.data() + begin + length, count, out.numbers);
    return out;
}

}  // namespace perceiver::train
