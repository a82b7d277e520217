// Points: every kind of file gives the same points, meshes are sampled evenly, and broken files are refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "media/points.h"
#include "support/expect_error.h"
#include "support/point_samples.h"

namespace perceiver::media {
namespace {

using namespace samples;

void expect_points(const PointCloud& cloud, const Shape& shape, float tolerance = 0) {
    ASSERT_EQ(cloud.xyz.size(), 3 * shape.points.size());
    for (std::size_t i = 0; i < cloud.xyz.size(); ++i)
        ASSERT_NEAR(cloud.xyz[i], shape.points[i / 3][i % 3], tolerance) << i;
    if (!shape.colours.empty()) {
        ASSERT_EQ(cloud.rgb.size(), cloud.xyz.size());
        for (std::size_t i = 0; i < cloud.rgb.size(); ++i) ASSERT_EQ(cloud.rgb[i], shape.colours[i / 3][i % 3]) << i;
    }
    if (!shape.normals.empty()) {
        ASSERT_EQ(cloud.normals.size(), cloud.xyz.size());
        for (std::size_t i = 0; i < cloud.normals.size(); ++i)
            ASSERT_NEAR(cloud.normals[i], shape.normals[i / 3][i % 3], 1e-6f) << i;
    }
}

double area_of(const PointCloud& mesh) {
    double area = 0;
    for (std::size_t f = 0; f < mesh.faces.size(); f += 3) {
        std::array<std::array<double, 3>, 3> p;
        for (std::size_t k = 0; k < 3; ++k)
            for (std::size_t c = 0; c < 3; ++c) p[k][c] = mesh.xyz[3 * mesh.faces[f + k] + c];
        double sum = 0;
        for (std::size_t c = 0; c < 3; ++c) {
            const std::size_t d = (c + 1) % 3;
            const double part = (p[1][c] - p[0][c]) * (p[2][d] - p[0][d]) - (p[1][d] - p[0][d]) * (p[2][c] - p[0][c]);
            sum += part * part;
        }
        area += std::sqrt(sum) / 2;
    }
    return area;
}

TEST(ReadPoints, gives_the_clouds_of_every_format) {
    for (const Shape& shape : {helix(300), helix(300, true), helix(300, false, true), helix(300, true, true)})
        for (const PlyForm form : {PlyForm::text, PlyForm::little, PlyForm::big})
            expect_points(read_points(ply(shape, form)), shape, 1e-6f);
    for (const Shape& shape : {helix(300), helix(300, true)}) {
        for (const PcdForm form : {PcdForm::text, PcdForm::binary, PcdForm::packed})
            expect_points(read_points(pcd(shape, form)), shape, 1e-6f);
        expect_points(read_points(obj(shape)), shape, 1e-6f);
    }
    expect_points(read_points(off(helix(300))), helix(300), 1e-6f);
    for (const char* type : {"<f4", ">f4", "<f8", ">f8"})
        for (const bool by_column : {false, true})
            expect_points(read_points(npy(helix(300), type, by_column)), helix(300));
    const Shape whole{{{1, 2, 3}, {-4, 5, -6}}, {}, {}, {}};
    expect_points(read_points(npy(whole, "|i1")), whole);
}

TEST(ReadPoints, gives_tables_with_any_separator_and_heading) {
    for (const char* separator : {" ", "\t", ",", "; ", ", "})
        for (const char* heading : {"", "# a comment\n", "x,y,z\n", "// x y z\n", "300\n",
                                    "\xef\xbb\xbf"
                                    "X;Y;Z\n"}) {
            SCOPED_TRACE(std::string(separator) + heading);
            expect_points(read_points(table(helix(300), separator, heading)), helix(300), 1e-6f);
        }
    expect_points(read_points(table(helix(300, true), " ", "")), helix(300, true), 1e-6f);
    expect_points(read_points(table(helix(300, false, true), ",", "")), helix(300, false, true), 1e-6f);
    // Columns are found by their names.
    const auto named = read_points(bytes_of("id,z,y,x,what\n7,3,2,1,leaf\n8,6,5,4,stem\n"));
    EXPECT_EQ(named.xyz, (std::vector<float>{1, 2, 3, 4, 5, 6}));
    const auto strange = read_points(bytes_of("1 2 3 0.7\r\n4 5 6 0.1\r\n"));
    EXPECT_EQ(strange.xyz, (std::vector<float>{1, 2, 3, 4, 5, 6}));
    EXPECT_TRUE(strange.rgb.empty() && strange.normals.empty());
}

TEST(ReadPoints, gives_the_meshes_of_every_format) {
    const Shape shape = box(1, 2, 3);
    for (const auto& bytes :
         {ply(shape, PlyForm::text), ply(shape, PlyForm::little), ply(shape, PlyForm::big), off(shape),
          off(shape, true), obj(shape), obj(shape, true), stl(shape, true), stl(shape, false)}) {
        const PointCloud mesh = read_points(bytes);
        EXPECT_EQ(mesh.triangles(), 12) << mesh.format;
        EXPECT_NEAR(area_of(mesh), 22, 1e-5) << mesh.format;
        if (mesh.format != "STL") expect_points(mesh, shape);
    }
    // The nodes of the glTF make it twice as large and put it at (1, 2, 3).
    const PointCloud mesh = read_points(glb(shape));
    EXPECT_NEAR(area_of(mesh), 4 * 22, 1e-4);
    EXPECT_EQ((std::vector<float>(mesh.xyz.begin(), mesh.xyz.begin() + 6)), (std::vector<float>{1, 2, 3, 3, 2, 3}));
    EXPECT_EQ(read_points(glb(helix(50))).points(), 50);
}

TEST(ReadPoints, knows_every_kind_by_its_content) {
    for (const auto& file : points_of_every_kind()) {
        EXPECT_EQ(points_format(file.bytes, static_cast<std::int64_t>(file.bytes.size())), file.format) << file.name;
        const PointCloud cloud = read_points(file.bytes);
        EXPECT_EQ(cloud.format, file.format) << file.name;
        EXPECT_EQ(cloud.triangles() > 0, file.has_faces) << file.name;
    }
    for (const char* text :
         {"", "Dear reader,\nthis is a text.\n", "1 2\n3 4\n", "offer\n", "{\"a\": 1}", "solid ground\n",
          "v for victory\n", "name,age\nA,7\n", "1;2;3\nbut no more\nof that\nkind\n"})
        EXPECT_EQ(points_format(bytes_of(text), static_cast<std::int64_t>(std::string(text).size())), "") << text;
}

TEST(ReadPoints, gives_the_meshes_of_gltf_1_whose_parts_have_names) {
    const Shape shape = box(1, 2, 3);
    const PointCloud now = read_points(glb(shape));
    for (const std::string version :
         {R"("asset":{"version":"1.0"},)", R"("asset":{"version":1},)", R"("asset":{},)", ""}) {
        SCOPED_TRACE(version);
        const PointCloud mesh = read_points(old_glb(shape, version));
        EXPECT_EQ(mesh.xyz, now.xyz);
        EXPECT_EQ(mesh.faces, now.faces);
    }
    const TemporaryFolder folder;
    write_file(folder.path / "n.bin", gltf_numbers(shape));
    EXPECT_EQ(
        read_points(bytes_of(old_gltf_text(shape, R"("asset":{"version":"1.0"},)", "n.bin")), {}, {}, folder.path).xyz,
        now.xyz);
    // What a part refers to has to be there, and nodes are a tree here too.
    for (const auto& [from, to] : {std::pair{R"("bufferView":"faces")", R"("bufferView":"none")"},
                                   {R"("children":["shape"])", R"("children":["root"])"},
                                   {R"("children":["shape"])", R"("children":[7])"},
                                   {R"("meshes":["box"])", R"("meshes":{"box":1})"},
                                   {R"("scene":"all")", R"("scene":0)"}}) {
        std::string text = old_gltf_text(shape, "", "n.bin");
        const auto at = text.find(from);
        ASSERT_NE(at, text.npos) << from;
        text.replace(at, std::string(from).size(), to);
        EXPECT_EQ(failure_of([&] { read_points(bytes_of(text), {}, {}, folder.path); }).sentence,
                  "The glTF is damaged.")
            << to;
    }
    EXPECT_EQ(failure_of([] { read_points(bytes_of(R"({"asset":{"version":"3.0"},"meshes":[]})")); }).sentence,
              "A glTF of version 3.0 is not supported.");
}

TEST(ReadPoints, a_ply_has_comments_anywhere_in_its_header) {
    const Shape shape = box(1, 2, 3);
    for (const PlyForm form : {PlyForm::text, PlyForm::little, PlyForm::big}) {
        const ByteVector plain = ply(shape, form);
        std::string text(plain.begin(), plain.end());
        // After every line of the header but the last.
        for (std::size_t at = 0, end = text.find("end_header"); at < end;
             at = text.find('\n', at) + 1, end = text.find("end_header"))
            for (const std::string line : {"comment element vertex 9\n", "obj_info property float w\n", "comment\n"})
                if (at > 0) text.insert(at, line), at += line.size();
        expect_points(read_points(bytes_of(text)), shape);
        EXPECT_EQ(read_points(bytes_of(text)).triangles(), 12);
    }
    // A header that lost the line that begins its faces, as exporters of points have it.
    const auto lost = read_points(
        bytes_of("ply\nformat ascii 1.0\nelement vertex 2\ncomment lost\nproperty float x\nproperty float y\n"
                 "property float z\nproperty list uchar uint vertex_indices\nend_header\n1 2 3\n4 5 6 \n"));
    EXPECT_EQ(lost.xyz, (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(ReadPoints, reads_what_a_gltf_refers_to_only_beside_it) {
    const TemporaryFolder folder;
    const Shape shape = box(1, 2, 3);
    write_file(folder.path / "my numbers.bin", gltf_numbers(shape));
    std::filesystem::create_directory(folder.path / "sub");
    write_file(folder.path / "sub" / "n.bin", gltf_numbers(shape));
    EXPECT_EQ(read_points(gltf(shape, "my%20numbers.bin"), {}, {}, folder.path).triangles(), 12);
    const auto refused = [&](const std::string& uri, const std::filesystem::path& from) {
        return failure_of([&] { read_points(gltf(shape, uri), {}, {}, from); });
    };
    EXPECT_EQ(refused("my numbers.bin", "").sentence,
              "The file refers to another, \"my numbers.bin\", which has to lie beside it.");
    EXPECT_EQ(refused("none.bin", folder.path).sentence,
              "The file refers to \"none.bin\", which does not lie beside it.");
    for (const std::string uri : {"../n.bin", "..%2fn.bin", "sub/n.bin", "/etc/passwd", "https://example.org/n.bin",
                                  "file:n.bin", "..", "%2e%2e", "a\\\\b", ""}) {
        const auto failure = refused(uri, folder.path / "sub");
        EXPECT_EQ(failure.code, ErrorCode::unreadable_input) << uri;
    }
    // The numbers may lie in the address itself.
    EXPECT_EQ(
        read_points(gltf({{{1, 1, 1}}, {}, {}, {}}, "data:application/octet-stream;base64,AACAPwAAgD8AAIA/")).xyz,
        (std::vector<float>{3, 4, 5}));
}

TEST(ReadPoints, leaves_out_what_is_nowhere) {
    const PointCloud cloud = read_points(bytes_of("1 2 3\nnan nan nan\n4 5 inf\n7 8 9\n"));
    EXPECT_EQ(cloud.xyz, (std::vector<float>{1, 2, 3, 7, 8, 9}));
    EXPECT_EQ(cloud.notes, std::vector<std::string>{"2 points without a place were left out"});
    const PointCloud mesh =
        read_points(bytes_of("OFF\n5 2 0\nnan 0 0\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n3 0 1 2\n4 1 2 4 3\n"));
    EXPECT_EQ(mesh.points(), 4);
    EXPECT_EQ(mesh.faces, (std::vector<std::uint32_t>{0, 1, 3, 0, 3, 2}));
    EXPECT_EQ(failure_of([] { read_points(bytes_of("nan nan nan\n1 nan 2\n")); }).sentence,
              "The file holds no points.");
}

TEST(ReadPoints, holds_to_its_limits_before_it_allocates) {
    Limits limits;
    limits.points = 30;
    for (const auto& file : points_of_every_kind()) {
        if (file.has_faces) continue;
        const auto failure = failure_of([&] { read_points(file.bytes, limits); });
        EXPECT_EQ(failure.code, ErrorCode::out_of_resources) << file.name << ": " << failure.sentence;
    }
    limits.points = 5;
    for (const auto& file : points_of_every_kind())
        EXPECT_EQ(failure_of([&] { read_points(file.bytes, limits); }).code, ErrorCode::out_of_resources)
            << file.name;
}

TEST(ReadPoints, refuses_headers_that_lie) {
    const auto code = [](const ByteVector& bytes) {
        const auto failure = failure_of([&] { read_points(bytes); });
        EXPECT_LT(failure.sentence.size(), 120u);
        return failure.code;
    };
    const auto lying = [](const ByteVector& good, const std::string& from, const std::string& to) {
        std::string text(good.begin(), good.end());
        const auto at = text.find(from);
        EXPECT_NE(at, text.npos) << from;
        return bytes_of(text.replace(at, from.size(), to));
    };
    const ByteVector text_ply = ply(box(1, 1, 1), PlyForm::text), little_ply = ply(box(1, 1, 1), PlyForm::little);
    for (const std::string count : {"1099511627776", "18446744073709551615", "40000000"}) {
        for (const auto& good : {text_ply, little_ply}) {
            EXPECT_NE(code(lying(good, "vertex 8", "vertex " + count)), ErrorCode::usage) << count;
            EXPECT_NE(code(lying(good, "face 6", "face " + count)), ErrorCode::usage) << count;
            EXPECT_NE(code(lying(good, "camera 1", "camera " + count)), ErrorCode::usage) << count;
        }
        for (const PcdForm form : {PcdForm::text, PcdForm::binary, PcdForm::packed})
            code(lying(pcd(helix(8), form), "POINTS 8", "POINTS " + count));
        code(lying(off(box(1, 1, 1)), "8 6 0", count + " 6 0"));
        code(lying(off(box(1, 1, 1)), "8 6 0", "8 " + count + " 0"));
        EXPECT_EQ(code(npy_of_shape("(" + count + ", 3)", 96)) == ErrorCode::usage, false);
        EXPECT_EQ(code(npy_of_shape("(" + count + ", " + count + ")", 96)), ErrorCode::unreadable_input);
    }
    code(lying(text_ply, "4 0 3 2 1", "4 0 3 2 8"));
    code(lying(text_ply, "4 0 3 2 1", "4 0 3 2 -1"));
    code(lying(text_ply, "4 0 3 2 1", "400000000 0 3 2 1"));
    code(lying(off(box(1, 1, 1)), "4 0 3 2 1", "4 0 3 2 99"));
    code(lying(pcd(helix(8), PcdForm::binary), "SIZE 4 4 4 2", "SIZE 4 4 4 3"));
    code(lying(pcd(helix(8), PcdForm::binary), "COUNT 1 1 1 2", "COUNT 1 1 1 99999999999"));
    code(npy_of_shape("(4294967296, 4294967296)", 96));
    code(npy_of_shape("(-1, 3)", 96));
    code(npy_of_shape("(8,)", 96));
    code(npy_of_shape("(2, 4, 3)", 96));
    for (const char* change : {"\"count\":8", "\"byteOffset\":96", "\"byteLength\":96", "\"indices\":1",
                               "\"nodes\":[0]", "\"children\":[1]"}) {
        const std::string key = std::string(change).substr(0, std::string(change).find(':') + 1);
        const bool list = std::string(change).back() == ']';
        auto bytes = gltf(box(1, 1, 1), "data:;base64,AAAA");
        code(lying(bytes, change, key + (list ? "[0,0]" : "18446744073709551615")));
        for (const char* number : {"-1", "1.0", "1e300", "true", "\"1\""})
            EXPECT_EQ(code(lying(bytes, change, key + (list ? "[" + std::string(number) + "]" : number))),
                      ErrorCode::unreadable_input) << change << " " << number;
    }
}

TEST(ReadPoints, refuses_lzf_that_leads_outside) {
    const ByteVector good = pcd(helix(8), PcdForm::packed);
    const auto data = std::string(good.begin(), good.end()).find("binary_compressed\n") + 18 + 8;
    for (std::size_t at = data; at < good.size(); ++at)
        for (const int value : {0x00, 0x1f, 0x20, 0xe0, 0xff}) {
            auto bytes = good;
            bytes[at] = static_cast<std::uint8_t>(value);
            try {
                EXPECT_GE(read_points(bytes).points(), 6);  // a place may have become none
            } catch (const Error& e) {
                EXPECT_EQ(e.code, ErrorCode::unreadable_input);
            }
        }
}

TEST(ReadPoints, cut_anywhere_is_refused_or_a_shorter_table) {
    for (const auto& file : points_of_every_kind()) {
        SCOPED_TRACE(file.name);
        const auto whole = read_points(file.bytes).points();
        for (std::size_t n = 0; n < file.bytes.size(); ++n) {
            const ByteVector cut(file.bytes.begin(), file.bytes.begin() + static_cast<std::ptrdiff_t>(n));
            try {
                const PointCloud cloud = read_points(cut);
                EXPECT_LE(cloud.points(), whole) << n;
                // Formats that say how much there should be are never taken for less, but for what follows the points.
                if (file.format == "PCD" || file.format == "NPY" || file.format == "OFF" || file.format == "PLY") {
                    EXPECT_EQ(cloud.points(), whole) << n;
                }
            } catch (const Error& e) {
                EXPECT_EQ(e.code, ErrorCode::unreadable_input) << n;
            }
        }
    }
}

TEST(PointCloud, choosing_points_stops_when_cancelled) {
    const CancelToken cancel;
    cancel.cancel();
    const PointCloud mesh = read_points(obj(box(1, 2, 3)));
    EXPECT_EQ(failure_of([&] { sample_surface(mesh, 10, 1, {}, cancel); }).code, ErrorCode::cancelled);
    EXPECT_EQ(failure_of([&] { subsample(mesh, 3, 1, cancel); }).code, ErrorCode::cancelled);
}

TEST(ReadPoints, stops_when_cancelled) {
    const CancelToken cancel;
    cancel.cancel();
    for (const auto& file : points_of_every_kind())
        EXPECT_EQ(failure_of([&] { read_points(file.bytes, {}, cancel); }).code, ErrorCode::cancelled) << file.name;
}

TEST(SampleSurface, spreads_points_evenly_by_area) {
    // A square of triangles large and small; by equal parts of the square there must be equally many points.
    const PointCloud square = read_points(bytes_of(
        "OFF\n6 4 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n0.05 0.1 0\n0.05 0 0\n3 0 5 4\n4 5 1 2 4\n3 4 2 3\n3 0 4 3\n"));
    const int count = 64'000;
    std::array<int, 64> parts{};
    const PointCloud cloud = sample_surface(square, count, 7);
    ASSERT_EQ(cloud.points(), count);
    for (std::size_t i = 0; i < cloud.xyz.size(); i += 3) {
        ASSERT_EQ(cloud.xyz[i + 2], 0);
        ASSERT_NEAR(std::abs(cloud.normals[i + 2]), 1, 1e-6f);
        const auto x = std::min(static_cast<std::size_t>(cloud.xyz[i] * 8), std::size_t{7});
        ++parts[8 * std::min(static_cast<std::size_t>(cloud.xyz[i + 1] * 8), std::size_t{7}) + x];
    }
    double chi_square = 0;
    for (const int part : parts) chi_square += (part - count / 64.0) * (part - count / 64.0) / (count / 64.0);
    EXPECT_LT(chi_square, 103);  // one in a thousand at 63 degrees of freedom
    EXPECT_GT(chi_square, 33);   // more even than chance is not chance
}

TEST(SampleSurface, gives_every_side_of_a_box_its_share) {
    const PointCloud cloud = sample_surface(read_points(obj(box(1, 2, 3))), 22'000, 1);
    std::array<int, 3> across{};
    for (std::size_t i = 0; i < cloud.normals.size(); ++i) across[i % 3] += std::abs(cloud.normals[i]) > 0.5f;
    EXPECT_NEAR(across[0], 12'000, 5 * std::sqrt(12'000));
    EXPECT_NEAR(across[1], 6'000, 5 * std::sqrt(6'000));
    EXPECT_NEAR(across[2], 4'000, 5 * std::sqrt(4'000));
}

TEST(SampleSurface, is_the_same_for_the_same_seed) {
    const PointCloud mesh = read_points(obj(box(1, 2, 3)));
    EXPECT_EQ(sample_surface(mesh, 500, 3).xyz, sample_surface(mesh, 500, 3).xyz);
    EXPECT_NE(sample_surface(mesh, 500, 3).xyz, sample_surface(mesh, 500, 4).xyz);
    EXPECT_NE(failure_of([&] { sample_surface(read_points(off(helix(9))), 5, 1); }).sentence, "");
    EXPECT_NE(failure_of([&] { sample_surface(read_points(off(box(0, 0, 3))), 5, 1); }).sentence, "");
    Limits limits;
    limits.points = 10;
    EXPECT_EQ(failure_of([&] { sample_surface(mesh, 11, 1, limits); }).code, ErrorCode::out_of_resources);
}

TEST(Subsample, takes_each_point_as_likely_and_keeps_what_belongs_to_it) {
    const Shape shape = helix(200, true, true);
    const PointCloud cloud = read_points(ply(shape, PlyForm::big));
    std::array<int, 200> taken{};
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const PointCloud part = subsample(cloud, 50, seed);
        ASSERT_EQ(part.points(), 50);
        float last = -1;
        for (std::size_t i = 0; i < 50; ++i) {
            const auto from = static_cast<std::size_t>(std::lround(part.xyz[3 * i + 2] / 0.25f));
            ++taken[from];
            EXPECT_GT(part.xyz[3 * i + 2], last);
            last = part.xyz[3 * i + 2];
            EXPECT_EQ(part.rgb[3 * i], shape.colours[from][0]);
            EXPECT_EQ(part.normals[3 * i], shape.normals[from][0]);
        }
    }
    double chi_square = 0;
    for (const int times : taken) chi_square += (times - 100.0) * (times - 100.0) / 75;  // binomial(400, 1/4)
    EXPECT_LT(chi_square, 268);                                                          // one in a thousand at 200
    EXPECT_EQ(subsample(cloud, 50, 9).xyz, subsample(cloud, 50, 9).xyz);
    EXPECT_EQ(subsample(cloud, 200, 9).xyz, cloud.xyz);
    EXPECT_EQ(subsample(cloud, 1'000, 9).rgb, cloud.rgb);
    EXPECT_EQ(subsample(cloud, 0, 9).points(), 0);
}

}  // namespace
}  // namespace perceiver::media
