// Many shuffles of many files: how often the answer stays the same, and how often it is right. Plain structs, and the
// same as CSV.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/api/types.h"

namespace perceiver::api {

/// One model under one arm, over all shuffles so far.
struct TrialsRow {
    std::string id, name;                        ///< of the model or rival; "Perceiver", "ResNet"
    bool trained_shuffled = false;               ///< a rival that was
    Arm arm = Arm::travel;
    std::int64_t shuffles = 0, same = 0;         ///< and of those how often the answer was the one in order
    /// Shuffles of files whose class is known; of those, how often it was right, and how often the same file in order.
    std::int64_t known = 0, right = 0, right_in_order = 0;
    double largest_logit_difference = 0;
};
struct TrialsResult {
    std::string model;                           ///< the Perceiver's id
    ShuffleOptions shuffle;                      ///< with the first seed
    int seeds = 0;                               ///< that one and those after it
    std::int64_t files = 0, done = 0, left_out = 0, known = 0;   ///< known: done ones that lie in a class's folder
    std::string why_left_out, no_rivals;         ///< of the first left out; why no rival was asked
    std::string nothing_moved;                   ///< why, of the first shuffle that moved nothing
    std::vector<TrialsRow> rows;                 ///< by model, the Perceiver first, then by arm
};

/// As --arm and --shuffle take them and findings say.
inline const char* name_of(Arm arm) {
    return arm == Arm::travel ? "travel" : arm == Arm::stay ? "stay" : arm == Arm::none ? "none" : "jitter";
}
inline const char* name_of(Along along) {
    return along == Along::frames ? "frames" : along == Along::patches ? "patches" : "both";
}

/// A heading and a line for each row, with points in its numbers whatever the language. A part of nothing is left
/// empty.
inline std::string to_csv(const TrialsResult& r) {
    const auto number = [](double value) {
        char text[32];
        return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
    };
    const auto part = [&](std::int64_t of, std::int64_t all) {
        return all > 0 ? number(double(of) / double(all)) : std::string();
    };
    const auto field = [](const std::string& text) {
        if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
        std::string out = "\"";
        for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
        return out + "\"";
    };
    std::string out = "model,name,trained,arm,first_seed,seeds,block,fraction,shuffle,files,shuffles,same_answer,"
                      "agreement,files_with_class,shuffles_with_class,right_in_order,accuracy_in_order,right_shuffled,"
                      "accuracy_shuffled,largest_logit_difference\n";
    for (const TrialsRow& row : r.rows) {
        const std::string fields[] = {
            field(row.id), field(row.name), row.trained_shuffled ? "permuted" : "raw", name_of(row.arm),
            std::to_string(r.shuffle.seed), std::to_string(r.seeds), std::to_string(r.shuffle.block),
            number(r.shuffle.fraction), name_of(r.shuffle.along), std::to_string(r.done),
            std::to_string(row.shuffles), std::to_string(row.same), part(row.same, row.shuffles),
            std::to_string(r.known), std::to_string(row.known), std::to_string(row.right_in_order),
            part(row.right_in_order, row.known), std::to_string(row.right), part(row.right, row.known),
            number(row.largest_logit_difference)};
        for (const std::string& one : fields) out += (&one == fields ? "" : ",") + one;
        out += '\n';
    }
    return out;
}

}  // namespace perceiver::api
