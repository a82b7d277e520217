// PLY (Turk's Stanford polygon format): any elements and properties, text or either byte order.
#include <bit>
#include <cmath>

#include "media/point_readers.h"

namespace perceiver::media {
namespace {

struct Property {
    std::string name;
    char kind = 'f';  // i signed, u unsigned, f float
    int size = 4;
    bool is_list = false;
    char count_kind = 'u';
    int count_size = 1;
};
struct Element {
    std::string name;
    std::uint64_t count = 0;
    std::vector<Property> properties;
};

bool read_type(std::string_view word, char& kind, int& size) {
    struct Type {
        std::string_view name, other;
        char kind;
        int size;
    };
    static constexpr std::array<Type, 8> types{{{"char", "int8", 'i', 1},
                                                {"uchar", "uint8", 'u', 1},
                                                {"short", "int16", 'i', 2},
                                                {"ushort", "uint16", 'u', 2},
                                                {"int", "int32", 'i', 4},
                                                {"uint", "uint32", 'u', 4},
                                                {"float", "float32", 'f', 4},
                                                {"double", "float64", 'f', 8}}};
    for (const auto& type : types)
        if (word == type.name || word == type.other) {
            kind = type.kind;
            size = type.size;
            return true;
        }
    return false;
}

[[noreturn]] void damaged(const std::string& how) { bad_points("The PLY is damaged.", how); }

/// Values of the body, one after another, whatever they are written as.
class Body {
  public:
    enum class Form { text, little, big };
    Body(Bytes bytes, Form form) : bytes_(bytes), form_(form), words_(text_of(bytes)) {}

    std::uint64_t left() const { return form_ == Form::text ? words_.left() : bytes_.size() - at_; }
    bool is_text() const { return form_ == Form::text; }
    /// Whether nothing follows on this line of a text.
    bool line_ends() const { return is_text() && words_.line_ends(); }
    double next(char kind, int size) {
        if (form_ == Form::text) {
            const auto word = words_.word();
            if (word.empty()) bad_points("The file is cut short.");
            const auto value = number_in<double>(word);
            if (!value) damaged("not a number: " + std::string(word.substr(0, 40)));
            return *value;
        }
        const auto count = static_cast<std::size_t>(size);
        if (count > bytes_.size() - at_) bad_points("The file is cut short.");
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < count; ++i)
            bits = bits << 8 | bytes_[at_ + (form_ == Form::big ? i : count - 1 - i)];
        at_ += count;
        if (kind == 'f')
            return size == 8 ? std::bit_cast<double>(bits)
                             : static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
        if (kind == 'u') return static_cast<double>(bits);
        const int unused = 64 - 8 * size;
        return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
    }
    std::uint32_t index(char kind, int size) {
        const double value = next(kind, size);
        if (!(value >= 0 && value < 4'294'967'295.0)) damaged("an index or count is no such number");
        return static_cast<std::uint32_t>(value);
    }

  private:
    Bytes bytes_;
    Form form_;
    TextScanner words_;
    std::size_t at_ = 0;
};

struct Header {
    std::vector<Element> elements;
    Body::Form form = Body::Form::text;
    std::size_t end = 0;
};

Property read_property(TextScanner& words) {
    Property property;
    auto word = words.word();
    if (word == "list") {
        property.is_list = true;
        if (!read_type(words.word(), property.count_kind, property.count_size)) damaged("unknown type of a list");
        word = words.word();
    }
    if (!read_type(word, property.kind, property.size)) damaged("unknown type of a property");
    property.name = words.word();
    return property;
}

Header read_header(std::string_view text) {
    TextScanner lines(text);
    Header header;
    bool has_format = false;
    lines.line();
    while (!lines.done()) {
        TextScanner words(lines.line());
        const auto what = words.word();
        if (what == "end_header") {
            if (!has_format) damaged("no format");
            header.end = lines.at();
            return header;
        }
        if (what == "format") {
            const auto form = words.word();
            has_format = true;
            if (form == "binary_little_endian")
                header.form = Body::Form::little;
            else if (form == "binary_big_endian")
                header.form = Body::Form::big;
            else if (form != "ascii")
                damaged("unknown format");
        } else if (what == "element") {
            Element element;
            element.name = words.word();
            const auto count = number_in<std::uint64_t>(words.word());
            if (!count || header.elements.size() > 100) damaged("an element without a count");
            element.count = *count;
            header.elements.push_back(std::move(element));
        } else if (what == "property") {
            if (header.elements.empty() || header.elements.back().properties.size() > 1000) damaged("properties");
            header.elements.back().properties.push_back(read_property(words));
        }
    }
    bad_points("The file is cut short.");
}

// Where a vertex property goes: 0-2 place, 3-5 colour, 6-8 normal; -1 nowhere.
int slot_of(const Property& property) {
    static constexpr std::array<std::array<std::string_view, 3>, 9> names{{{"x", "", ""},
                                                                           {"y", "", ""},
                                                                           {"z", "", ""},
                                                                           {"red", "r", "diffuse_red"},
                                                                           {"green", "g", "diffuse_green"},
                                                                           {"blue", "b", "diffuse_blue"},
                                                                           {"nx", "normal_x", ""},
                                                                           {"ny", "normal_y", ""},
                                                                           {"nz", "normal_z", ""}}};
    if (property.is_list || property.name.empty()) return -1;
    for (std::size_t i = 0; i < names.size(); ++i)
        for (const auto name : names[i])
            if (property.name == name) return static_cast<int>(i);
    return -1;
}

std::uint8_t colour_of(double value, const Property& property) {
    if (property.kind == 'f')
        value *= 255;
    else if (property.size == 2)
        value /= 257;
    return static_cast<std::uint8_t>(value >= 0 ? std::lround(std::min(value, 255.0)) : 0);
}

std::uint64_t least_row_bytes(const Element& element, bool text) {
    std::uint64_t sum = 0;
    for (const auto& property : element.properties)
        sum += text ? 1 : static_cast<std::uint64_t>(property.is_list ? property.count_size : property.size);
    return std::max<std::uint64_t>(sum, 1);
}

bool is_corners(const Property& property) {
    return property.is_list && (property.name == "vertex_indices" || property.name == "vertex_index");
}

void skip_list(Body& body, const Property& property, const PointsJob& job) {
    for (std::uint32_t n = body.index(property.count_kind, property.count_size); n > 0; --n) {
        job.breathe(n);
        body.next(property.kind, property.size);
    }
}

void read_vertices(Body& body, const Element& element, PointCloud& cloud, const PointsJob& job) {
    std::array<bool, 9> has{};
    std::vector<int> slots;
    for (const auto& property : element.properties) {
        slots.push_back(slot_of(property));
        if (slots.back() >= 0) has[static_cast<std::size_t>(slots.back())] = true;
    }
    if (!has[0] || !has[1] || !has[2]) damaged("vertices without x, y and z");
    const bool coloured = has[3] && has[4] && has[5], upright = has[6] && has[7] && has[8];
    cloud.xyz.reserve(3 * element.count);
    for (std::uint64_t i = 0; i < element.count; ++i) {
        job.breathe(i);
        std::array<float, 9> row{};
        std::array<std::uint8_t, 3> colour{};
        for (std::size_t p = 0; p < slots.size(); ++p) {
            const Property& property = element.properties[p];
            if (property.is_list) {
                // A header that lost its faces' line gives their corners to the points, whose rows have none.
                if (!(is_corners(property) && body.line_ends())) skip_list(body, property, job);
                continue;
            }
            const double value = body.next(property.kind, property.size);
            if (slots[p] < 0) continue;
            const auto slot = static_cast<std::size_t>(slots[p]);
            if (slot >= 3 && slot < 6)
                colour[slot - 3] = colour_of(value, property);
            else
                row[slot] = static_cast<float>(value);
        }
        cloud.xyz.insert(cloud.xyz.end(), row.begin(), row.begin() + 3);
        if (coloured) cloud.rgb.insert(cloud.rgb.end(), colour.begin(), colour.end());
        if (upright) cloud.normals.insert(cloud.normals.end(), row.begin() + 6, row.end());
    }
}

void read_faces(Body& body, const Element& element, PointCloud& cloud, const PointsJob& job) {
    std::vector<std::uint32_t> corners;
    for (std::uint64_t i = 0; i < element.count; ++i) {
        job.breathe(i);
        for (const auto& property : element.properties) {
            if (!property.is_list) {
                body.next(property.kind, property.size);
            } else if (is_corners(property)) {
                const std::uint32_t count = body.index(property.count_kind, property.count_size);
                job.check(count, body.left(), body.is_text() ? 1 : static_cast<std::uint64_t>(property.size),
                          "corners");
                corners.clear();
                for (std::uint32_t c = 0; c < count; ++c) corners.push_back(body.index(property.kind, property.size));
                append_fan(cloud.faces, corners, job);
            } else {
                skip_list(body, property, job);
            }
        }
    }
}

}  // namespace

PointCloud read_ply(Bytes bytes, const PointsJob& job) {
    const Header header = read_header(text_of(bytes));
    Body body(bytes.subspan(header.end), header.form);
    PointCloud cloud;
    for (const auto& element : header.elements) {
        if (element.properties.empty()) continue;
        job.check(element.count, body.left(), least_row_bytes(element, body.is_text()));
        if (element.name == "vertex" && cloud.xyz.empty()) {
            read_vertices(body, element, cloud, job);
        } else if (element.name == "face") {
            read_faces(body, element, cloud, job);
        } else {
            for (std::uint64_t i = 0; i < element.count; ++i) {
                job.breathe(i);
                for (const auto& property : element.properties) {
                    if (property.is_list)
                        skip_list(body, property, job);
                    else
                        body.next(property.kind, property.size);
                }
            }
        }
    }
    return cloud;
}

}  // namespace perceiver::media
