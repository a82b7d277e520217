// The log of a run as it lies in its folder: a row every while, each of the steps since the row before.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace perceiver::train {

struct LogRow {
    std::int64_t step = 0;
    double seconds = 0, epochs = 0, loss = 0, accuracy = 0, images_per_second = 0, learning_rate = 0;
    std::optional<double> held_out;  ///< accuracy, where it was measured

    static constexpr const char* head =
        "step,seconds,epochs,loss,accuracy,images_per_second,learning_rate,held_out_accuracy";
    std::string text() const;  ///< a line without its end
};

/// Throw Error{unreadable_input} when it isn't one.
std::vector<LogRow> parse_log(std::string_view text);
std::vector<LogRow> read_log(const std::filesystem::path& path);

}  // namespace perceiver::train
