// What open_model says of the models it refuses.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/hugging_face_samples.h"
#include "weights/open_model.h"

namespace perceiver::samples {

/// What open_model says of a model it refuses.
inline std::string refusal_of_model(const std::filesystem::path& path, const weights::OpenOptions& options = {}) {
    const auto failure = failure_of([&] { weights::open_model(path, options); });
    EXPECT_EQ(failure.code, ErrorCode::unreadable_model) << failure.sentence;
    EXPECT_EQ(failure.sentence.find('\n'), std::string::npos) << "one line, please";
    return failure.sentence;
}

inline ::testing::AssertionResult says(const std::string& sentence, const std::string& part) {
    if (sentence.find(part) != std::string::npos) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << '"' << sentence << "\" does not say \"" << part << '"';
}

}  // namespace perceiver::samples
