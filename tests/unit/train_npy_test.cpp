// Protects arrays from elsewhere: numbers come out as NumPy wrote them, and whatever is damaged is refused.
#include <gtest/gtest.h>

#include <cstring>

#include "support/expect_error.h"
#include "train/npy.h"

namespace perceiver::train {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <class T>
Bytes npy(const std::string& type, const std::string& shape, const std::vector<T>& numbers, int version = 1) {
    std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
    const std::size_t before = version == 1 ? 10 : 12;
    while ((before + header.size() + 1) % 64 != 0) header += ' ';
    header += '\n';
    Bytes out{0x93, 'N', 'U', 'M', 'P', 'Y', std::uint8_t(version), 0};
    for (std::size_t i = 0; i < (version == 1 ? 2u : 4u); ++i)
        out.push_back(std::uint8_t(header.size() >> (8 * i)));
    out.insert(out.end(), header.begin(), header.end());
    const auto* from = reinterpret_cast<const std::uint8_t*>(numbers.data());
    out.insert(out.end(), from, from + numbers.size() * sizeof(T));
    return out;
}
std::string refusal(const Bytes& bytes) {
    const auto failure = samples::failure_of([&] { read_npy(bytes); });
    EXPECT_EQ(failure.code, ErrorCode::unreadable_input);
    return failure.sentence;
}

TEST(TrainNpy, NumbersComeOutAsTheyWereWritten) {
    const Npy bytes = read_npy(npy<std::int8_t>("|i1", "(2, 3)", {-128, -1, 0, 1, 2, 127}));
    EXPECT_EQ(bytes.shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(bytes.numbers, (std::vector<float>{-128, -1, 0, 1, 2, 127}));
    EXPECT_EQ(bytes.type, "|i1");
    EXPECT_EQ(read_npy(npy<std::uint8_t>("|u1", "(1,)", {255})).numbers, std::vector<float>{255});
    EXPECT_EQ(read_npy(npy<std::int16_t>("<i2", "(1,)", {-300}, 2)).numbers, std::vector<float>{-300});
    EXPECT_EQ(read_npy(npy<std::uint32_t>("<u4", "()", {7}, 3)).numbers, std::vector<float>{7});
    EXPECT_EQ(read_npy(npy<float>("<f4", "(2,)", {1.5f, -2})).numbers, (std::vector<float>{1.5f, -2}));
    EXPECT_EQ(read_npy(npy<double>("<f8", "(2, 1)", {1.5, -2})).numbers, (std::vector<float>{1.5f, -2}));
    EXPECT_EQ(read_npy(npy<float>("<f4", "(0, 3)", {})).size(), 0);
}

TEST(TrainNpy, CutAnywhereOrLongerItIsRefused) {
    Bytes whole = npy<float>("<f4", "(2, 2)", {1, 2, 3, 4});
    for (std::size_t length = 0; length < whole.size(); ++length)
        refusal({whole.begin(), whole.begin() + std::ptrdiff_t(length)});
    whole.push_back(0);
    EXPECT_NE(refusal(whole).find("longer"), std::string::npos);
}

TEST(TrainNpy, WhatIsNotReadIsRefused) {
    const std::vector<float> four{1, 2, 3, 4};
    for (const char* type : {">f4", "<c8", "|O", "<U3", "", "<f2"})
        EXPECT_FALSE(refusal(npy(type, "(4,)", four)).empty());
    for (const char* shape : {"(-4,)", "(4", "(a,)", "(4,,b)", "(9223372036854775807, 4)",
                              "(99999999999999999999,)", "(4294967296, 4294967296)", "(1,1,1,1,1,1,1,1,4)"})
        EXPECT_FALSE(refusal(npy("<f4", shape, four)).empty()) << shape;
    Bytes columns = npy("<f4", "(4,)", four);
    auto at = std::search(columns.begin(), columns.end(), std::begin("False"), std::end("False") - 1);
    std::memcpy(&*at, "True ", 5);
    EXPECT_NE(refusal(columns).find("column by column"), std::string::npos);
}

}  // namespace
}  // namespace perceiver::train
