#include "labels.h"

#include <filesystem>

#include "base/input_file.h"
#include "commands.h"

namespace perceiver {

std::vector<std::string> lines_of(const std::string& path) {
    InputFile file(path, ErrorCode::unreadable_input);
    if (file.size() > (1 << 20)) throw Error(ErrorCode::unreadable_input, "This is larger than 1 MB.");
    std::vector<std::uint8_t> text;
    file.append(text, file.size());
    std::vector<std::string> lines;
    std::string line;
    text.push_back('\n');
    for (const auto byte : text) {
        if (byte == '\n') {
            if (!line.empty()) lines.push_back(line);
            line.clear();
        } else if (byte != '\r') {
            line += static_cast<char>(byte);
        }
    }
    return lines;
}

std::vector<std::string> labels_for(const Options& o, std::vector<std::string> found) {
    const auto beside = std::filesystem::path(o.input) / "classes.txt";
    if (!o.labels.empty()) return about(o.labels, [&] { return lines_of(o.labels); });
    if (std::filesystem::is_regular_file(beside))
        return about(beside.string(), [&] { return lines_of(beside.string()); });
    return found;
}

}  // namespace perceiver
