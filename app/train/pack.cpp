// pack: folders and archives of pictures, sounds, films and clouds, decoded once into one file.
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <set>

#include "commands.h"
#include "input/image_input.h"
#include "labels.h"
#include "media/audio.h"
#include "media/image.h"
#include "media/kind.h"
#include "media/points.h"
#include "media/video.h"
#include "progress_line.h"
#include "sample.h"
#include "train/data.h"

namespace perceiver {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

/// A file of the data set; bytes are fetched on demand.
struct Entry {
    std::string name, split, label;
    std::function<Bytes()> bytes;
};
using Visit = std::function<void(const Entry&)>;

/// How a file's path says what it is an example of: "train/cat/0001.jpg" is of split train and label cat,
/// "cat/0001.jpg" of `split`. With a pattern the file's name says the label, as the pattern's first group, and
/// "train/cat_0001.jpg" is of split train. With a test as well, a name in which it is found is of split test, any
/// other of train.
struct Naming {
    std::string split, only{};  ///< only: an archive of another split is not looked into
    std::optional<std::regex> pattern, test;
};

Naming naming_of(const Options& o) {
    Naming naming{o.split, o.only, {}, {}};
    try {
        if (!o.pattern.empty()) naming.pattern.emplace(o.pattern);
        if (!o.pattern.empty() && !o.test.empty()) naming.test.emplace(o.test);
    } catch (const std::regex_error& e) {
        throw Error(ErrorCode::usage, std::string("--pattern or --test is no regular expression: ") + e.what() + ".");
    }
    if (naming.pattern && naming.pattern->mark_count() < 1)
        throw Error(ErrorCode::usage, "--pattern needs a group in brackets: the label.");
    return naming;
}

/// False of files that are no examples.
bool place(const fs::path& path, const Naming& naming, Entry& entry) {
    std::vector<std::string> parts;
    for (const auto& part : path.lexically_normal())
        if (part != "." && part != "/") parts.push_back(part.string());
    const std::string& name = parts.empty() ? std::string() : parts.back();
    if (name.starts_with(".")) return false;
    entry.name = path.string();
    std::size_t folders = parts.size();   // from here back lie the folders that say the split
    if (naming.pattern) {
        std::smatch found;
        if (!std::regex_search(name, found, *naming.pattern) || found[1].length() == 0) return false;
        entry.label = found[1].str();
        folders -= 1;
    } else {
        if (parts.size() < 2) return false;
        entry.label = parts[parts.size() - 2];
        folders -= 2;
    }
    entry.split = folders > 0 ? parts[folders - 1] : naming.split;
    if (naming.test) entry.split = std::regex_search(name, *naming.test) ? "test" : "train";
    return true;
}

[[noreturn]] void broken(archive* a) {
    const char* text = archive_error_string(a);
    throw Error(ErrorCode::unreadable_input, "This archive can't be read: it is damaged or cut short.",
                text ? text : "");
}

Bytes entry_bytes(archive* a, archive_entry* entry) {
    const Limits limits;
    if (archive_entry_size(entry) > limits.file_bytes)
        throw Error(ErrorCode::out_of_resources, "A file in this archive is larger than the limit.");
    Bytes out;
    for (;;) {
        std::uint8_t block[16384];
        const la_ssize_t got = archive_read_data(a, block, sizeof block);
        if (got < 0) broken(a);
        if (got == 0) return out;
        if (static_cast<std::int64_t>(out.size()) + got > limits.file_bytes)
            throw Error(ErrorCode::out_of_resources, "A file in this archive is larger than the limit.");
        out.insert(out.end(), block, block + got);
    }
}

void visit_archive(const fs::path& path, const Naming& naming, const Visit& visit) {
    const std::unique_ptr<archive, int (*)(archive*)> a(archive_read_new(), archive_read_free);
    archive_read_support_filter_all(a.get());
    archive_read_support_format_all(a.get());
    if (archive_read_open_filename(a.get(), path.c_str(), 1 << 16) != ARCHIVE_OK)
        throw Error(ErrorCode::unreadable_input, "This is not an archive.", archive_error_string(a.get()));
    for (;;) {
        archive_entry* found = nullptr;
        const int result = archive_read_next_header(a.get(), &found);
        if (result == ARCHIVE_EOF) return;
        if (result < ARCHIVE_WARN) broken(a.get());
        const char* name = archive_entry_pathname(found);
        Entry entry;
        if (archive_entry_filetype(found) != AE_IFREG || !name || !place(name, naming, entry)) continue;
        entry.bytes = [&] { return entry_bytes(a.get(), found); };
        visit(entry);
    }
}

bool is_archive(const fs::path& path) {
    const std::string name = path.filename().string();
    return name.find(".tar") != std::string::npos || name.ends_with(".tgz") || name.ends_with(".zip");
}

/// Every file of a data set, in an order that doesn't depend on the file system. Where there are archives, what lies
/// beside them is no part of the set.
void visit_set(const fs::path& input, const Naming& naming, const Visit& visit) {
    const auto stem = [](const fs::path& path) {
        const std::string name = path.filename().string();
        return name.substr(0, name.find('.'));
    };
    const auto within = [&](const fs::path& archive) { return Naming{stem(archive), {}, naming.pattern, naming.test}; };
    if (fs::is_regular_file(input)) return visit_archive(input, within(input), visit);
    if (!fs::is_directory(input))
        throw Error(ErrorCode::unreadable_input, "There is no such file or folder.");
    std::vector<fs::path> archives, files;
    try {
        for (fs::recursive_directory_iterator at(input), end; at != end; ++at) {
            if (!at->is_regular_file()) continue;
            const bool above = at.depth() == 0;
            (above && is_archive(at->path()) ? archives : files).push_back(at->path());
        }
    } catch (const fs::filesystem_error& e) {
        throw Error(ErrorCode::unreadable_input, "The folder can't be read: " + e.code().message() + ".");
    }
    std::ranges::sort(archives);
    std::ranges::sort(files);
    for (const auto& path : archives)
        if (naming.only.empty() || stem(path) == naming.only)
            about(path.string(), [&] { visit_archive(path, within(path), visit); });
    if (!archives.empty()) return;
    for (const auto& path : files) {
        Entry entry;
        if (!place(path.lexically_relative(input), naming, entry)) continue;
        entry.name = path.string();
        entry.bytes = [&] { return media::read_file(path); };
        visit(entry);
    }
}

void add_picture(train::PackWriter& writer, const Entry& entry, const Bytes& bytes, std::int64_t size) {
    const media::Image image = media::decode_image(bytes);
    if (size == 0) return writer.add(entry.split, entry.label, image.rgb, image.height, image.width);
    input::ImageConfig square;
    square.height = square.width = size;
    writer.add(entry.split, entry.label,
               input::encode_image({image.rgb.data(), image.width, image.height}, square).view, size, size);
}

/// One channel from the start on; a sound shorter than `seconds` ends in silence.
void add_sound(train::PackWriter& writer, const Entry& entry, Bytes bytes, const Options& o) {
    media::AudioFile file{media::Source(std::move(bytes))};
    media::Sound sound = file.read(0, o.seconds, o.rate, 1);
    sound.samples.resize(static_cast<std::size_t>(std::llround(o.seconds * o.rate)));
    writer.add_sound(entry.split, entry.label, sound.samples, o.rate);
}

/// Points of the surface when there is one, else of the cloud's own.
void add_cloud(train::PackWriter& writer, const Entry& entry, const Bytes& bytes, const Options& o) {
    const media::PointCloud whole = media::read_points(bytes);
    const media::PointCloud cloud = whole.faces.empty() ? media::subsample(whole, o.points, 1)
                                                        : media::sample_surface(whole, o.points, 1);
    writer.add_cloud(entry.split, entry.label, cloud.xyz, 3);
}

/// So many seconds from the start on, of frames and of sound; a shorter film stays at its last frame and ends in
/// silence.
void add_film(train::PackWriter& writer, const Entry& entry, Bytes bytes, const Options& o) {
    const media::Source source(std::move(bytes));
    media::VideoFile film{source};
    if (!film.info().has_audio) throw Error(ErrorCode::unreadable_input, "There is no sound in it.");
    media::AudioFile sound{source};
    const auto count = std::max<std::int64_t>(1, std::llround(o.seconds * o.frame_rate));
    const media::VideoFrames read = film.frames({0, count, o.frame_rate, o.size});
    if (read.frames.empty()) throw Error(ErrorCode::unreadable_input, "The film has no frame that can be read.");
    Bytes frames;
    for (std::int64_t t = 0; t < count; ++t) {
        const Bytes& rgb = read.frames[std::min(static_cast<std::size_t>(t), read.frames.size() - 1)].rgb;
        if (!o.grey) {
            frames.insert(frames.end(), rgb.begin(), rgb.end());
            continue;
        }
        for (std::size_t i = 0; i + 2 < rgb.size(); i += 3)
            frames.push_back(static_cast<std::uint8_t>(
                std::lround(0.299 * rgb[i] + 0.587 * rgb[i + 1] + 0.114 * rgb[i + 2])));
    }
    media::Sound heard = media::read_beside(sound, sound.info().start - film.info().start, 0, o.seconds, o.rate, 1);
    heard.samples.resize(static_cast<std::size_t>(std::llround(o.seconds * o.rate)));
    writer.add_film(entry.split, entry.label, {frames, read.height, read.width, o.grey ? 1 : 3, o.frame_rate},
                    heard.samples, o.rate);
}

void add(train::PackWriter& writer, const Entry& entry, const Options& o) {
    Bytes bytes = entry.bytes();
    const media::MediaKind kind = media::kind_of(media::Source(bytes));
    if (kind == media::MediaKind::audio) return add_sound(writer, entry, std::move(bytes), o);
    if (kind == media::MediaKind::video) return add_film(writer, entry, std::move(bytes), o);
    if (kind == media::MediaKind::points) return add_cloud(writer, entry, bytes, o);
    add_picture(writer, entry, bytes, o.size);
}

/// The files a table names, a row each: `o.columns` are the names of the columns that hold the file below the
/// folder, its label and its split. With `o.test` a row is of split test when its split is that, else of
/// train.
void visit_table(const Options& o, const Visit& visit) {
    const std::vector<std::string> rows = about(o.table, [&] { return lines_of(o.table); });
    const auto cells = [](const std::string& row) {
        std::vector<std::string> out(1);
        for (const char c : row) {
            if (c == '"') throw Error(ErrorCode::unreadable_input, "Cells in quotes are not read.");
            if (c == ',')
                out.emplace_back();
            else
                out.back() += c;
        }
        return out;
    };
    const auto head = about(o.table, [&] { return cells(rows.empty() ? "" : rows[0]); });
    const auto wanted = cells(o.columns);
    std::size_t at[3];
    for (std::size_t i = 0; i < 3; ++i) {
        const auto found = i < wanted.size() ? std::ranges::find(head, wanted[i]) : head.end();
        if (wanted.size() != 3 || found == head.end())
            throw Error(ErrorCode::unreadable_input, o.table + ": It has not the columns " + o.columns + ".");
        at[i] = static_cast<std::size_t>(found - head.begin());
    }
    for (std::size_t r = 1; r < rows.size(); ++r) {
        const auto row = about(o.table, [&] { return cells(rows[r]); });
        if (row.size() != head.size())
            throw Error(ErrorCode::unreadable_input,
                        o.table + ": Row " + std::to_string(r + 1) + " has another number of cells.");
        const fs::path path = fs::path(o.input) / row[at[0]];
        const std::string split = o.test.empty() ? row[at[2]] : row[at[2]] == o.test ? "test" : "train";
        visit({path.string(), split, row[at[1]], [&] { return media::read_file(path); }});
    }
}

void visit_all(const Options& o, const Visit& visit) {
    const Visit visit_wanted = [&](const Entry& entry) {
        if (o.only.empty() || entry.split == o.only) visit(entry);
    };
    if (o.table.empty()) return visit_set(o.input, naming_of(o), visit_wanted);
    visit_table(o, visit_wanted);
}

}  // namespace

void make_pack(const Options& o) {
    std::set<std::string> found;
    std::map<std::string, std::int64_t> splits;
    std::int64_t count = 0, done = 0;
    about(o.input, [&] {
        visit_all(o, [&](const Entry& entry) {
            found.insert(entry.label);
            ++splits[entry.split];
            ++count;
        });
    });
    if (count == 0)
        throw Error(ErrorCode::unreadable_input,
                    o.input + (o.pattern.empty() ? ": There are no files in class folders here."
                                                 : ": There is no file here whose name fits the pattern."));
    train::PackWriter writer = about(o.input, [&] {
        return train::PackWriter(labels_for(o, {found.begin(), found.end()}));
    });
    std::map<std::string, Sample> samples;
    for (auto& [name, n] : splits) n = samples.emplace(name, Sample(n, o.sample)).first->second.size();
    count = 0;
    for (const auto& [name, n] : splits) count += n;
    ProgressLine line;
    visit_all(o, [&](const Entry& entry) {
        if (interrupted()) throw Error(ErrorCode::cancelled, "Stopped; no pack was written.");
        if (!samples.at(entry.split).takes_next()) return;
        about(entry.name, [&] { add(writer, entry, o); });
        line.count("decoding", ++done, count);
    });
    line.clear();
    about(o.output, [&] { std::move(writer).write(o.output); });
    if (o.quiet) return;
    for (const auto& [name, n] : splits)
        std::printf("%s: %lld examples\n", name.c_str(), static_cast<long long>(n));
    std::printf("wrote %s\n", o.output.c_str());
}

}  // namespace perceiver
