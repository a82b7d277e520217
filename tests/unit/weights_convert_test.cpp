// Conversions of stored numbers to float.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "weights/safetensors.h"

namespace perceiver::weights {
namespace {

template <class T>
std::vector<float> floats_of(DType dtype, const std::vector<T>& values) {
    std::vector<std::uint8_t> bytes(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return TensorView{dtype, {static_cast<std::int64_t>(values.size())}, bytes}.to_floats();
}

std::vector<std::uint16_t> all_halves() {
    std::vector<std::uint16_t> all(65'536);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
    return all;
}

TEST(WeightsConvert, every_f16_is_the_value_ieee_defines) {
    const auto floats = floats_of(DType::f16, all_halves());
    for (unsigned bits = 0; bits < 65'536; ++bits) {
        const int exponent = static_cast<int>(bits >> 10 & 31);
        const double fraction = bits & 1023, sign = bits & 0x8000 ? -1 : 1;
        const float got = floats[bits];
        if (exponent == 31 && fraction != 0) {
            EXPECT_TRUE(std::isnan(got)) << bits;
        } else if (exponent == 31) {
            EXPECT_EQ(got, sign * std::numeric_limits<float>::infinity()) << bits;
        } else {
            const double value =
                exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
            EXPECT_EQ(got, sign * value) << bits;
            EXPECT_EQ(std::signbit(got), sign < 0) << bits;  // -0 stays -0
        }
    }
}

TEST(WeightsConvert, every_bf16_is_the_upper_half_of_its_float) {
    const auto floats = floats_of(DType::bf16, all_halves());
    for (unsigned bits = 0; bits < 65'536; ++bits)
        EXPECT_EQ(std::bit_cast<std::uint32_t>(floats[bits]), bits << 16);
}

TEST(WeightsConvert, wider_and_whole_numbers_round_as_a_cast_does) {
    EXPECT_EQ(floats_of<double>(DType::f64, {0.1, -1e300, 1.5}), (std::vector<float>{0.1f, -INFINITY, 1.5f}));
    EXPECT_EQ(floats_of<float>(DType::f32, {0.1f, -0.0f}), (std::vector<float>{0.1f, -0.0f}));
    EXPECT_EQ(floats_of<std::int64_t>(DType::i64, {-3, 1ll << 40}), (std::vector<float>{-3.0f, 0x1p40f}));
    EXPECT_EQ(floats_of<std::int32_t>(DType::i32, {-3, 7}), (std::vector<float>{-3.0f, 7.0f}));
    EXPECT_EQ(floats_of<std::uint8_t>(DType::u8, {0, 255}), (std::vector<float>{0.0f, 255.0f}));
    EXPECT_EQ(floats_of<std::uint8_t>(DType::boolean, {0, 1}), (std::vector<float>{0.0f, 1.0f}));
}

TEST(WeightsConvert, unaligned_views_are_read) {
    std::vector<std::uint8_t> bytes(1 + sizeof(double));
    const double value = 2.25;
    std::memcpy(bytes.data() + 1, &value, sizeof value);
    EXPECT_EQ((TensorView{DType::f64, {}, std::span(bytes).subspan(1)}.to_floats()),
              std::vector<float>{2.25f});
}

}  // namespace
}  // namespace perceiver::weights
