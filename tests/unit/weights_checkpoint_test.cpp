// Checkpoints: every kind of weights file gives the same tensors, and what is none is refused in words.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <numeric>

#include "support/expect_error.h"
#include "support/expect_tensors.h"
#include "support/hugging_face_samples.h"
#include "support/torch_samples.h"
#include "weights/checkpoint.h"
#include "weights/open_model.h"
#include "weights/shard_index.h"
#include "weights/torch_zip.h"

namespace perceiver::weights {
namespace {

namespace fs = std::filesystem;
using samples::bytes_of;
using samples::ByteVector;
using samples::expect_equal;
using samples::failure_of;
using samples::Holder;
using samples::PickleWriter;

std::string refusal_of(const std::function<void()>& act) {
    const auto failure = failure_of(act);
    EXPECT_EQ(failure.code, ErrorCode::unreadable_model) << failure.sentence;
    EXPECT_EQ(failure.sentence.find('\n'), std::string::npos) << "one line, please";
    return failure.sentence;
}
std::string refusal_of_file(const ByteVector& bytes) {
    const samples::TemporaryFolder folder;
    samples::write_file(folder.path / "f", bytes);
    return refusal_of([&] { open_checkpoint(folder.path / "f"); });
}
::testing::AssertionResult says(const std::string& sentence, const std::string& part) {
    if (sentence.find(part) != std::string::npos) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << '"' << sentence << "\" does not say \"" << part << '"';
}

samples::Tensors sample_tensors(unsigned seed = 1) {
    std::mt19937 random(seed);
    return samples::tensors_of_every_type(random);
}

/// The views of a state dict {"w": tensor} over one storage of 0, 1, 2, ... as float32.
Checkpoint read_tensor(samples::TorchTensor tensor, std::int64_t elements = 24) {
    std::vector<float> values(static_cast<std::size_t>(elements));
    std::iota(values.begin(), values.end(), 0.0f);
    ByteVector storage(values.size() * sizeof(float));
    if (!storage.empty()) std::memcpy(storage.data(), values.data(), storage.size());
    if (tensor.storage_elements == 0) tensor.storage_elements = elements;
    return parse_torch_zip(
        samples::torch_file(PickleWriter().raw("}").text("w").tensor(tensor).raw("s").end(), {storage}));
}

TEST(Checkpoint, every_torch_file_of_a_state_dict_is_read) {
    const samples::TemporaryFolder folder;
    const auto tensors = sample_tensors();
    for (const auto holder : {Holder::dict, Holder::ordered_dict_with_metadata, Holder::parameters})
        for (const int protocol : {2, 3, 4, 5}) {
            samples::write_file(folder.path / "named.anyhow",
                                samples::torch_file(tensors, holder, protocol, "any name"));
            const Checkpoint got = open_checkpoint(folder.path / "named.anyhow");
            EXPECT_EQ(got.kind, CheckpointKind::torch_zip);
            expect_equal(got.tensors, tensors);
            ASSERT_EQ(got.files.size(), 1u);
            EXPECT_EQ(got.files[0].bytes, static_cast<std::int64_t>(fs::file_size(folder.path / "named.anyhow")));
        }
}

TEST(Checkpoint, a_safetensors_file_is_told_by_its_content) {
    const samples::TemporaryFolder folder;
    write_safetensors(folder.path / "model.pt", sample_tensors(), {{"format", "pt"}});
    const Checkpoint got = open_checkpoint(folder.path / "model.pt");
    EXPECT_EQ(got.kind, CheckpointKind::safetensors);
    EXPECT_EQ(got.metadata.at("format"), "pt");
    expect_equal(got.tensors, sample_tensors());
}

TEST(Checkpoint, views_outlive_the_checkpoint_they_were_copied_from) {
    const samples::TemporaryFolder folder;
    samples::write_file(folder.path / "w", samples::torch_file(sample_tensors()));
    Checkpoint copy;
    {
        const Checkpoint first = open_checkpoint(folder.path / "w");
        copy = first;
    }
    expect_equal(copy.tensors, sample_tensors());
}

TEST(Checkpoint, tensors_that_share_a_storage_share_its_bytes) {
    const auto bytes = samples::torch_file(PickleWriter()
                                               .raw("}(")
                                               .text("a")
                                               .tensor({.storage_elements = 6, .shape = {2, 3}})
                                               .text("b")
                                               .tensor({.storage_elements = 6, .offset = 3, .shape = {3}})
                                               .text("c")
                                               .tensor({.storage_elements = 6, .shape = {3, 2}, .strides = {1, 3}})
                                               .text("d")
                                               .tensor({.storage_elements = 6, .shape = {3, 2}, .strides = {1, 3}})
                                               .raw("u")
                                               .end(),
                                           {ByteVector(24, 1)});
    const Checkpoint got = parse_torch_zip(bytes);
    EXPECT_EQ(got.tensors.at("b").bytes.data(), got.tensors.at("a").bytes.data() + 12);
    EXPECT_EQ(got.tensors.at("c").bytes.data(), got.tensors.at("d").bytes.data());
    EXPECT_EQ(got.storages.size(), 2u);
}

TEST(Checkpoint, strided_tensors_come_in_row_major_order) {
    // A [2, 3, 4] array of 0, 1, 2, ... seen with its axes in every order, from an offset, and with gaps.
    std::vector<std::int64_t> axes{0, 1, 2};
    const std::vector<std::int64_t> shape{2, 3, 4}, strides{12, 4, 1};
    do {
        samples::TorchTensor t;
        for (const auto axis : axes) {
            t.shape.push_back(shape[static_cast<std::size_t>(axis)]);
            t.strides.push_back(strides[static_cast<std::size_t>(axis)]);
        }
        std::vector<float> wanted;
        for (std::int64_t i = 0; i < t.shape[0]; ++i)
            for (std::int64_t j = 0; j < t.shape[1]; ++j)
                for (std::int64_t k = 0; k < t.shape[2]; ++k)
                    wanted.push_back(static_cast<float>(i * t.strides[0] + j * t.strides[1] + k * t.strides[2]));
        EXPECT_EQ(read_tensor(t).tensors.at("w").to_floats(), wanted);
    } while (std::ranges::next_permutation(axes).found);
    EXPECT_EQ(read_tensor({.offset = 5, .shape = {2, 2}, .strides = {12, 6}}).tensors.at("w").to_floats(),
              (std::vector<float>{5, 11, 17, 23}));
    // A stride that is never stepped along may be anything.
    constexpr auto huge = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(read_tensor({.shape = {1, 2, 1}, .strides = {huge, 7, huge}}).tensors.at("w").to_floats(),
              (std::vector<float>{0, 7}));
}

TEST(Checkpoint, scalars_and_empty_tensors_are_read) {
    EXPECT_EQ(read_tensor({.offset = 3}).tensors.at("w").to_floats(), std::vector<float>{3});
    EXPECT_TRUE(read_tensor({.shape = {0}}).tensors.at("w").to_floats().empty());
    EXPECT_TRUE(read_tensor({.shape = {3, 0, std::int64_t{1} << 40}}, 0).tensors.at("w").bytes.empty());
}

TEST(Checkpoint, tensors_that_leave_their_storage_are_refused_by_name) {
    constexpr auto huge = std::numeric_limits<std::int64_t>::max();
    for (const samples::TorchTensor& t : std::vector<samples::TorchTensor>{
             {.offset = 1, .shape = {24}},
             {.offset = 24},
             {.offset = -1, .shape = {2}},
             {.offset = huge, .shape = {1}},
             {.offset = 25, .shape = {0}},
             {.shape = {2, 3}, .strides = {-1, 1}},
             {.shape = {-2, 3}, .strides = {3, 1}},
             {.shape = {2, 12}, .strides = {13, 1}},
             {.shape = {5, 5}, .strides = {0, 0}},  // more elements than there are
             {.shape = {huge, huge}, .strides = {0, 0}},
             {.shape = {huge, 2}, .strides = {1, huge}},
             {.shape = {std::int64_t{1} << 33, std::int64_t{1} << 33}, .strides = {1, 1}},
             {.shape = {2, 3}, .strides = {1}},
             {.storage = "7", .shape = {1}},
             {.storage = "../data.pkl", .shape = {1}},
             {.storage_elements = 25, .shape = {1}},
             {.storage_elements = huge, .shape = {huge}},
             {.storage_elements = -24, .shape = {}},
             {.storage_type = "DoubleStorage", .shape = {1}}})
        EXPECT_TRUE(says(refusal_of([&] { read_tensor(t); }), "The tensor w "));
}

TEST(Checkpoint, a_state_dict_is_found_inside_a_training_checkpoint) {
    const auto inside = [](PickleWriter pickle) {
        return parse_torch_zip(samples::torch_file(pickle.raw("u").end(), {ByteVector(4)}));
    };
    const samples::TorchTensor one{.storage_elements = 1, .shape = {1}};
    for (const char* key : {"state_dict", "model", "model_state_dict", "my weights"}) {
        // Beside it what an optimiser keeps: dicts of numbers, lists, tensors deeper down.
        const Checkpoint got = inside(PickleWriter()
                                          .raw("}(")
                                          .text("epoch")
                                          .number(7)
                                          .text(key)
                                          .raw("}")
                                          .text("w")
                                          .tensor(one)
                                          .raw("s")
                                          .text("optimizer")
                                          .raw("}")
                                          .text("state")
                                          .raw("}")
                                          .number(0)
                                          .raw("}")
                                          .text("exp_avg")
                                          .tensor(one)
                                          .raw("ssN0s")
                                          .text("lr")
                                          .raw("G" + std::string(8, '\0')));
        ASSERT_TRUE(got.tensors.contains("w")) << key;
        ASSERT_EQ(got.tensors.size(), 1u);
        ASSERT_FALSE(got.notes.empty());
        EXPECT_TRUE(says(got.notes[0], key));
    }
    const auto two = [&](const char* a, const char* b) {
        return PickleWriter()
            .raw("}(")
            .text(a)
            .raw("}")
            .text("wa")
            .tensor(one)
            .raw("s")
            .text(b)
            .raw("}")
            .text("wb")
            .tensor(one)
            .raw("s");
    };
    EXPECT_TRUE(inside(two("ema", "state_dict")).tensors.contains("wb")) << "the usual name wins";
    EXPECT_TRUE(says(refusal_of([&] { inside(two("one", "two")); }), "several state dicts (one, two)"));
    EXPECT_TRUE(says(refusal_of([&] { inside(PickleWriter().raw("}(")); }), "no state dict"));
    EXPECT_TRUE(says(
        refusal_of([&] { parse_torch_zip(samples::torch_file(PickleWriter().tensor(one).end(), {ByteVector(4)})); }),
        "a single tensor"));
    // Entries that are no tensors are said, not lost.
    EXPECT_TRUE(says(inside(PickleWriter().raw("}(").text("w").tensor(one).text("n").number(3)).notes.at(0),
                     "1 of its entries"));
}

TEST(Checkpoint, a_web_of_shared_dicts_is_searched_once) {
    PickleWriter pickle;
    pickle.raw("}q").raw(std::string_view("\0(", 2));
    for (int i = 0; i < 100'000; ++i) pickle.raw("K\1K\2");
    pickle.raw("u0");
    for (int level = 0; level < 2; ++level) {
        pickle.raw("}(");
        for (int i = 0; i < 200; ++i)
            pickle.text(std::to_string(i)).raw("h").raw(std::string(1, static_cast<char>(level)));
        pickle.raw("uq").raw(std::string(1, static_cast<char>(level + 1)));
        if (level == 0) pickle.raw("0");
    }
    refusal_of([&] { parse_torch_zip(samples::torch_file(pickle.end(), {})); });
}

TEST(Checkpoint, a_tensor_named_twice_is_refused) {
    const samples::TorchTensor one{.storage_elements = 1, .shape = {1}};
    const auto bytes = samples::torch_file(
        PickleWriter().raw("}(").text("w").tensor(one).text("w").tensor(one).raw("u").end(), {ByteVector(4)});
    EXPECT_TRUE(says(refusal_of([&] { parse_torch_zip(bytes); }), "the tensor w twice"));
}

TEST(Checkpoint, archives_that_are_not_as_torch_writes_them_are_refused) {
    const ByteVector good =
        PickleWriter().raw("}").text("w").tensor({.storage_elements = 1, .shape = {1}}).raw("s").end();
    const ByteVector data(4);
    const auto refusal = [](const std::vector<samples::ZipRecord>& records) {
        return refusal_of([&] { parse_torch_zip(samples::zip_of(records)); });
    };
    EXPECT_TRUE(says(refusal({{"a/data.pkl", good}, {"a/data/0", data}, {"a/data/0", data}}), "twice"));
    EXPECT_TRUE(says(refusal({{"a/data.pkl", good}, {"b/data.pkl", good}, {"a/data/0", data}}), "two PyTorch files"));
    EXPECT_TRUE(says(refusal({{"a/data.pkl", good}}), "missing"));
    EXPECT_TRUE(says(refusal({{"data.pkl", good}, {"data/0", data}}), "no data.pkl"));
    EXPECT_TRUE(says(refusal({{"a/b/data.pkl", good}}), "no data.pkl"));
    EXPECT_TRUE(says(refusal({}), "no data.pkl"));
    EXPECT_TRUE(says(refusal({{"a/data.pkl", good}, {"a/data/0", data, true}}), "compressed"));
    EXPECT_TRUE(
        says(refusal({{"a/data.pkl", good}, {"a/data/0", data}, {"a/byteorder", bytes_of("big")}}), "big-endian"));
    EXPECT_TRUE(says(refusal({{"a/data.pkl", good}, {"a/data/0", data}, {"a/byteorder", ByteVector(100)}}), "larger"));
    EXPECT_TRUE(says(refusal({{"a/data.pkl", good}, {"a/constants.pkl", good}}), "TorchScript"));
    EXPECT_TRUE(says(refusal({{"a/data.pkl", good}, {"a/code/__torch__.py", good}}), "torch.jit.load"));
    EXPECT_TRUE(says(refusal({{"weights.npy", data}}), "NumPy"));
    EXPECT_TRUE(says(refusal({{"config.json", data}, {"model.weights.h5", data}}), "Keras"));
    EXPECT_TRUE(
        says(refusal({{"a/data.pkl", ByteVector(static_cast<std::size_t>(1 << 25)), true}}), "larger"));  // a zip bomb
    // A compressed list of tensors is read all the same.
    EXPECT_EQ(parse_torch_zip(samples::zip_of({{"a/data.pkl", good, true}, {"a/data/0", data}})).tensors.size(), 1u);
}

TEST(Checkpoint, a_flipped_bit_anywhere_in_the_data_is_noticed) {
    samples::Tensors one;
    one["w"] = {DType::f32, {3}, ByteVector(12, 0x55)};
    const ByteVector good = samples::torch_file(one);
    const auto at = std::search(good.begin(), good.end(), one["w"].bytes.begin(), one["w"].bytes.end()) - good.begin();
    for (std::ptrdiff_t i = at; i < at + 12; ++i) {
        ByteVector bad = good;
        bad[static_cast<std::size_t>(i)] ^= 1;
        EXPECT_TRUE(says(refusal_of([&] { parse_torch_zip(bad); }), "data/0 can't be read"));
    }
}

TEST(Checkpoint, cut_at_every_byte_a_torch_file_is_refused) {
    samples::Tensors two;
    two["a"] = {DType::f32, {2}, ByteVector(8, 1)};
    two["b"] = {DType::i64, {}, ByteVector(8, 2)};
    const ByteVector whole = samples::torch_file(two);
    for (std::size_t length = 0; length < whole.size(); ++length)
        refusal_of([&] { parse_torch_zip(std::span(whole).first(length)); });
    const samples::TemporaryFolder folder;
    for (std::size_t length = 0; length < whole.size(); length += 7) {
        samples::write_file(folder.path / "f", {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
        refusal_of([&] { open_checkpoint(folder.path / "f"); });
    }
}

TEST(Checkpoint, hostile_pickles_are_refused_through_the_file_as_well) {
    for (const auto& [name, pickle] : samples::hostile_pickles())
        EXPECT_TRUE(says(refusal_of_file(samples::torch_file(pickle, {ByteVector(4)})), name));
    EXPECT_FALSE(std::ifstream("/tmp/perceiverscope-was-here"));
}

TEST(Checkpoint, other_files_are_refused_with_the_way_to_convert_them) {
    using namespace std::string_literals;
    EXPECT_TRUE(says(refusal_of_file(bytes_of("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02"s)),
                     "torch.save(torch.load("));
    EXPECT_TRUE(says(refusal_of_file(bytes_of("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"s)),
                     "pointer"));
    EXPECT_TRUE(says(refusal_of_file(bytes_of("<!DOCTYPE html>\n<html><head></head></html>\n"s)), "web page"));
    EXPECT_TRUE(says(refusal_of_file(bytes_of("\n  <html>"s)), "web page"));
    EXPECT_TRUE(says(refusal_of_file(bytes_of("\x89HDF\r\n\x1a\n and more"s)), "save_file"));
    EXPECT_TRUE(says(refusal_of_file(bytes_of("\x93NUMPY\1\0 and more"s)), "save_file"));
    EXPECT_TRUE(says(refusal_of_file(bytes_of("\x80\x03}q\0.        "s)), "convert_perceiver_haiku_to_pytorch"));
    EXPECT_TRUE(says(refusal_of_file(bytes_of("\x81\xa6params\x80        "s)), "Flax"));
    EXPECT_TRUE(says(refusal_of_file(bytes_of("\xde\0\1\xa6params\x80      "s)), "Flax"));
    EXPECT_TRUE(says(refusal_of_file(bytes_of("some table\x57\xfb\x80\x8b\x24\x75\x47\xdb"s)), "TensorFlow"));
    EXPECT_TRUE(says(refusal_of_file(bytes_of(std::string(257, 'x') + "ustar\0"s)), "tar archive"));
    EXPECT_TRUE(says(refusal_of_file(bytes_of("\x1f\x8b\x08 and more"s)), "gzip"));
    EXPECT_TRUE(
        says(refusal_of_file(bytes_of("This is text, and nothing more."s)), "of no kind that this program reads"));
    EXPECT_TRUE(says(refusal_of_file({}), "empty"));
    EXPECT_TRUE(says(refusal_of_file(bytes_of("{\"model_type\": \"perceiver\"}"s)), "no weight_map"));
    EXPECT_TRUE(says(refusal_of([] { open_checkpoint("/nowhere/model.pt"); }), "no such file"));
    EXPECT_TRUE(says(refusal_of([] { open_checkpoint("/tmp"); }), "folder"));
}

struct Shards {
    samples::TemporaryFolder folder;
    samples::Tensors first = sample_tensors(1), second;
    fs::path index = folder.path / "model.safetensors.index.json";
    Shards() {
        for (const auto& [name, tensor] : sample_tensors(2)) second["2." + name] = tensor;
    }
    void write(bool torch, const std::string& change_from = {}, const std::string& to = {}) {
        std::string json =
            R"({"metadata": {"total_size": 1, "more": [1, {"weight_map": {"x": "y"}}]}, "weight_map": {)";
        bool comma = false;
        for (const auto* part : {&first, &second})
            for (const auto& [name, tensor] : *part) {
                std::string quoted = name;
                for (std::size_t at = 0; (at = quoted.find('"', at)) != quoted.npos; at += 2) quoted.insert(at, "\\");
                json += (comma ? ", \"" : "\"") + quoted + "\": \"" + (part == &first ? "one.bin" : "two.bin") + '"';
                comma = true;
            }
        json += "}}";
        if (!change_from.empty()) {
            const auto at = json.find(change_from);
            if (at == json.npos) throw std::logic_error("the index lacks " + change_from);
            json.replace(at, change_from.size(), to);
        }
        samples::write_file(index, bytes_of(json));
        if (torch) {
            samples::write_file(folder.path / "one.bin", samples::torch_file(first));
            samples::write_file(folder.path / "two.bin", samples::torch_file(second));
        } else {
            write_safetensors(folder.path / "one.bin", first, {});
            write_safetensors(folder.path / "two.bin", second, {});
        }
    }
    std::string refusal() {
        return refusal_of([&] { open_checkpoint(index); });
    }
};

TEST(Checkpoint, shards_of_either_kind_are_one_model) {
    for (const bool torch : {false, true}) {
        Shards shards;
        shards.write(torch);
        samples::Tensors all = shards.first;
        all.insert(shards.second.begin(), shards.second.end());
        const Checkpoint got = open_checkpoint(shards.index);
        EXPECT_STREQ(kind_name(got.kind), torch ? "sharded torch zip" : "sharded safetensors");
        EXPECT_EQ(got.files.size(), 2u);
        expect_equal(got.tensors, all);
    }
}

TEST(Checkpoint, an_index_that_does_not_fit_its_shards_is_refused_by_name) {
    Shards s;
    s.write(false, "\"scalar\": \"one.bin\"", "\"scalar\": \"two.bin\"");
    EXPECT_TRUE(says(s.refusal(), "the tensor scalar is in two.bin"));
    s.write(false, "\"scalar\": \"one.bin\", ", "");
    EXPECT_TRUE(says(s.refusal(), "The tensor scalar of one.bin is not in the index"));
    s.write(false, "\"scalar\": \"one.bin\"", "\"scalar\": \"one.bin\", \"ghost\": \"two.bin\"");
    EXPECT_TRUE(says(s.refusal(), "The tensor ghost is not in two.bin"));
    s.write(false, "\"scalar\": \"one.bin\"", "\"scalar\": \"one.bin\", \"scalar\": \"one.bin\"");
    EXPECT_TRUE(says(s.refusal(), "the tensor scalar twice"));
    s.write(false, "\"scalar\": \"one.bin\"", "\"scalar\": \"three.bin\"");
    EXPECT_TRUE(says(s.refusal(), "three.bin, which the index names, is missing"));
    s.write(false);
    samples::write_file(s.folder.path / "two.bin", samples::torch_file(s.second));
    EXPECT_TRUE(says(s.refusal(), "different kinds"));
    fs::copy_file(s.index, s.folder.path / "two.bin", fs::copy_options::overwrite_existing);
    EXPECT_TRUE(says(s.refusal(), "holds no weights"));
    Limits limits;
    s.write(false);
    limits.model_bytes = static_cast<std::int64_t>(fs::file_size(s.folder.path / "one.bin")) + 10;
    EXPECT_EQ(failure_of([&] { open_checkpoint(s.index, limits); }).code, ErrorCode::out_of_resources);
}

TEST(Checkpoint, a_shard_lies_beside_its_index) {
    for (const char* name : {"../one.bin", "/etc/passwd", "sub/one.bin", "..", ".", "", "a\\\\b", "a\\u0000b"})
        EXPECT_TRUE(
            says(refusal_of([&] { parse_shard_index(std::string(R"({"weight_map": {"w": ")") + name + "\"}}"); }),
                 "no plain name"))
            << name;
    for (const char* json :
         {"", "{", "[]", "{}", "null", R"({"weight_map": 3})", R"({"weight_map": []})", R"({"weight_map": ["a"]})",
          R"({"weight_map": {"w": 3}})", R"({"weight_map": {"w": ["a"]}})", R"({"weight_map": {"w": {"a": "b"}}})",
          R"({"weight_map": {}})", R"({"weight_map": {"a": "b"}, "weight_map": {"a": "b"}})",
          R"([{"weight_map": {"a": "b"}}])", R"({"weight_map": {"a": "b"}} x)"})
        refusal_of([&] { parse_shard_index(json); });
    refusal_of([] { parse_shard_index(std::string(100'000, '[')); });
    EXPECT_EQ(parse_shard_index(R"({"a": [[]], "weight_map": {"w": "f"}, "z": null})").at("w"), "f");
}

TEST(Checkpoint, limits_and_cancelling_are_heeded) {
    const samples::TemporaryFolder folder;
    samples::write_file(folder.path / "t", samples::torch_file(sample_tensors()));
    write_safetensors(folder.path / "s", sample_tensors(), {});
    Limits limits;
    limits.model_bytes = 100;
    CancelToken cancelled;
    cancelled.cancel();
    for (const char* name : {"t", "s"}) {
        EXPECT_EQ(failure_of([&] { open_checkpoint(folder.path / name, limits); }).code, ErrorCode::out_of_resources);
        EXPECT_EQ(failure_of([&] { open_checkpoint(folder.path / name, {}, cancelled); }).code, ErrorCode::cancelled);
    }
}

TEST(Checkpoint, the_weights_of_a_folder_are_found) {
    const samples::TemporaryFolder folder;
    EXPECT_TRUE(says(refusal_of([&] { find_weights(folder.path); }), "holds no weights"));
    // Each is preferred to those written before it.
    for (const char* name : {"epoch3.ckpt", "weights.safetensors", "pytorch_model.bin.index.json", "pytorch_model.bin",
                             "model.safetensors.index.json", "model.safetensors"}) {
        samples::write_file(folder.path / name, {});
        EXPECT_EQ(find_weights(folder.path).filename(), name);
    }
    const samples::TemporaryFolder two;
    samples::write_file(two.path / "a.pt", {});
    samples::write_file(two.path / "b.pt", {});
    EXPECT_TRUE(says(refusal_of([&] { find_weights(two.path); }), "several weights files, a.pt and b.pt"));
    EXPECT_TRUE(says(refusal_of([] { find_weights("/nowhere"); }), "can't be read"));
}

TEST(Checkpoint, a_hugging_face_folder_of_pytorchs_own_files_is_the_same_model) {
    const samples::TemporaryFolder safe, torch;
    const Config config = samples::hugging_face_image_model("ConvProcessing");
    samples::write_hugging_face_folder(safe.path, config);
    samples::write_text(torch.path / "config.json", hugging_face_config(config));
    samples::write_file(torch.path / "pytorch_model.bin",
                        samples::torch_file(samples::hugging_face_tensors(config), Holder::parameters));
    const OpenedModel a = open_model(safe.path), b = open_model(torch.path / "pytorch_model.bin");
    EXPECT_EQ(b.format, ModelFormat::hugging_face);
    EXPECT_EQ(to_json(a.config), to_json(b.config));
    ASSERT_EQ(a.tensors.size(), b.tensors.size());
    for (const auto& [name, view] : a.tensors)
        EXPECT_TRUE(std::ranges::equal(view.bytes, b.tensors.at(name).bytes)) << name;
}

// The same weights as torch.save and safetensors wrote them, by PyTorch itself.
class GoldenCheckpoint : public testing::TestWithParam<const char*> {};

TEST_P(GoldenCheckpoint, torch_file_equals_safetensors_file) {
    const fs::path folder = fs::path(PERCEIVERSCOPE_GOLDEN) / GetParam() / "model";
    if (!fs::exists(folder)) GTEST_SKIP() << "golden fixtures are not at " << PERCEIVERSCOPE_GOLDEN;
    const Checkpoint torch = open_checkpoint(folder / "model.pt"),
                     safe = open_checkpoint(folder / "model.safetensors");
    ASSERT_FALSE(torch.tensors.empty());
    ASSERT_EQ(torch.tensors.size(), safe.tensors.size());
    for (const auto& [name, view] : safe.tensors) {
        ASSERT_TRUE(torch.tensors.contains(name)) << name;
        EXPECT_EQ(torch.tensors.at(name).dtype, view.dtype) << name;
        EXPECT_EQ(torch.tensors.at(name).shape, view.shape) << name;
        EXPECT_TRUE(std::ranges::equal(torch.tensors.at(name).bytes, view.bytes)) << name;
    }
    if (std::string(GetParam()) == "lucid_tied") {
        EXPECT_EQ(torch.tensors.at("layers.1.0.fn.to_q.weight").bytes.data(),
                  torch.tensors.at("layers.2.0.fn.to_q.weight").bytes.data());
    }
}
INSTANTIATE_TEST_SUITE_P(Lucid, GoldenCheckpoint, testing::Values("lucid_tied", "lucid_untied", "lucid_embeddings"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace perceiver::weights
