// Packs of the test data that cards name, made when they are missing.
#pragma once

#include <string>

#include "options.h"
#include "weights/bundle.h"

namespace perceiver {

/// The path of a pack in o.cache (a folder of the user's when that is empty) of the set's split alone, from the folder
/// o.data; with `sample`, of so many of its examples, always the same. Throws Error: usage (the card names no set, or
/// its options are none of pack's), as make_pack.
std::string test_pack(const weights::DataSet& set, std::int64_t sample, const Options& o);

}  // namespace perceiver
