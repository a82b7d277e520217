// Which kind of points the first bytes of a file are.
#include <algorithm>

#include "media/byte_reader.h"
#include "media/point_readers.h"

namespace perceiver::media {
namespace {

constexpr std::string_view separators = " \t,;\"";

bool is_text(std::string_view text) {
    return !text.empty() && std::ranges::none_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 9 || (byte > 13 && byte < 32) || byte == 127;
    });
}

// How many of a line's words are numbers, and how many words there are.
std::array<int, 2> count_numbers(std::string_view line) {
    TextScanner words(line);
    int numbers = 0, all = 0;
    for (auto word = words.word(separators); !word.empty(); word = words.word(separators), ++all)
        numbers += number_in<double>(word).has_value();
    return {numbers, all};
}

// Lines of three numbers or more, perhaps after some of names and a count.
bool is_table(std::string_view text, bool whole) {
    TextScanner lines(text);
    int rows = 0, titles = 0;
    for (int i = 0; i < 50 && !lines.done(); ++i) {
        const std::string_view line = lines.line();
        if (lines.done() && !whole) break;  // it may be half a line
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin == line.npos || line[begin] == '#' || line.substr(begin, 2) == "//") continue;
        const auto [numbers, all] = count_numbers(line);
        if (numbers >= 3 && 2 * numbers > all)
            ++rows;
        else if (rows > 0 || ++titles > 2)
            return false;
    }
    return rows > 0;
}

bool is_obj(std::string_view text, bool whole) {
    static constexpr std::array<std::string_view, 16> keywords{
        "v", "vn", "vt", "vp", "f", "o", "g", "s", "l", "p", "mtllib", "usemtl", "maplib", "usemap", "cstype", "deg"};
    TextScanner lines(text);
    bool has_point = false;
    while (!lines.done()) {
        const std::string_view line = lines.telling_line();
        if ((lines.done() && !whole) || line.empty()) break;
        TextScanner words(line);
        const auto what = words.word();
        if (std::ranges::find(keywords, what) == keywords.end()) return false;
        has_point |= what == "v" && count_numbers(line)[0] >= 3;
    }
    return has_point;
}

// "OFF" after any of the prefixes it may have.
bool is_off(std::string_view line) {
    for (const std::string_view prefix : {"ST", "C", "N", "4", "n"})
        if (line.substr(0, prefix.size()) == prefix) line.remove_prefix(prefix.size());
    if (line.substr(0, 3) != "OFF") return false;
    return line.size() == 3 || std::string_view(" \t0123456789").find(line[3]) != line.npos;
}

// An asset's description; 1.0 may leave out what 2.0 asks for, and which part comes first is anyone's choice.
bool is_gltf(std::string_view text) {
    return std::ranges::any_of(std::array{"\"asset\"", "\"accessors\"", "\"bufferViews\""},
                               [&](std::string_view part) { return text.find(part) != text.npos; });
}

}  // namespace

std::string points_format(Bytes head, std::int64_t size) {
    const ByteReader in(head, ByteReader::Order::little);
    const bool whole = static_cast<std::int64_t>(head.size()) >= size;
    if (in.says(0, "ply\n") || in.says(0, "ply\r")) return "PLY";
    if (in.says(0, "\x93NUMPY")) return "NPY";
    if (in.says(0, "glTF")) return "glTF";
    std::string_view text = text_of(head);
    if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
    const std::string_view first = TextScanner(text).telling_line();
    if (in.says(0, "# .PCD") || first.substr(0, 8) == "VERSION ") {
        if (text.find("FIELDS") != text.npos || text.find("COLUMNS") != text.npos) return "PCD";
    }
    if (is_off(first)) return "OFF";
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin != text.npos && text[begin] == '{' && is_gltf(text)) return "glTF";
    if (begin != text.npos && text.substr(begin, 5) == "solid" && text.substr(0, 2048).find("facet") != text.npos)
        return "STL";
    if (is_text(text)) {
        if (is_obj(text, whole)) return "OBJ";
        return is_table(text, whole) ? "text" : "";
    }
    // A binary STL has no mark of its own; its length is that of its triangles.
    if (size > 84 && in.has(80, 4) && 84 + std::int64_t{50} * in.u32(80) == size) return "STL";
    return "";
}

}  // namespace perceiver::media
