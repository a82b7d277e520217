// What a refusal says, for tests of bad input.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/error.h"

namespace perceiver::samples {

struct Failure {
    ErrorCode code{};
    std::string sentence;
};

/// The Error that `act` throws. Fails the test when it throws nothing; anything else it throws fails it too.
inline Failure failure_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& e) {
        return {e.code, e.sentence()};
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

}  // namespace perceiver::samples
