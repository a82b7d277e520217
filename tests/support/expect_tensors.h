// Tensors read from a file against the ones written to it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "support/weights_samples.h"
#include "weights/safetensors.h"

namespace perceiver::samples {

inline void expect_equal(const std::map<std::string, weights::TensorView>& got, const Tensors& wanted) {
    ASSERT_EQ(got.size(), wanted.size());
    for (const auto& [name, tensor] : wanted) {
        ASSERT_TRUE(got.contains(name)) << name;
        const auto& view = got.at(name);
        EXPECT_EQ(view.dtype, tensor.dtype) << name;
        EXPECT_EQ(view.shape, tensor.shape) << name;
        EXPECT_TRUE(std::ranges::equal(view.bytes, tensor.bytes)) << name;
        EXPECT_EQ(view.elements() * static_cast<std::int64_t>(weights::item_size(view.dtype)),
                  static_cast<std::int64_t>(tensor.bytes.size()));
    }
}

}  // namespace perceiver::samples
