// The pickle of a PyTorch file: data is read, code is refused by its name, and nothing is ever run.
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "support/expect_error.h"
#include "support/torch_samples.h"
#include "weights/pickle.h"

namespace perceiver::weights {
namespace {

using Kind = Pickle::Kind;
using samples::ByteVector;
using samples::failure_of;
using samples::PickleWriter;

std::string refusal_of(const ByteVector& bytes) {
    const auto failure = failure_of([&] { read_pickle(bytes); });
    EXPECT_EQ(failure.code, ErrorCode::unreadable_model) << failure.sentence;
    return failure.sentence;
}

std::int64_t number_in(const ByteVector& bytes) {
    const Pickle pickle = read_pickle(bytes);
    EXPECT_EQ(pickle[pickle.root].kind, Kind::integer);
    return pickle[pickle.root].number;
}

TEST(Pickle, every_form_of_a_number_has_its_value) {
    EXPECT_EQ(number_in(PickleWriter().raw("K\xff").end()), 255);
    EXPECT_EQ(number_in(PickleWriter().raw("M\xff\xff").end()), 65'535);
    EXPECT_EQ(number_in(PickleWriter().raw("J\xfe\xff\xff\xff").end()), -2);
    EXPECT_EQ(number_in(PickleWriter().raw(std::string_view("\x8a\x00", 2)).end()), 0);
    EXPECT_EQ(number_in(PickleWriter().raw("\x8a\x01\xff").end()), -1);
    EXPECT_EQ(number_in(PickleWriter().raw(std::string_view("\x8a\x02\xff\x00", 4)).end()), 255);
    EXPECT_EQ(number_in(PickleWriter().raw(std::string_view("\x8b\x01\x00\x00\x00\x07", 6)).end()), 7);
    constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
    EXPECT_EQ(number_in(PickleWriter().number(lowest).end()), lowest);
    EXPECT_EQ(number_in(PickleWriter().raw("\x88").end()), 1);
}

TEST(Pickle, containers_texts_and_shared_values_are_read_in_every_protocol) {
    for (const int protocol : {2, 3, 4, 5}) {
        // {"a": (1, None), "b": [the same tuple, "a"]}
        const auto bytes = PickleWriter(protocol)
                               .raw("}(")
                               .text("a")
                               .raw("K\1N\x86q\5")
                               .text("b")
                               .raw("](h\5")
                               .text("a")
                               .raw("eu")
                               .end();
        const Pickle pickle = read_pickle(bytes);
        const auto& root = pickle[pickle.root];
        ASSERT_EQ(root.kind, Kind::dict);
        ASSERT_EQ(root.items.size(), 4u);
        EXPECT_EQ(pickle[root.items[0]].text, "a");
        EXPECT_EQ(pickle[root.items[1]].kind, Kind::tuple);
        EXPECT_EQ(pickle[root.items[3]].items[0], root.items[1]) << "the same value, not a copy";
    }
}

TEST(Pickle, a_tensor_says_where_it_lies) {
    const auto bytes = PickleWriter().tensor({"HalfStorage", "17", 1000, 3, {2, 5}, {1, 20}}).end();
    const Pickle pickle = read_pickle(bytes);
    ASSERT_EQ(pickle[pickle.root].kind, Kind::tensor);
    const auto& tensor = pickle.tensors.at(static_cast<std::size_t>(pickle[pickle.root].number));
    EXPECT_EQ(tensor.dtype, DType::f16);
    EXPECT_EQ(tensor.storage, "17");
    EXPECT_EQ(tensor.storage_elements, 1000);
    EXPECT_EQ(tensor.offset, 3);
    EXPECT_EQ(tensor.shape, (std::vector<std::int64_t>{2, 5}));
    EXPECT_EQ(tensor.strides, (std::vector<std::int64_t>{1, 20}));
}

TEST(Pickle, whatever_would_run_code_is_refused_by_its_name) {
    for (const auto& [name, bytes] : samples::hostile_pickles()) {
        const std::string sentence = refusal_of(bytes);
        EXPECT_NE(sentence.find(name), std::string::npos) << sentence;
        EXPECT_NE(sentence.find("runs no code"), std::string::npos) << sentence;
    }
    EXPECT_FALSE(std::ifstream("/tmp/perceiverscope-was-here"));
}

TEST(Pickle, known_names_are_no_way_to_call_anything) {
    // A storage, a call's result and a text in the place of the function; REDUCE inside REDUCE.
    for (const auto& bytes :
         {PickleWriter().global("torch", "FloatStorage").raw(")R").end(),
          PickleWriter().ordered_dict().raw(")R").end(), PickleWriter().text("os.system").raw(")R").end(),
          PickleWriter().global("collections", "OrderedDict").raw("K\1\x85R").end(),
          PickleWriter().global("collections", "OrderedDict").raw(")\x81").end(),
          PickleWriter().raw("(ios\nsystem\n").end(), PickleWriter().raw("(K\1o").end(),
          PickleWriter().raw("\x82\1").end(), PickleWriter().raw("Pid\n").end(), PickleWriter().raw("}}b").end(),
          PickleWriter().raw("K\1}b").end()})
        EXPECT_NE(refusal_of(bytes).find("runs no code"), std::string::npos);
}

TEST(Pickle, bombs_cost_no_more_than_their_bytes) {
    // Lists of ten times the one before, forty levels: 10^40 values to whoever unfolds them.
    PickleWriter laughs;
    laughs.raw("]q").raw(
        std::string_view("\0"
                         "0",
                         2));
    for (int level = 0; level < 40; ++level) {
        laughs.raw("](");
        for (int j = 0; j < 10; ++j) laughs.raw("h").raw(std::string(1, static_cast<char>(level)));
        laughs.raw("eq").raw(std::string(1, static_cast<char>(level + 1))).raw("0");
    }
    ByteVector bytes = laughs.raw("h\x28").end();
    EXPECT_EQ(read_pickle(bytes).values.size(), 41u);

    // A list that holds itself, a thousand times.
    PickleWriter circle;
    circle.raw("]q").raw(std::string_view("\0(", 2));
    for (int i = 0; i < 1000; ++i) circle.raw("h").raw(std::string_view("\0", 1));
    bytes = circle.raw("e").end();
    EXPECT_EQ(read_pickle(bytes).values.size(), 1u);

    refusal_of(PickleWriter().raw("Nr\xff\xff\xff\xff").end());  // a memo of four billion places
    refusal_of(PickleWriter().raw("X\xff\xff\xff\xff").end());   // a text of four gigabytes
    refusal_of(PickleWriter().raw("\x8e\xff\xff\xff\xff\xff\xff\xff\xff").end());
    refusal_of(PickleWriter(4).raw("\x95\xff\xff\xff\xff\xff\xff\xff\xffN").end());
    refusal_of(PickleWriter().raw(std::string(2'000'000, ')')).end());         // two million values
    refusal_of(PickleWriter().raw(std::string(100'000, '(')).end());           // marks in marks
    refusal_of(PickleWriter().raw("N" + std::string(100'000, '\x85')).end());  // tuples in tuples
    refusal_of(ByteVector(static_cast<std::size_t>(max_pickle_bytes) + 1));
}

TEST(Pickle, stacks_and_marks_are_not_left) {
    for (const char* broken :
         {"",    "0",  "2",       "s",        "u",    "a",          "e",   "t",           "\x85", "\x87", "R",
          "b",   "Q",  "q\1",     "h\1",      "1",    "(",          "NN",  "(Ns",         "}(Nu", "}(0",  "](Na",
          "N(2", "Ns", "K\1K\1a", "]K\1K\2s", "\x93", "K\1K\1\x93", "cos", "cos\nsystem", "\x80", "\x94"})
        refusal_of(PickleWriter().raw(broken).end());
    refusal_of(PickleWriter(1).raw("N").end());
    refusal_of(PickleWriter(6).raw("N").end());
    refusal_of(PickleWriter().raw("N.N").end());
}

TEST(Pickle, tensors_described_wrongly_are_refused) {
    const std::string good = "ctorch._utils\n_rebuild_tensor_v2\n";
    for (const std::string& arguments :
         {std::string(")R"), std::string("K\1\x85R"), std::string("(K\1K\1))K\1NtR"), std::string("NR")})
        refusal_of(PickleWriter().raw(good).raw(arguments).end());
    refusal_of(PickleWriter().raw("(").text("storage").text("FloatStorage").text("0").text("cpu").raw("K\1tQ").end());
    refusal_of(PickleWriter()
                   .raw("(")
                   .text("module")
                   .global("torch", "FloatStorage")
                   .text("0")
                   .text("cpu")
                   .raw("K\1tQ")
                   .end());
    refusal_of(PickleWriter().raw("(").text("storage").global("torch", "FloatStorage").text("0").raw("tQ").end());
    refusal_of(PickleWriter().raw("NQ").end());
    refusal_of(PickleWriter().tensor({.shape = std::vector<std::int64_t>(65, 1)}).end());
    EXPECT_NE(refusal_of(PickleWriter().tensor({.storage_type = "ComplexFloatStorage"}).end())
                  .find("torch.ComplexFloatStorage"),
              std::string::npos);
}

TEST(Pickle, cut_at_every_byte_it_is_refused) {
    for (const int protocol : {2, 4}) {
        PickleWriter whole(protocol);
        const ByteVector bytes = whole.raw("}(")
                                     .text("w")
                                     .tensor({.storage_elements = 12, .shape = {3, 4}})
                                     .text("step")
                                     .raw("G" + std::string(8, '\0'))
                                     .raw("u")
                                     .end();
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            const ByteVector cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
            refusal_of(cut);
        }
    }
}

}  // namespace
}  // namespace perceiver::weights
