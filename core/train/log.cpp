#include "train/log.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "base/error.h"
#include "base/input_file.h"

namespace perceiver::train {
namespace {

[[noreturn]] void wrong(const std::string& what) {
    throw Error(ErrorCode::unreadable_input, "This is no log of a training run: " + what + ".");
}

/// The cells of one line, each taken off its front.
struct Cells {
    std::string_view rest;
    std::size_t line;

    std::string_view next() {
        const auto comma = rest.find(',');
        const std::string_view cell = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        return cell;
    }
    void number(double& to) { to = parsed(next()); }
    double parsed(std::string_view cell) const {
        double value = 0;
        const auto [end, failed] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
        if (failed != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value))
            wrong("line " + std::to_string(line) + " has a cell that is no number");
        return value;
    }
};

LogRow row_of(Cells cells) {
    LogRow row;
    double step = 0;
    cells.number(step);
    if (!(step >= 0 && step < 1e15)) wrong("line " + std::to_string(cells.line) + " has no step");
    row.step = static_cast<std::int64_t>(step);
    for (double* to : {&row.seconds, &row.epochs, &row.loss, &row.accuracy, &row.images_per_second, &row.learning_rate})
        cells.number(*to);
    if (const auto cell = cells.next(); !cell.empty()) row.held_out = cells.parsed(cell);
    if (!cells.rest.empty()) wrong("line " + std::to_string(cells.line) + " has too many cells");
    return row;
}

}  // namespace

std::string LogRow::text() const {
    char line[2048];   // seven numbers may take 309 digits and more each
    int n = std::snprintf(line, sizeof line, "%lld,%.1f,%.3f,%.4f,%.4f,%.1f,%.3e,", static_cast<long long>(step),
                          seconds, epochs, loss, accuracy, images_per_second, learning_rate);
    if (held_out) n += std::snprintf(line + n, sizeof line - static_cast<std::size_t>(n), "%.4f", *held_out);
    return {line, static_cast<std::size_t>(n)};
}

std::vector<LogRow> parse_log(std::string_view text) {
    std::vector<LogRow> rows;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const auto end = text.find('\n');
        const std::string_view row = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line == 1 && row != LogRow::head) wrong("its first line is another");
        if (line > 1 && !row.empty()) rows.push_back(row_of({row, line}));
    }
    if (rows.empty()) wrong("it has no rows");
    return rows;
}

std::vector<LogRow> read_log(const std::filesystem::path& path) {
    InputFile file(path, ErrorCode::unreadable_input);
    if (file.size() > (64 << 20)) wrong("it is larger than 64 MB");
    std::vector<std::uint8_t> bytes;
    file.append(bytes, file.size());
    return parse_log({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace perceiver::train
