// Numbers of a file as float32.
#include <bit>
#include <cstring>

#include "weights/safetensors.h"
#include "weights/safetensors_header.h"

namespace perceiver::weights {
namespace {

template <class T>
T load(const std::uint8_t* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

float bfloat16(const std::uint8_t* from) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(load<std::uint16_t>(from)) << 16);
}

// IEEE binary16: every value is a float exactly.
float binary16(const std::uint8_t* from) {
    const std::uint32_t half = load<std::uint16_t>(from);
    const std::uint32_t sign = (half & 0x8000u) << 16;
    const std::uint32_t exponent = (half >> 10) & 31u, fraction = half & 0x3ffu;
    if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);  // infinity and NaN
    if (exponent == 0) {  // zero and subnormals
        const float value = static_cast<float>(fraction) * 0x1p-24f;
        return sign ? -value : value;
    }
    return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

template <class Convert>
std::vector<float> convert(const TensorView& view, Convert one) {
    const std::size_t step = item_size(view.dtype);
    std::vector<float> out(view.bytes.size() / step);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = one(view.bytes.data() + i * step);
    return out;
}

}  // namespace

std::size_t item_size(DType dtype) {
    switch (dtype) {
        case DType::f16:
        case DType::bf16:
            return 2;
        case DType::f32:
        case DType::i32:
            return 4;
        case DType::f64:
        case DType::i64:
            return 8;
        case DType::u8:
        case DType::boolean:
            break;
    }
    return 1;
}

std::int64_t TensorView::elements() const {
    return static_cast<std::int64_t>(bytes.size() / item_size(dtype));
}

std::vector<float> TensorView::to_floats() const {
    switch (dtype) {
        case DType::f16:
            return convert(*this, binary16);
        case DType::bf16:
            return convert(*this, bfloat16);
        case DType::f32:
            return convert(*this, load<float>);
        case DType::f64:
            return convert(*this, [](auto* p) { return static_cast<float>(load<double>(p)); });
        case DType::i64:
            return convert(*this, [](auto* p) { return static_cast<float>(load<std::int64_t>(p)); });
        case DType::i32:
            return convert(*this, [](auto* p) { return static_cast<float>(load<std::int32_t>(p)); });
        case DType::u8:
            return convert(*this, [](auto* p) { return static_cast<float>(*p); });
        case DType::boolean:
            break;
    }
    return convert(*this, [](auto* p) { return *p ? 1.0f : 0.0f; });
}

}  // namespace perceiver::weights
