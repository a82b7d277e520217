// The paper's Table 2 beside ours, in lines.
#pragma once

#include <string>

#include "engine/api/types.h"

namespace perceiver {

std::string table_words(const api::ComparisonTable& table);

}  // namespace perceiver
