// Protects headless from files of every kind that are damaged, lie or hold nothing: no crash, one line on stderr that
// names the file, an exit code that says why; and a cancel that is heard while a long file is read.
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <fstream>
#include <limits>
#include <random>
#include <stdexcept>

#include "support/audio_samples.h"
#include "support/av_samples.h"
#include "support/headless_fixture.h"
#include "support/media_samples.h"
#include "support/point_samples.h"

namespace perceiver::engine {
namespace {

using samples::ByteVector;

struct DamageTest : HeadlessFixture {
    const std::vector<samples::MediaSample> all = samples::media_of_every_kind();

    /// Runs the file, which may be answered or refused, but never otherwise than in order. Returns the exit code.
    int survived(const std::string& name, const ByteVector& bytes) {
        const std::string at = file(name, bytes);
        const int code = run({at});
        EXPECT_TRUE(code == 0 || code == 3 || code == 5 || code == 6) << name << ": " << code;
        if (code == 0) {
            EXPECT_EQ(err, "") << name;
            EXPECT_NE(out.find(at), std::string::npos) << out;
        } else {
            EXPECT_EQ(err.rfind("perceiverscope: " + at + ": ", 0), 0u) << err;
            EXPECT_EQ(lines(err), 1) << err;
            EXPECT_LT(err.size(), at.size() + 260) << err;
            EXPECT_TRUE(err.ends_with(".\n")) << err;
            EXPECT_EQ(err.find("This could not be done"), std::string::npos) << "a sentence of its own: " << err;
            EXPECT_EQ(out, "");
        }
        return code;
    }
    void refused(const std::string& name, const ByteVector& bytes, int code = 3) {
        EXPECT_EQ(survived(name, bytes), code) << name << ": " << out << err;
    }
    const ByteVector& bytes_of(const std::string& name) const {
        static const ByteVector none;
        for (const auto& s : all)
            if (s.name == name) return s.bytes;
        return none;
    }
};

TEST_F(DamageTest, EveryGoodFileIsAnswered) {
    file("mesh.bin", samples::gltf_numbers(samples::box(1, 2, 3)));
    for (const auto& s : all) {
        EXPECT_EQ(survived(s.name, s.bytes), 0) << s.name << ": " << err;
        EXPECT_EQ(findings({path(s.name)})["file"]["kind"], s.kind) << s.name;
    }
}

TEST_F(DamageTest, EmptyFilesAndNoiseAreRefusedUnderEveryName) {
    std::mt19937 noise(7);
    for (const auto& s : all) {
        const std::string ending = fs::path(s.name).extension().string();
        refused("empty" + ending, {});
        ByteVector bytes(3000);
        for (auto& b : bytes) b = static_cast<std::uint8_t>(noise());
        refused("noise" + ending, bytes);
        refused("zeros" + ending, ByteVector(3000));
    }
}

TEST_F(DamageTest, FilesCutShortAreSurvived) {
    file("mesh.bin", samples::gltf_numbers(samples::box(1, 2, 3)));
    for (const auto& s : all)
        for (const double part : {0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99}) {
            const auto count = static_cast<std::ptrdiff_t>(double(s.bytes.size()) * part);
            survived("cut-" + s.name, {s.bytes.begin(), s.bytes.begin() + count});
        }
}

TEST_F(DamageTest, ChangedBytesAreSurvived) {
    std::mt19937 dice(11);
    for (const auto& s : all)
        for (int round = 0; round < 12; ++round) {
            ByteVector bytes = s.bytes;
            for (int i = 0; i < 8; ++i)
                bytes[dice() % (round < 6 ? std::min<std::size_t>(bytes.size(), 256) : bytes.size())] =
                    static_cast<std::uint8_t>(dice());
            survived("changed-" + s.name, bytes);
        }
}

TEST_F(DamageTest, TheNameDoesNotMatter) {
    for (const auto& s : all) {
        if (s.name == "mesh.gltf") continue;   // its numbers lie beside it
        const json honest = findings({file(s.name, s.bytes)}), renamed = findings({file("other.txt", s.bytes)});
        EXPECT_EQ(renamed["file"]["kind"], s.kind) << s.name;
        EXPECT_EQ(renamed["predictions"], honest["predictions"]) << s.name;
    }
}

TEST_F(DamageTest, HeadersThatLieAllocateNothing) {
    for (const char* format : {"PNG", "JPEG", "GIF", "BMP", "TIFF", "WebP"}) {
        const auto bytes = samples::claiming(format, 65'000, 65'000);
        if (!bytes.empty()) { EXPECT_NE(survived("claims.image", bytes), 0) << format; }
    }
    const auto text = [](const std::string& s) { return samples::bytes_of(s); };
    for (const char* count : {"4294967295", "9223372036854775807", "18446744073709551616", "-1", "1e300"}) {
        const std::string n = count;
        survived("lies.ply", text("ply\nformat binary_little_endian 1.0\nelement vertex " + n +
                                  "\nproperty float x\nproperty float y\nproperty float z\nend_header\n123456789012"));
        EXPECT_NE(run({path("lies.ply")}), 0) << n;
        survived("lies.pcd",
                 text("# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH " + n +
                      "\nHEIGHT 1\nPOINTS " + n + "\nDATA binary\n123456789012"));
        EXPECT_NE(run({path("lies.pcd")}), 0) << n;
        survived("lies.off", text("OFF\n" + n + " " + n + " 0\n0 0 0\n"));
        EXPECT_NE(run({path("lies.off")}), 0) << n;
        survived("lies.npy", samples::npy_of_shape("(" + n + ", 3)", 36));
        EXPECT_NE(run({path("lies.npy")}), 0) << n;
    }
    ByteVector stl(84 + 50, 0);
    std::memset(stl.data() + 80, 0xff, 4);
    refused("lies.stl", stl);
    for (const std::uint32_t claim : {0xffffffffu, 0x7fffffffu, 0x80000000u})
        survived("lies.wav", samples::wav_claiming(samples::sine(16'000, 1, 0.2, 440, 0.5), claim));
    // Durations and counts, wherever containers keep them.
    for (const auto& [name, box, at] :
         {std::tuple{"film.mp4", "mvhd", 16}, std::tuple{"film.mp4", "mdhd", 16}, std::tuple{"film.mp4", "stsz", 8},
          std::tuple{"film.mp4", "stts", 4}, std::tuple{"film.mp4", "stco", 4}, std::tuple{"film.mp4", "moov", -4},
          std::tuple{"film.avi", "avih", 20}, std::tuple{"film.avi", "strh", 36}, std::tuple{"film.avi", "movi", -8},
          std::tuple{"sound.m4a", "mdhd", 16}, std::tuple{"sound.m4a", "stsz", 8}, std::tuple{"sound.flac", "fLaC", 21},
          std::tuple{"sound.aiff", "COMM", 6}, std::tuple{"sound.aiff", "SSND", 0}, std::tuple{"mesh.glb", "glTF", 4},
          std::tuple{"mesh.glb", "JSON", -4}}) {
        ByteVector bytes = bytes_of(name);
        const auto found = std::search(bytes.begin(), bytes.end(), box, box + 4);
        if (found == bytes.end()) continue;
        const auto field = found - bytes.begin() + 4 + at;
        for (const std::uint8_t fill : {0xff, 0x7f}) {
            std::fill_n(bytes.begin() + field, 4, fill);
            survived("lies-" + std::string(name), bytes);
        }
    }
}

/// `value` written at `at` from its last byte on, or from its first.
void put(ByteVector& bytes, std::size_t at, std::uint64_t value, bool big, std::size_t count = 8) {
    for (std::size_t i = 0; i < count && at + i < bytes.size(); ++i)
        bytes[at + i] = static_cast<std::uint8_t>(value >> 8 * (big ? count - 1 - i : i));
}
std::size_t find(const ByteVector& bytes, const std::string& text, std::size_t from = 0) {
    const auto found =
        std::search(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), text.begin(), text.end(),
                    [](std::uint8_t b, char c) { return b == static_cast<std::uint8_t>(c); });
    return static_cast<std::size_t>(found - bytes.begin());
}

/// Ogg, RFC 3533, section 6: the checksum of a page, of which its own place counts as 0.
void sign_ogg_page(ByteVector& bytes, std::size_t page) {
    std::size_t size = 27 + bytes[page + 26];
    for (std::size_t i = 0; i < bytes[page + 26]; ++i) size += bytes[page + 27 + i];
    put(bytes, page + 22, 0, false, 4);
    std::uint32_t sum = 0;
    for (std::size_t i = page; i < page + size; ++i) {
        sum ^= static_cast<std::uint32_t>(bytes[i]) << 24;
        for (int bit = 0; bit < 8; ++bit) sum = sum << 1 ^ (sum & 0x80000000u ? 0x04c11db7u : 0);
    }
    put(bytes, page + 22, sum, false, 4);
}

TEST_F(DamageTest, SizesAndTimesOf64BitsAreNotBelieved) {
    const samples::Signal signal = samples::sine(16'000, 1, 0.2, 440, 0.5);
    const ByteVector plain = samples::wav(signal, 16);
    for (const std::uint64_t lie :
         {0x7fffffffffffffffull, 0x8000000000000000ull, 0xffffffffffffffffull, 0x4000000000000000ull}) {
        // RF64: a WAV whose sizes stand in a chunk of their own.
        ByteVector rf64 = plain;
        std::copy_n("RF64", 4, rf64.begin());
        put(rf64, 4, 0xffffffff, false, 4);
        ByteVector sizes(36, 0);
        std::copy_n("ds64", 4, sizes.begin());
        put(sizes, 4, 28, false, 4);
        for (const std::size_t at : {8, 16, 24}) put(sizes, at, lie, false);
        rf64.insert(rf64.begin() + 12, sizes.begin(), sizes.end());
        put(rf64, find(rf64, "data") + 4, 0xffffffff, false, 4);
        survived("lies.rf64", rf64);
        for (const auto& [container, mark, skip, big] :
             {std::tuple{"w64", "data", 16, false}, std::tuple{"caf", "data", 4, true}})
            if (auto bytes = samples::coded_sound(signal, "pcm_s16le", container)) {
                const std::size_t at = find(*bytes, mark);
                ASSERT_LT(at, bytes->size()) << container;
                put(*bytes, at + static_cast<std::size_t>(skip), lie, big);
                survived(std::string("lies.") + container, *bytes);
            }
        for (const char* name :
             {"film.mkv", "film.webm"}) {  // Duration, a float; read as one, these are huge, negative, none
            ByteVector bytes = bytes_of(name);
            const std::size_t at = find(bytes, "\x44\x89\x88");
            if (at < bytes.size()) put(bytes, at + 3, lie, true), survived(std::string("lies-") + name, bytes);
        }
        for (const char* name : {"sound.ogg", "sound.opus"}) {   // which sample every page ends with
            ByteVector bytes = bytes_of(name);
            for (std::size_t page = find(bytes, "OggS"); page < bytes.size(); page = find(bytes, "OggS", page + 4)) {
                put(bytes, page + 6, lie, false);
                sign_ogg_page(bytes, page);
            }
            if (!bytes.empty()) survived(std::string("lies-") + name, bytes);
        }
    }
}

TEST_F(DamageTest, NothingInsideIsSaid) {
    refused("silent.wav", samples::wav({16'000, 1, {}}, 16));
    refused("silent.aiff", samples::aiff({16'000, 1, {}}, 16));
    for (const char* name : {"film.mkv", "film.webm"}) {
        // The head of the film, up to where its first frames would follow.
        const ByteVector& film = bytes_of(name);
        const std::uint8_t cluster[] = {0x1f, 0x43, 0xb6, 0x75};
        const auto at = std::search(film.begin(), film.end(), cluster, cluster + 4);
        if (at != film.end()) refused(name, {film.begin(), at});
    }
    for (const auto& kind : samples::sound_kinds())
        if (const auto bytes = samples::coded_sound({48'000, 1, {}}, kind.codec, kind.container))
            refused("silent." + kind.container, *bytes);
    for (const auto& kind : samples::film_kinds())
        try {
            if (const auto bytes = samples::film({.codec = kind.codec, .container = kind.container, .frames = 0}))
                refused("blind." + kind.container, *bytes);
        } catch (const std::runtime_error&) {
            // This container can't be written without a frame.
        }
    refused("nothing.off", samples::bytes_of("OFF\n0 0 0\n"));
    refused("nothing.ply", samples::bytes_of("ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nproperty "
                                             "float y\nproperty float z\nend_header\n"));
    refused("nothing.npy", samples::npy_of_shape("(0, 3)", 0));
}

TEST_F(DamageTest, CodecsThatNobodyKnowsAreNamed) {
    const auto swapped = [&](const std::string& name, const std::string& from, const std::string& to) {
        ByteVector bytes = bytes_of(name);
        for (auto at = bytes.begin(); (at = std::search(at, bytes.end(), from.begin(), from.end())) != bytes.end();
             at += std::ptrdiff_t(to.size()))
            std::copy(to.begin(), to.end(), at);
        return bytes;
    };
    for (const auto& [name, from, to] : {std::tuple{"film.mp4", "avc1", "zqx7"}, std::tuple{"film.mov", "avc1", "zqx7"},
                                         std::tuple{"film.avi", "FMP4", "zqx7"}}) {
        if (bytes_of(name).empty()) continue;
        refused(std::string("odd-") + name, swapped(name, from, to));
        EXPECT_NE(err.find("zqx7"), std::string::npos) << err;
    }
    ByteVector wav = bytes_of("sound.wav");
    wav[20] = 0x34, wav[21] = 0x12;   // the format's tag
    refused("odd.wav", wav);
    EXPECT_NE(err.find("1234"), std::string::npos) << err;
}

TEST_F(DamageTest, CloudsOfOnePointOfOnePlaceAndOfNoPlaceAreAnsweredOrSaid) {
    using Point = std::array<float, 3>;
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    const auto cloud = [](std::vector<Point> points) {
        samples::Shape shape;
        shape.points = std::move(points);
        return shape;
    };
    const auto written = [](const samples::Shape& shape) {
        return std::vector<std::pair<std::string, ByteVector>>{{"p.ply", samples::ply(shape, samples::PlyForm::little)},
                                                               {"p.pcd", samples::pcd(shape, samples::PcdForm::binary)},
                                                               {"p.npy", samples::npy(shape)},
                                                               {"p.xyz", samples::table(shape, " ", "")}};
    };
    for (const auto& [name, bytes] : written(cloud({{1, 2, 3}}))) EXPECT_EQ(survived("one-" + name, bytes), 0) << err;
    for (const auto& [name, bytes] : written(cloud({{nan, 0, 0}, {0, inf, 0}, {-inf, nan, 1}})))
        refused("none-" + name, bytes);
    for (const auto& [name, bytes] : written(cloud({{1, 2, 3}, {nan, 0, 0}, {0, inf, 0}, {4, 5, 6}}))) {
        EXPECT_EQ(survived("some-" + name, bytes), 0) << err;
        EXPECT_NE(out.find("note:"), std::string::npos) << name << ": what is left out is said: " << out;
    }
    for (const auto& [name, bytes] : written(cloud({{3e38f, 3e38f, 3e38f}, {-3e38f, -3e38f, -3e38f}, {0, 0, 1e-38f}})))
        survived("far-" + name, bytes);
    const auto same = cloud(std::vector<Point>(1'000'000, Point{1, 1, 1}));
    for (const auto& [name, bytes] : written(same)) {
        EXPECT_EQ(survived("same-" + name, bytes), 0) << err;
        EXPECT_EQ(out.find("not a number"), std::string::npos) << "a cloud without any size has an answer too: " << out;
    }
    // Meshes some or all of whose corners are nowhere.
    const auto meshes = [](const samples::Shape& shape) {
        return std::vector<std::pair<std::string, ByteVector>>{{"m.ply", samples::ply(shape, samples::PlyForm::text)},
                                                               {"m.off", samples::off(shape)},
                                                               {"m.obj", samples::obj(shape)},
                                                               {"m.stl", samples::stl(shape, false)},
                                                               {"text.stl", samples::stl(shape, true)},
                                                               {"m.glb", samples::glb(shape)}};
    };
    samples::Shape torn = samples::box(1, 2, 3);
    torn.points[0] = {nan, inf, -inf};
    for (const auto& [name, bytes] : meshes(torn)) {
        EXPECT_EQ(survived("torn-" + name, bytes), 0) << err;
        EXPECT_NE(out.find("note:"), std::string::npos) << name << ": what is left out is said: " << out;
    }
    for (auto& p : torn.points) p = {nan, nan, nan};
    for (const auto& [name, bytes] : meshes(torn)) refused("nowhere-" + name, bytes);
    const samples::Shape point = cloud({{1, 2, 3}});
    for (const auto& [name, bytes] :
         {std::pair{"o.obj", samples::obj(point)}, {"o.off", samples::off(point)}, {"o.glb", samples::glb(point)}})
        EXPECT_EQ(survived(name, bytes), 0) << err;
    samples::Shape flat = samples::box(1, 1, 1);
    for (auto& p : flat.points) p = {2, 2, 2};
    refused("flat.off", samples::off(flat));
}

TEST_F(DamageTest, ACancelIsHeardWhileALongFileIsRead) {
    // Hours of it: a hole in the disk behind a header. Its SHA-256 alone takes seconds.
    const std::string name = file("long.wav", samples::wav_claiming(samples::sine(8'000, 1, 1, 440, 0.5), 0x7fffff00));
    fs::resize_file(name, 0x7fffff00);
    api::HeadlessOptions options;
    options.inputs = {name};
    options.json = path("long.json");
    using Clock = std::chrono::steady_clock;
    const auto begun = Clock::now();
    std::atomic<Clock::rep> raised{0};
    const int code = run(options, {}, [&] {
        if (Clock::now() - begun < std::chrono::milliseconds(100)) return false;
        if (!raised) raised = Clock::now().time_since_epoch().count();
        return true;
    });
    EXPECT_EQ(code, 130);
    EXPECT_FALSE(fs::exists(path("long.json")));
    // 0.2 s is what it should take; this machine may be busy.
    EXPECT_LT(Clock::now().time_since_epoch() - Clock::duration(raised), std::chrono::seconds(1));
}

}  // namespace
}  // namespace perceiver::engine
