// The safetensors reader and writer: what is written is read again, and nothing malformed gets through.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "support/expect_error.h"
#include "support/expect_tensors.h"
#include "support/weights_samples.h"
#include "weights/safetensors.h"

namespace perceiver::weights {
namespace {

using samples::ByteVector;
using samples::expect_equal;
using samples::failure_of;

samples::Failure failure_of_header(const std::string& header, std::size_t data_bytes = 0) {
    const auto bytes = samples::safetensors_with_header(header, data_bytes);
    return failure_of([&] { parse_safetensors(bytes); });
}

// Reading every byte of every view makes a sanitizer see any that points outside.
void touch(const Safetensors& file, std::span<const std::uint8_t> bytes) {
    for (const auto& [name, view] : file.tensors) {
        if (!view.bytes.empty()) {
            ASSERT_GE(view.bytes.data(), bytes.data());
            ASSERT_LE(view.bytes.data() + view.bytes.size(), bytes.data() + bytes.size());
        }
        EXPECT_EQ(view.to_floats().size(), static_cast<std::size_t>(view.elements()));
    }
}

TEST(Safetensors, what_is_written_is_read_again) {
    const samples::TemporaryFolder folder;
    const auto path = folder.path / "weights.safetensors";
    std::mt19937 random(7);
    for (int round = 0; round < 50; ++round) {
        const auto tensors = samples::tensors_of_every_type(random);
        const std::map<std::string, std::string> metadata{{"k", "v\n\u20ac"},
                                                          {"round", std::to_string(round)}};
        write_safetensors(path, tensors, metadata);
        const Safetensors file = read_safetensors(path);
        expect_equal(file.tensors, tensors);
        EXPECT_EQ(file.metadata, metadata);
    }
}

TEST(Safetensors, views_survive_a_move) {
    const samples::TemporaryFolder folder;
    std::mt19937 random(3);
    const auto tensors = samples::tensors_of_every_type(random);
    write_safetensors(folder.path / "w", tensors, {});
    Safetensors file = read_safetensors(folder.path / "w");
    const Safetensors moved = std::move(file);
    expect_equal(moved.tensors, tensors);
}

TEST(Safetensors, the_same_input_gives_the_same_aligned_file_and_nothing_else) {
    const samples::TemporaryFolder folder;
    std::mt19937 random(5);
    const auto tensors = samples::tensors_of_every_type(random);
    for (const char* name : {"a", "b"})
        write_safetensors(folder.path / name, tensors, {{"x", "1"}, {"a", "2"}});
    const auto bytes = samples::file_bytes(folder.path / "a");
    EXPECT_EQ(bytes, samples::file_bytes(folder.path / "b"));
    const Safetensors file = parse_safetensors(bytes);
    for (const auto& [name, view] : file.tensors)
        EXPECT_EQ((view.bytes.data() - bytes.data()) % static_cast<std::ptrdiff_t>(item_size(view.dtype)), 0)
            << name;
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 2);
}

TEST(Safetensors, writing_replaces_a_file_whole_or_leaves_it) {
    const samples::TemporaryFolder folder;
    const auto path = folder.path / "w";
    std::mt19937 random(5);
    samples::Tensors tensors{{"t", samples::random_tensor(DType::f32, {4}, random)}};
    write_safetensors(path, tensors, {});
    const auto before = samples::file_bytes(path);
    tensors["t"].shape = {5};
    EXPECT_EQ(failure_of([&] { write_safetensors(path, tensors, {}); }).code, ErrorCode::unreadable_model);
    tensors["t"].shape = {4};
    EXPECT_EQ(failure_of([&] {
                  write_safetensors(path, tensors, {{"bad", "\xff"}});
              }).code,
              ErrorCode::unreadable_model);
    EXPECT_EQ(samples::file_bytes(path), before);
    EXPECT_EQ(failure_of([&] { write_safetensors(folder.path / "no" / "w", tensors, {}); }).code,
              ErrorCode::out_of_resources);
    EXPECT_EQ(failure_of([&] { write_safetensors(folder.path, tensors, {}); }).code,
              ErrorCode::out_of_resources);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 1);
}

TEST(Safetensors, names_as_long_and_odd_as_a_file_system_takes) {
    const samples::TemporaryFolder folder;
    for (const std::string& name :
         {std::string(255, 'n'), std::string("b\u00fcndel \u6a21\u578b.safetensors")}) {
        write_safetensors(folder.path / name, {}, {{"k", "v"}});
        EXPECT_EQ(read_safetensors(folder.path / name).metadata.at("k"), "v");
    }
    EXPECT_EQ(failure_of([&] { read_safetensors(folder.path / std::string(256, 'n')); }).sentence,
              "The name of this file is too long.");
}

TEST(Safetensors, cut_at_any_byte_is_refused) {
    const samples::TemporaryFolder folder;
    std::mt19937 random(11);
    write_safetensors(folder.path / "w", samples::tensors_of_every_type(random), {{"k", "v"}});
    const auto bytes = samples::file_bytes(folder.path / "w");
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        const ByteVector cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
        const auto failure = failure_of([&] { parse_safetensors(cut); });
        EXPECT_EQ(failure.code, ErrorCode::unreadable_model) << n;
        samples::write_file(folder.path / "cut", cut);
        EXPECT_EQ(failure_of([&] { read_safetensors(folder.path / "cut"); }).sentence, failure.sentence) << n;
    }
}

TEST(Safetensors, any_byte_of_the_header_changed_is_refused_or_stays_within_the_file) {
    std::mt19937 random(13);
    const samples::TemporaryFolder folder;
    write_safetensors(folder.path / "w", samples::tensors_of_every_type(random), {{"k", "v"}});
    const auto bytes = samples::file_bytes(folder.path / "w");
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    for (std::size_t at = 0; at < 8 + length; ++at)
        for (int bit = 0; bit < 8; ++bit) {
            // Allocated to the byte, so that a sanitizer notices a view past the end.
            auto changed = std::make_unique<std::uint8_t[]>(bytes.size());
            std::ranges::copy(bytes, changed.get());
            changed[at] = static_cast<std::uint8_t>(changed[at] ^ 1u << bit);
            const std::span<const std::uint8_t> all(changed.get(), bytes.size());
            try {
                touch(parse_safetensors(all), all);
            } catch (const Error& e) {
                EXPECT_EQ(e.code, ErrorCode::unreadable_model);
            }
        }
}

TEST(Safetensors, a_header_of_2_to_the_60_bytes_is_refused_before_anything_is_allocated) {
    ByteVector bytes(16, ' ');
    const std::uint64_t length = std::uint64_t{1} << 60;
    std::memcpy(bytes.data(), &length, sizeof length);
    const samples::TemporaryFolder folder;
    samples::write_file(folder.path / "w", bytes);
    const std::string sentence =
        "This is not a safetensors file: its header claims 1152921504606846976 bytes; the limit is "
        "100000000.";
    EXPECT_EQ(failure_of([&] { parse_safetensors(bytes); }).sentence, sentence);
    EXPECT_EQ(failure_of([&] { read_safetensors(folder.path / "w"); }).sentence, sentence);
}

TEST(Safetensors, a_sparse_file_of_zeros_is_refused_by_its_header) {
    const samples::TemporaryFolder folder;
    samples::write_file(folder.path / "w", {});
    std::filesystem::resize_file(folder.path / "w", std::uintmax_t{7} << 30);
    EXPECT_EQ(failure_of([&] { read_safetensors(folder.path / "w"); }).sentence,
              "The file's header is not a JSON object.");
    std::filesystem::resize_file(folder.path / "w", std::uintmax_t{9} << 30);
    EXPECT_EQ(failure_of([&] { read_safetensors(folder.path / "w"); }).code, ErrorCode::out_of_resources);
}

TEST(Safetensors, things_that_are_no_file_are_refused_at_once) {
    const samples::TemporaryFolder folder;
    EXPECT_EQ(failure_of([&] { read_safetensors(folder.path); }).sentence, "This is a folder, not a file.");
    EXPECT_EQ(failure_of([&] { read_safetensors(folder.path / "none"); }).sentence, "There is no such file.");
    EXPECT_EQ(failure_of([&] { read_safetensors("/dev/zero"); }).sentence, "This is not a regular file.");
    samples::write_file(folder.path / "empty", {});
    EXPECT_EQ(failure_of([&] { read_safetensors(folder.path / "empty"); }).sentence, "The file is empty.");
}

struct BadHeader {
    const char* header;
    std::size_t data_bytes;
    const char* sentence;
};
class SafetensorsHeader : public testing::TestWithParam<BadHeader> {};

TEST_P(SafetensorsHeader, malformed_is_refused_with_what_is_wrong) {
    const auto failure = failure_of_header(GetParam().header, GetParam().data_bytes);
    EXPECT_EQ(failure.code, ErrorCode::unreadable_model);
    EXPECT_EQ(failure.sentence, GetParam().sentence);
}

#define T(name, dtype, shape, from, to) \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #from "," #to "]}"
INSTANTIATE_TEST_SUITE_P(
    , SafetensorsHeader,
    testing::Values(
        BadHeader{"", 0, "The file's header is not a JSON object."},
        BadHeader{"[]", 0, "The file's header is not a JSON object."},
        BadHeader{" {}", 0, "The file's header is not a JSON object."},
        BadHeader{"{} x", 0, "The file's header is not the JSON that safetensors asks for."},
        BadHeader{"{\"a\":", 0, "The file's header is not the JSON that safetensors asks for."},
        BadHeader{"{\"\xff\":{}}", 0, "The file's header is not the JSON that safetensors asks for."},
        BadHeader{"{\"a\":5}", 0, "The header's entry for the tensor a is malformed."},
        BadHeader{"{\"a\":{\"dtype\":{}}}", 0, "The header's entry for the tensor a is malformed."},
        BadHeader{"{\"a\":{\"dtype\":\"F32\"}}", 0, "The header says too little of the tensor a."},
        BadHeader{"{\"a\":{\"colour\":\"red\"}}", 0,
                  "The header says something unknown of the tensor a: colour."},
        BadHeader{"{\"__metadata__\":{\"k\":1}}", 0, "The header's __metadata__ is not a list of texts."},
        BadHeader{"{\"__metadata__\":{\"k\":{}}}", 0, "The header's __metadata__ is not a list of texts."},
        BadHeader{"{\"__metadata__\":{},\"__metadata__\":{}}", 0,
                  "The header has the key __metadata__ twice."},
        BadHeader{"{\"__metadata__\":{\"k\":\"1\",\"k\":\"1\"}}", 0, "The header has the key k twice."},
        BadHeader{"{" T("a", "F32", "[1]", 0, 4) "," T("a", "F32", "[1]", 0, 4) "}", 4,
                  "The header has the tensor a twice."},
        BadHeader{"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 4,
                  "The header has the key dtype twice for the tensor a."},
        BadHeader{"{" T("a", "F8_E4M3", "[4]", 0, 4) "}", 4,
                  "The tensor a is of type F8_E4M3, which this program doesn't read."},
        BadHeader{"{" T("a", "F32", "[2]", 0, 4) "}", 4,
                  "The tensor a has a number of bytes that doesn't fit its shape and type."},
        BadHeader{"{" T("a", "F32", "[-1]", 0, 4) "}", 4,
                  "The header's entry for the tensor a is malformed."},
        BadHeader{"{" T("a", "F32", "[1.0]", 0, 4) "}", 4,
                  "The header's entry for the tensor a is malformed."},
        BadHeader{"{" T("a", "F32", "[[1]]", 0, 4) "}", 4,
                  "The header's entry for the tensor a is malformed."},
        BadHeader{"{" T("a", "F32", "[18446744073709551616]", 0, 4) "}", 4,
                  "The header's entry for the tensor a is malformed."},
        BadHeader{"{" T("a", "F32", "[4611686018427387904,4]", 0, 0) "}", 0,
                  "The tensor a has a number of bytes that doesn't fit its shape and type."},
        BadHeader{"{" T("a", "F32", "[4611686018427387904]", 0, 0) "}", 0,
                  "The tensor a has a number of bytes that doesn't fit its shape and type."},
        BadHeader{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", 4,
                  "The header's entry for the tensor a is malformed."},
        BadHeader{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4,
                  "The header's entry for the tensor a is malformed."},
        BadHeader{"{" T("a", "F32", "[1]", 4, 0) "}", 4,
                  "The bytes of the tensor a overlap another's or leave a gap."},
        BadHeader{"{" T("a", "F32", "[1]", 4, 8) "}", 8,
                  "The bytes of the tensor a overlap another's or leave a gap."},
        BadHeader{"{" T("a", "F32", "[1]", 0, 4) "," T("b", "F32", "[1]", 2, 6) "}", 6,
                  "The bytes of the tensor b overlap another's or leave a gap."},
        BadHeader{"{" T("a", "F32", "[1]", 0, 4) "}", 3,
                  "The file ends before its weights do: it was cut short."},
        BadHeader{"{" T("a", "F32", "[1]", 0, 4) "}", 5, "The file goes on after its last tensor."}));

TEST(Safetensors, legal_oddities_are_read) {
    const auto bytes = samples::safetensors_with_header(
        "{" T("a", "F32", "[]", 0, 4) "," T("none", "I64", "[0,7]", 4, 4) "," T("b", "U8", "[1,1,2]", 4,
                                                                                6) "}    ",
        6);
    const Safetensors file = parse_safetensors(bytes);
    EXPECT_EQ(file.tensors.at("a").elements(), 1);
    EXPECT_EQ(file.tensors.at("none").elements(), 0);
    EXPECT_EQ(file.tensors.at("b").elements(), 2);
    EXPECT_TRUE(parse_safetensors(samples::safetensors_with_header("{}", 0)).tensors.empty());
}
#undef T

TEST(Safetensors, depth_and_rank_are_bounded) {
    const std::string deep(1'000'000, '[');
    EXPECT_EQ(failure_of_header("{\"a\":" + deep).sentence,
              "The header's entry for the tensor a is malformed.");
    EXPECT_EQ(failure_of_header("{\"a\":{\"dtype\":\"F32\",\"shape\":" + deep).sentence,
              "The header's entry for the tensor a is malformed.");
    std::string ones = "1";
    for (int i = 0; i < 64; ++i) ones += ",1";
    EXPECT_EQ(failure_of_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[" + ones + "]").sentence,
              "The tensor a has more than 64 dimensions.");
}

TEST(Safetensors, a_sentence_stays_one_short_line_whatever_a_tensor_is_called) {
    const auto failure = failure_of_header("{\"" + std::string(5000, 'x') + "\":5}");
    EXPECT_LT(failure.sentence.size(), 200u);
    EXPECT_EQ(failure_of_header("{\"a\\n\\u0000b\":5}").sentence,
              "The header's entry for the tensor a??b is malformed.");
}

TEST(Safetensors, limits_hold) {
    const auto bytes = samples::safetensors_with_header("{}      ", 0);
    Limits limits;
    limits.model_header_bytes = 7;
    EXPECT_EQ(failure_of([&] { parse_safetensors(bytes, limits); }).code, ErrorCode::unreadable_model);
    const samples::TemporaryFolder folder;
    samples::write_file(folder.path / "w", bytes);
    limits = {};
    limits.model_bytes = 15;
    EXPECT_EQ(failure_of([&] { read_safetensors(folder.path / "w", limits); }).sentence,
              "The model is 16 bytes; the limit is 15.");
}

}  // namespace
}  // namespace perceiver::weights
