#include "engine/words.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include "base/percent.h"
#include "engine/api/trials.h"

namespace perceiver::engine {
namespace {

/// " ship 91.5 %,", or nothing where there are no classes.
std::string best_of(const std::vector<api::Prediction>& predictions) {
    if (predictions.empty() || std::isnan(predictions[0].probability)) return "";
    return " " + predictions[0].label + " " + percent(double(predictions[0].probability)) + ",";
}

/// The window, where the file is longer than the model listens or looks.
std::string window_words(const api::FileInfo& file) {
    double start = 0, seconds = 0, duration = 0;
    if (file.film) start = file.film->start, seconds = file.film->seconds, duration = file.film->duration;
    else if (file.sound) start = file.sound->start, seconds = file.sound->seconds, duration = file.sound->duration;
    if (start <= 0 && seconds > duration - 0.1) return "";
    const bool moment = seconds < 0.1;   // one frame
    std::string words = moment ? text(" [at %.2f s", start) : text(" [%.1f s to %.1f s", start, start + seconds);
    if (duration > 0) words += text(" of %.1f s", duration);
    return words + "]";
}

/// One line: what it says to the picture as it is, and shuffled.
std::string rival_words(const api::RivalAnswer& a) {
    const auto& before = a.predictions.front();
    return text("    %-24s", (a.rival->name + (a.rival->permutation ? ", trained shuffled:" : ":")).c_str()) + " " +
           before.label + " " + percent(double(before.probability)) + ", shuffled:" + best_of(a.shuffled) +
           text(" largest difference %.2g\n", a.largest_logit_difference);
}

}  // namespace

std::string text(const char* format, ...) {
    std::va_list values, again;
    va_start(values, format);
    va_copy(again, values);
    std::string out(static_cast<std::size_t>(std::max(0, std::vsnprintf(nullptr, 0, format, values))), '\0');
    std::vsnprintf(out.data(), out.size() + 1, format, again);
    va_end(values);
    va_end(again);
    return out;
}

std::string map_words(const api::HeadlessOptions& o, int latents, int heads) {
    std::string words = o.latent == api::all_latents ? "mean over " + std::to_string(latents) + " latents"
                                                     : "latent " + std::to_string(o.latent);
    if (o.head != api::all_heads) words += ", head " + std::to_string(o.head);
    else if (heads > 1) words += " and heads";
    return words + (o.scale == api::Scale::probability ? ", probability" : ", logit");
}

std::string answer_words(const api::ReportData& data, const std::vector<std::string>& files) {
    std::string out = data.file.path + window_words(data.file) + ":";
    const auto& predictions = data.predictions;
    if (predictions.empty()) out += " the model names no classes\n";
    else if (std::isnan(predictions[0].probability)) out += " the answer is not a number\n";
    else
        for (std::size_t i = 0, shown = std::min<std::size_t>(5, predictions.size()); i < shown; ++i)
            out += " " + predictions[i].label + " " + percent(double(predictions[i].probability)) +
                   (i + 1 < shown ? "," : "\n");
    for (const auto& run : data.permutations) {
        out += text("  positions %s, seed %llu:", name_of(run.arm), static_cast<unsigned long long>(run.shuffle.seed)) +
               best_of(run.predictions) + text(" largest difference %.2g\n", run.largest_logit_difference);
        if (!run.nothing_moved.empty()) out += "    " + run.nothing_moved + "\n";
        for (const auto& answer : run.rivals) out += rival_words(answer);
    }
    for (const auto* notes : {&data.file.notes, &data.model.notes})
        for (const auto& note : *notes) out += "  note: " + note + "\n";
    for (const auto& file : files) out += "  wrote " + file + "\n";
    return out;
}

}  // namespace perceiver::engine
