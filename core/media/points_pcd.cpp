// PCD, the Point Cloud Library's format: text, rows of bytes, or columns of bytes packed by LZF.
#include <bit>

#include "media/point_readers.h"

namespace perceiver::media {
namespace {

struct Field {
    std::string name;
    std::uint64_t size = 4, count = 1, at = 0;  // at: bytes before it in a row
    char type = 'F';
};
struct Header {
    std::vector<Field> fields;
    std::uint64_t points = 0, row_bytes = 0, row_words = 0;
    std::string data;
    std::size_t end = 0;
};

[[noreturn]] void damaged(const std::string& how) { bad_points("The PCD is damaged.", how); }

std::uint64_t count_in(std::string_view word) {
    const auto value = number_in<std::uint64_t>(word);
    if (!value) damaged("not a count: " + std::string(word.substr(0, 40)));
    return *value;
}

// What one line of the header says of every field.
template <class Take>
void for_each_field(std::vector<Field>& fields, TextScanner words, Take take) {
    for (auto& field : fields) {
        const auto word = words.word();
        if (word.empty()) damaged("fields lack a word");
        take(field, word);
    }
}

void finish(Header& header, std::optional<std::uint64_t> width, std::uint64_t height,
            std::optional<std::uint64_t> points) {
    for (auto& field : header.fields) {
        const bool known = field.type == 'F' ? field.size == 4 || field.size == 8
                                             : (field.type == 'I' || field.type == 'U') && field.size <= 8 &&
                                                   std::has_single_bit(field.size);
        if (!known || field.count > 100'000) damaged("a field of unknown type or size");
        field.at = header.row_bytes;
        header.row_bytes += field.size * field.count;
        header.row_words += field.count;
    }
    constexpr std::uint64_t most = std::uint64_t{1} << 40;
    if (height > most || width.value_or(0) > most / std::max<std::uint64_t>(height, 1)) damaged("its size");
    if (!points && !width) damaged("no count of points");
    header.points = points.value_or(width.value_or(0) * height);
    if (header.row_bytes == 0) damaged("no fields");
}

Header read_header(std::string_view text) {
    TextScanner lines(text);
    Header header;
    std::optional<std::uint64_t> width, points;
    std::uint64_t height = 1;
    while (!lines.done()) {
        TextScanner words(lines.telling_line());
        const auto what = words.word();
        if (what == "FIELDS" || what == "COLUMNS") {
            for (auto word = words.word(); !word.empty() && header.fields.size() < 1000; word = words.word())
                header.fields.emplace_back().name = word;
        } else if (what == "SIZE") {
            for_each_field(header.fields, words, [](Field& f, auto word) { f.size = count_in(word); });
        } else if (what == "TYPE") {
            for_each_field(header.fields, words, [](Field& f, auto word) { f.type = word[0]; });
        } else if (what == "COUNT") {
            for_each_field(header.fields, words, [](Field& f, auto word) { f.count = count_in(word); });
        } else if (what == "WIDTH") {
            width = count_in(words.word());
        } else if (what == "HEIGHT") {
            height = count_in(words.word());
        } else if (what == "POINTS") {
            points = count_in(words.word());
        } else if (what == "DATA") {
            header.data = words.word();
            header.end = lines.at();
            finish(header, width, height, points);
            return header;
        }
    }
    bad_points("The file is cut short.");
}

/// The numbers of field `f` of a point, by where its first byte or word is.
struct Table {
    std::function<std::uint64_t(const Field&, std::uint64_t point)> bits;
    std::function<double(const Field&, std::uint64_t point)> value;
};

double value_of(const Field& field, std::uint64_t bits) {
    if (field.type == 'F')
        return field.size == 8 ? std::bit_cast<double>(bits)
                               : static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    if (field.type == 'U') return static_cast<double>(bits);
    const auto unused = 64 - 8 * field.size;
    return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
}

const Field* find(const Header& header, std::string_view name) {
    for (const auto& field : header.fields)
        if (field.name == name) return &field;
    return nullptr;
}

void take_points(PointCloud& cloud, const Header& header, const Table& table, const PointsJob& job) {
    const std::array place{find(header, "x"), find(header, "y"), find(header, "z")};
    const std::array normal{find(header, "normal_x"), find(header, "normal_y"), find(header, "normal_z")};
    const Field* colour = find(header, "rgb") ? find(header, "rgb") : find(header, "rgba");
    if (!place[0] || !place[1] || !place[2]) bad_points("The PCD has no fields x, y and z.");
    if (colour && colour->size != 4) colour = nullptr;
    for (std::uint64_t i = 0; i < header.points; ++i) {
        job.breathe(i);
        for (const Field* field : place) cloud.xyz.push_back(static_cast<float>(table.value(*field, i)));
        if (normal[0] && normal[1] && normal[2])
            for (const Field* field : normal) cloud.normals.push_back(static_cast<float>(table.value(*field, i)));
        if (!colour) continue;
        const std::uint64_t packed = table.bits(*colour, i);  // blue lowest
        for (const int shift : {16, 8, 0}) cloud.rgb.push_back(static_cast<std::uint8_t>(packed >> shift));
    }
}

void take_bytes(PointCloud& cloud, const Header& header, Bytes data, bool by_column, const PointsJob& job) {
    const auto bits = [&](const Field& field, std::uint64_t point) {
        const std::uint64_t at = by_column ? field.at * header.points + point * field.size * field.count
                                           : point * header.row_bytes + field.at;
        std::uint64_t value = 0;
        for (std::uint64_t i = field.size; i-- > 0;) value = value << 8 | data[at + i];
        return value;
    };
    take_points(cloud, header, {bits, [&](const Field& f, std::uint64_t p) { return value_of(f, bits(f, p)); }}, job);
}

void take_text(PointCloud& cloud, const Header& header, std::string_view text, const PointsJob& job) {
    TextScanner words(text);
    std::vector<std::string_view> row(header.row_words);
    std::uint64_t read = 0;  // rows so far; the fields of a point are asked for only while its row is held
    const auto word_of = [&](const Field& field, std::uint64_t point) {
        for (; read <= point; ++read)
            for (auto& word : row)
                if ((word = words.word()).empty()) bad_points("The file is cut short.");
        std::uint64_t at = 0;
        for (const auto& before : header.fields) {
            if (&before == &field) break;
            at += before.count;
        }
        return row[at];
    };
    const auto value = [&](const Field& field, std::uint64_t point) {
        const auto number = number_in<double>(word_of(field, point));
        if (!number) damaged("not a number");
        return *number;
    };
    const auto bits = [&](const Field& field, std::uint64_t point) -> std::uint64_t {
        if (field.type == 'F') return std::bit_cast<std::uint32_t>(static_cast<float>(value(field, point)));
        return static_cast<std::uint64_t>(std::clamp(value(field, point), 0.0, 4'294'967'295.0));
    };
    take_points(cloud, header, {bits, value}, job);
}

std::uint32_t little32(Bytes bytes, std::size_t at) {
    if (bytes.size() < at + 4) bad_points("The file is cut short.");
    return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}

}  // namespace

std::vector<std::uint8_t> unpack_lzf(Bytes packed, std::uint64_t size, const CancelToken& cancel) {
    // One byte of a reference is copied to at most 264: what promises more is refused before it is allocated.
    if (size > packed.size() * std::uint64_t{264}) bad_points("The PCD is damaged.", "LZF too short");
    std::vector<std::uint8_t> out;
    out.reserve(size);
    std::size_t at = 0;
    const auto next = [&]() -> std::size_t {
        if (at >= packed.size()) bad_points("The file is cut short.");
        return packed[at++];
    };
    for (std::uint64_t part = 0; at < packed.size(); ++part) {
        if (part % 65'536 == 0) cancel.check();
        const std::size_t control = next();
        if (control < 32) {
            const std::size_t count = control + 1;
            if (count > packed.size() - at) bad_points("The file is cut short.");
            if (count > size - out.size()) bad_points("The PCD is damaged.", "LZF gives too much");
            out.insert(out.end(), packed.begin() + static_cast<std::ptrdiff_t>(at),
                       packed.begin() + static_cast<std::ptrdiff_t>(at + count));
            at += count;
        } else {
            std::size_t count = control >> 5;
            if (count == 7) count += next();
            const std::size_t back = ((control & 31) << 8 | next()) + 1;
            count += 2;
            if (back > out.size() || count > size - out.size()) bad_points("The PCD is damaged.", "LZF leads outside");
            for (std::size_t i = 0; i < count; ++i) out.push_back(out[out.size() - back]);
        }
    }
    if (out.size() != size) bad_points("The PCD is damaged.", "LZF gives too little");
    return out;
}

PointCloud read_pcd(Bytes bytes, const PointsJob& job) {
    const Header header = read_header(text_of(bytes));
    const Bytes data = bytes.subspan(header.end);
    PointCloud cloud;
    if (header.data == "ascii") {
        job.check(header.points, data.size() + 1, 2 * header.row_words);
        take_text(cloud, header, text_of(data), job);
    } else if (header.data == "binary") {
        job.check(header.points, data.size(), header.row_bytes);
        take_bytes(cloud, header, data, false, job);
    } else if (header.data == "binary_compressed") {
        const std::uint64_t packed = little32(data, 0), size = little32(data, 4);
        job.check(header.points, ~std::uint64_t{0}, 1);
        if (size != header.points * header.row_bytes) damaged("the unpacked size is not that of its points");
        if (static_cast<std::int64_t>(size) > job.limits.decoded_bytes)
            throw Error(ErrorCode::out_of_resources, "The points unpack to " + std::to_string(size) +
                                                         " bytes; the limit is " +
                                                         std::to_string(job.limits.decoded_bytes) + ".");
        if (packed > data.size() - 8) bad_points("The file is cut short.");
        take_bytes(cloud, header, unpack_lzf(data.subspan(8, packed), size, job.cancel), true, job);
    } else {
        damaged("unknown kind of data");
    }
    return cloud;
}

}  // namespace perceiver::media
