// Whatever was thrown, as the one Error the window and the command line show.
#pragma once

#include <exception>

#include "base/error.h"

namespace perceiver::engine {

/// Error as it is; out of memory (the standard library's or LibTorch's) as out_of_resources; anything else as
/// `otherwise`, with what the library said in `detail`.
Error as_error(std::exception_ptr thrown, ErrorCode otherwise);

}  // namespace perceiver::engine
