#include "table.h"

#include <cstdio>

#include "base/percent.h"

namespace perceiver {
namespace {

/// "73.5 %", with its interval where there is one.
std::string accuracy_words(double accuracy, double low, double high) {
    if (accuracy <= 0) return "-";
    return percent(accuracy) + (high > 0 ? " (" + percent_digits(low) + " to " + percent_digits(high) + ")" : "");
}

std::string rows_words(const std::string& title, const std::vector<api::ComparisonRow>& rows) {
    char line[256];
    std::snprintf(line, sizeof line, "  %-26s %-22s  %-24s %15s\n", "", "raw", "permuted", "receptive field");
    std::string out = title + "\n" + line;
    for (const auto& r : rows) {
        std::snprintf(line, sizeof line, "  %-26s %-22s %s %-24s %15lld\n", r.model.c_str(),
                      accuracy_words(r.raw, r.raw_low, r.raw_high).c_str(), r.invariant ? "=" : " ",
                      accuracy_words(r.permuted, r.permuted_low, r.permuted_high).c_str(),
                      static_cast<long long>(r.receptive_field));
        out += line;
    }
    return out;
}

}  // namespace

std::string table_words(const api::ComparisonTable& table) {
    std::string out = rows_words("The paper's: " + table.paper_title, table.paper);
    if (!table.ours.empty()) out += "\n" + rows_words("Ours: " + table.our_title, table.ours);
    return out +
           "\npermuted: trained and tested under one fixed shuffle of the pixels, their positions with them\n"
           "= the same computation whatever the order of the elements, so one training is both\n"
           "FF: with Fourier features; receptive field: elements that one unit of the first layer reads\n";
}

}  // namespace perceiver
