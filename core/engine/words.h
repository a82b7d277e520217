// Answers and labs in words, as headless prints them.
#pragma once

#include <string>
#include <vector>

#include "engine/api/engine.h"

namespace perceiver::engine {

/// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...);

/// "mean over 64 latents and heads, probability".
std::string map_words(const api::HeadlessOptions& options, int latents, int heads);

/// The answer in lines: the best classes, what shuffling changed, notes, files written.
std::string answer_words(const api::ReportData& data, const std::vector<std::string>& files);

}  // namespace perceiver::engine
