// Tables of numbers: NumPy's NPY, and text (XYZ, CSV, TXT, PTS) with or without a row of names.
#include <bit>
#include <cmath>

#include "media/byte_reader.h"
#include "media/point_readers.h"

namespace perceiver::media {
namespace {

constexpr std::string_view separators = " \t,;\r\n\f\v\"";

[[noreturn]] void bad_npy(const std::string& how) { bad_points("The NPY is damaged.", how); }

// What follows `key` in the header's dictionary, up to the comma or bracket that ends it.
std::string_view npy_value(std::string_view header, std::string_view key) {
    std::size_t at = header.find(key);
    if (at == header.npos) bad_npy("no " + std::string(key));
    at = header.find(':', at + key.size());
    if (at == header.npos) bad_npy("no value");
    at = header.find_first_not_of(' ', at + 1);
    if (at == header.npos) bad_npy("no value");
    const std::size_t end = header[at] == '(' ? header.find(')', at) : header.find_first_of(",}", at);
    if (end == header.npos) bad_npy("a value without an end");
    return header.substr(at, end - at);
}

std::vector<std::uint64_t> npy_shape(std::string_view text) {
    std::vector<std::uint64_t> shape;
    TextScanner words(text);
    for (auto word = words.word("(), \t"); !word.empty() && shape.size() < 33; word = words.word("(), \t")) {
        const auto side = number_in<std::uint64_t>(word);
        if (!side) bad_npy("its shape");
        shape.push_back(*side);
    }
    return shape;
}

double npy_number(Bytes bytes, std::size_t at, char kind, std::size_t size, bool big) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < size; ++i) bits = bits << 8 | bytes[at + (big ? i : size - 1 - i)];
    if (kind == 'f')
        return size == 8 ? std::bit_cast<double>(bits)
                         : static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    if (kind == 'u') return static_cast<double>(bits);
    const auto unused = 64 - 8 * static_cast<int>(size);
    return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
}

struct Columns {
    std::array<std::ptrdiff_t, 3> place{0, 1, 2}, normal{-1, -1, -1}, colour{-1, -1, -1};
    bool named = false;
};

std::string lower(std::string_view word) {
    std::string text(word);
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return text;
}

// Columns by the names in a header; nothing when it names no x, y and z.
std::optional<Columns> columns_named(std::string_view line) {
    Columns columns;
    columns.named = true;
    columns.place = {-1, -1, -1};
    TextScanner words(line.substr(std::min(line.find_first_not_of("#/ \t"), line.size())));
    std::ptrdiff_t at = 0;
    for (auto word = words.word(separators); !word.empty(); word = words.word(separators), ++at) {
        const std::string name = lower(word);
        for (std::size_t c = 0; c < 3; ++c) {
            const std::string axis(1, "xyz"[c]), ink(1, "rgb"[c]);
            if (name == axis) columns.place[c] = at;
            if (name == "n" + axis || name == "normal_" + axis) columns.normal[c] = at;
            if (name == ink || name == std::array{"red", "green", "blue"}[c]) columns.colour[c] = at;
        }
    }
    for (const auto at_place : columns.place)
        if (at_place < 0) return std::nullopt;
    return columns;
}

bool is_comment(std::string_view line) {
    const std::size_t begin = line.find_first_not_of(" \t");
    return begin == line.npos || line[begin] == '#' || line.substr(begin, 2) == "//";
}

// The numbers of a line; nothing when a word before the last is none. A word at the end may be a label.
bool numbers_of(std::string_view line, std::vector<double>& numbers) {
    numbers.clear();
    TextScanner words(line);
    bool all = true;
    for (auto word = words.word(separators); !word.empty() && numbers.size() < 1000; word = words.word(separators)) {
        const auto number = number_in<double>(word);
        all &= number.has_value();
        numbers.push_back(number.value_or(std::nan("")));
    }
    return all;
}

}  // namespace

PointCloud read_npy(Bytes bytes, const PointsJob& job) {
    const ByteReader in(bytes, ByteReader::Order::little);
    const unsigned version = in.u8(6);
    if (version < 1 || version > 3) bad_npy("its version");
    const std::uint64_t begin = version == 1 ? 10 : 12, length = version == 1 ? in.u16(8) : in.u32(8);
    const std::string_view header = text_of(in.part(begin, length));
    const std::string_view type = npy_value(header, "'descr'");
    const auto shape = npy_shape(npy_value(header, "'shape'"));
    const bool by_column = npy_value(header, "'fortran_order'") == "True";
    if (type.size() != 5 || type.front() != '\'') bad_points("An NPY of records or objects is not supported.");
    const char kind = type[2];
    const auto size = static_cast<std::uint64_t>(type[3] - '0');
    const bool known = kind == 'f'
                           ? size == 4 || size == 8
                           : (kind == 'i' || kind == 'u') && size >= 1 && size <= 8 && std::has_single_bit(size);
    if (!known) bad_points("An NPY of this type of number is not supported; float32 and float64 are.");
    if (shape.size() != 2 || shape[1] < 3 || shape[1] > 1000)
        bad_points("The NPY is no list of points: its shape should be [n, 3].");
    const std::uint64_t rows = shape[0], columns = shape[1];
    const Bytes data = bytes.subspan(begin + length);
    job.check(rows, data.size(), columns * size);

    PointCloud cloud;
    std::vector<std::array<float, 3>> more;
    for (std::uint64_t row = 0; row < rows; ++row) {
        job.breathe(row);
        const auto at = [&](std::uint64_t column) {
            const std::uint64_t index = by_column ? column * rows + row : row * columns + column;
            return static_cast<float>(npy_number(data, index * size, kind, size, type[1] == '>'));
        };
        cloud.xyz.insert(cloud.xyz.end(), {at(0), at(1), at(2)});
        if (columns >= 6) more.push_back({at(3), at(4), at(5)});
    }
    take_unnamed_columns(cloud, more);
    return cloud;
}

PointCloud read_text_points(Bytes bytes, const PointsJob& job) {
    std::string_view text = text_of(bytes);
    if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
    TextScanner lines(text);
    PointCloud cloud;
    Columns columns;
    std::vector<double> numbers;
    std::vector<std::array<float, 3>> more;
    bool all_have_more = true;
    for (std::uint64_t i = 1; !lines.done(); ++i) {
        job.breathe(i - 1);
        const std::string_view line = lines.line();
        const bool first = cloud.xyz.empty();
        if (is_comment(line)) {
            if (const auto named = first ? columns_named(line) : std::nullopt) columns = *named;
            continue;
        }
        const bool all = numbers_of(line, numbers);
        if (first && !columns.named && (!all || numbers.size() == 1)) {  // names, a title, or a count
            if (const auto named = columns_named(line))
                columns = *named;
            else if (i > 20)
                bad_points("The text is no table of points.");
            if (!all || numbers.size() == 1) continue;
        }
        const auto at = [&](std::ptrdiff_t column) {
            return static_cast<float>(numbers[static_cast<std::size_t>(column)]);
        };
        const auto has = [&](const std::array<std::ptrdiff_t, 3>& three) {
            for (const auto column : three)
                if (column < 0 || column >= static_cast<std::ptrdiff_t>(numbers.size())) return false;
            return true;
        };
        const auto& place = columns.place;
        const bool placed = has(place);
        if (!placed || (!all && std::isnan(at(place[0]) + at(place[1]) + at(place[2]))))
            bad_points("Line " + std::to_string(i) + " does not hold the three numbers of a point.");
        cloud.xyz.insert(cloud.xyz.end(), {at(place[0]), at(place[1]), at(place[2])});
        job.check(cloud.xyz.size() / 3, bytes.size(), 1);
        const auto& extra = columns.named ? (has(columns.normal) ? columns.normal : columns.colour)
                                          : std::array<std::ptrdiff_t, 3>{3, 4, 5};
        all_have_more &= has(extra);
        if (all_have_more) more.push_back({at(extra[0]), at(extra[1]), at(extra[2])});
    }
    if (all_have_more) take_unnamed_columns(cloud, more);
    return cloud;
}

}  // namespace perceiver::media
