// The plain mesh formats: OFF, Wavefront OBJ, STL.
#include <bit>
#include <cmath>

#include "media/point_readers.h"

namespace perceiver::media {
namespace {

[[noreturn]] void damaged(const char* format, const std::string& how) {
    bad_points(std::string("The ") + format + " is damaged.", how);
}

double number_or_damage(std::string_view word, const char* format) {
    const auto value = number_in<double>(word);
    if (!value) damaged(format, "not a number: " + std::string(word.substr(0, 40)));
    return *value;
}

void append_place(PointCloud& cloud, TextScanner& words, const char* format) {
    for (int c = 0; c < 3; ++c) cloud.xyz.push_back(static_cast<float>(number_or_damage(words.word(), format)));
}

// Colours as numbers of 0 to 1 or of 0 to 255; the first line says which.
std::uint8_t colour_of(double value, bool fraction) {
    if (fraction) value *= 255;
    return static_cast<std::uint8_t>(value >= 0 ? std::lround(std::min(value, 255.0)) : 0);
}

float little_float(Bytes bytes, std::size_t at) {
    std::uint32_t bits = 0;
    for (std::size_t i = 4; i-- > 0;) bits = bits << 8 | bytes[at + i];
    return std::bit_cast<float>(bits);
}

PointCloud read_binary_stl(Bytes bytes, std::uint64_t count, const PointsJob& job) {
    job.check(count, bytes.size() - 84, 50, "triangles");
    PointCloud cloud;
    cloud.xyz.reserve(9 * count);
    for (std::uint64_t i = 0; i < count; ++i) {
        job.breathe(i);
        for (std::size_t c = 0; c < 9; ++c) cloud.xyz.push_back(little_float(bytes, 84 + 50 * i + 12 + 4 * c));
        for (std::uint32_t k = 0; k < 3; ++k) cloud.faces.push_back(static_cast<std::uint32_t>(3 * i) + k);
    }
    return cloud;
}

// A corner of a face is "vertex/texture/normal", counted from 1 or, if negative, from the last.
std::uint32_t obj_corner(std::string_view word, std::size_t points) {
    const auto index = number_in<std::int64_t>(word.substr(0, word.find('/')));
    const auto count = static_cast<std::int64_t>(points);
    if (!index || *index == 0 || *index > 4'000'000'000 || *index < -count) damaged("OBJ", "a face's corner");
    return static_cast<std::uint32_t>(*index > 0 ? *index - 1 : count + *index);
}

}  // namespace

PointCloud read_off(Bytes bytes, const PointsJob& job) {
    TextScanner lines(text_of(bytes));
    // The keyword may have prefixes, and some files run the counts into it: "OFF490 518 0".
    const std::string_view first = lines.telling_line();
    const std::size_t keyword = first.find("OFF");
    if (keyword == first.npos) damaged("OFF", "no keyword");
    const std::string_view prefix = first.substr(0, keyword);
    if (prefix.find_first_of("4n") != prefix.npos)
        bad_points("An OFF of other than three dimensions is not supported.");
    const bool normals = prefix.find('N') != prefix.npos, coloured = prefix.find('C') != prefix.npos;
    const std::string_view rest = first.substr(keyword + 3);
    if (rest.find("BINARY") != rest.npos) bad_points("A binary OFF is not supported.");
    TextScanner counts(rest.find_first_of("0123456789") == rest.npos ? lines.telling_line() : rest);
    const auto points = number_in<std::uint64_t>(counts.word()), faces = number_in<std::uint64_t>(counts.word());
    if (!points || !faces) damaged("OFF", "no counts");
    job.check(*points, lines.left() + 1, 6);
    job.check(*faces, lines.left() + 1, 2, "faces");

    PointCloud cloud;
    cloud.xyz.reserve(3 * *points);
    for (std::uint64_t i = 0; i < *points; ++i) {
        job.breathe(i);
        TextScanner words(lines.telling_line());
        if (words.done()) bad_points("The file is cut short.");
        append_place(cloud, words, "OFF");
        if (normals)
            for (int c = 0; c < 3; ++c)
                cloud.normals.push_back(static_cast<float>(number_or_damage(words.word(), "OFF")));
        if (!coloured) continue;
        std::array<std::string_view, 3> colour{words.word(), words.word(), words.word()};
        const bool fraction = colour[0].find('.') != colour[0].npos;
        for (const auto word : colour) cloud.rgb.push_back(colour_of(number_or_damage(word, "OFF"), fraction));
    }
    std::vector<std::uint32_t> corners;
    for (std::uint64_t i = 0; i < *faces; ++i) {
        job.breathe(i);
        TextScanner words(lines.telling_line());
        if (words.done()) bad_points("The file is cut short.");
        const auto count = number_in<std::uint32_t>(words.word());
        if (!count) damaged("OFF", "a face without a count");
        job.check(*count, words.left(), 2, "corners");
        corners.clear();
        for (std::uint32_t c = 0; c < *count; ++c) {
            const auto corner = number_in<std::uint32_t>(words.word());
            if (!corner) damaged("OFF", "a face's corner");
            corners.push_back(*corner);
        }
        append_fan(cloud.faces, corners, job);
    }
    return cloud;
}

PointCloud read_obj(Bytes bytes, const PointsJob& job) {
    TextScanner lines(text_of(bytes));
    PointCloud cloud;
    std::vector<std::uint32_t> corners;
    bool all_coloured = true, fraction = true;
    std::vector<std::array<float, 3>> colours;
    for (std::uint64_t i = 0; !lines.done(); ++i) {
        job.breathe(i);
        TextScanner words(lines.telling_line());
        const auto what = words.word();
        if (what == "v") {
            append_place(cloud, words, "OBJ");
            job.check(cloud.xyz.size() / 3, bytes.size(), 1);
            std::array<float, 3> colour{};
            int given = 0;  // three more numbers are a colour; a fourth alone is a weight
            for (auto word = words.word(); !word.empty() && given < 3; word = words.word())
                colour[static_cast<std::size_t>(given++)] = static_cast<float>(number_or_damage(word, "OBJ"));
            all_coloured &= given == 3;
            if (all_coloured) colours.push_back(colour);
            for (const float c : colour) fraction &= c <= 1;
        } else if (what == "f") {
            corners.clear();
            for (auto word = words.word(); !word.empty(); word = words.word())
                corners.push_back(obj_corner(word, cloud.xyz.size() / 3));
            append_fan(cloud.faces, corners, job);
        }
    }
    if (all_coloured)
        for (const auto& colour : colours)
            for (const float c : colour) cloud.rgb.push_back(colour_of(c, fraction));
    return cloud;
}

PointCloud read_stl(Bytes bytes, const PointsJob& job) {
    const std::string_view text = text_of(bytes);
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    const bool is_text =
        begin != text.npos && text.substr(begin, 5) == "solid" && text.substr(0, 2048).find("facet") != text.npos;
    std::uint64_t count = 0;
    if (bytes.size() >= 84)
        for (std::size_t i = 84; i-- > 80;) count = count << 8 | bytes[i];
    if (!is_text || (bytes.size() >= 84 && 84 + 50 * count == bytes.size())) {
        if (bytes.size() < 84) bad_points("The file is cut short.");
        return read_binary_stl(bytes, count, job);
    }
    PointCloud cloud;
    TextScanner lines(text);
    std::uint32_t in_loop = 0;
    bool ended = false;
    for (std::uint64_t i = 0; !lines.done(); ++i) {
        job.breathe(i);
        TextScanner words(lines.telling_line());
        const auto what = words.word();
        if (what == "vertex") {
            append_place(cloud, words, "STL");
            job.check(cloud.xyz.size() / 3, bytes.size(), 1);
            ++in_loop;
        } else if (what == "endloop") {
            const auto end = static_cast<std::uint32_t>(cloud.xyz.size() / 3);
            if (in_loop != 3) damaged("STL", "a facet without three corners");
            for (std::uint32_t k = 3; k > 0; --k) cloud.faces.push_back(end - k);
            in_loop = 0;
        } else if (what == "endsolid") {
            ended = true;
        }
    }
    if (!ended || in_loop != 0) bad_points("The file is cut short.");
    return cloud;
}

}  // namespace perceiver::media
