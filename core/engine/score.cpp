#include "engine/score.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/interval.h"
#include "base/percent.h"

namespace perceiver::engine {
namespace {

std::string plain(const std::string& name) {
    std::string out;
    for (const char c : name)
        if (c != ' ' && c != '_' && c != '-') out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return out;
}

std::string padded(std::string text, std::size_t width) {
    // Continuation bytes of UTF-8 take no column.
    const auto columns =
        static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
    return columns < width ? text + std::string(width - columns, ' ') : text;
}

template <class... Values>
std::string line(const char* format, Values... values) {
    char text[160];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

}  // namespace

std::optional<Class> class_named(const std::vector<std::string>& folders, const std::vector<std::string>& labels) {
    for (const auto& folder : folders) {
        const std::string wanted = plain(folder);
        if (wanted.empty()) continue;
        int first_words = -1, fitting = 0;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (plain(labels[i]) == wanted) return Class{labels[i], static_cast<int>(i)};
            if (plain(labels[i].substr(0, labels[i].find(','))) == wanted) first_words = static_cast<int>(i), ++fitting;
        }
        if (fitting == 1) return Class{labels[static_cast<std::size_t>(first_words)], first_words};
    }
    return {};
}

api::Confusion Score::confusion() const {
    api::Confusion out;
    std::set<Key> classes;
    for (const auto& [pair, count] : counts_) classes.insert({pair.first, pair.second});
    const auto place = [&](const Key& k) {
        return static_cast<std::size_t>(std::distance(classes.begin(), classes.find(k)));
    };
    for (const auto& c : classes) out.labels.push_back(c.second);
    out.counts.resize(classes.size() * classes.size());
    for (const auto& [pair, count] : counts_) {
        out.counts[place(pair.first) * classes.size() + place(pair.second)] = count;
        out.files += count;
        if (pair.first == pair.second) out.correct += count;
    }
    out.accuracy = out.files ? double(out.correct) / double(out.files) : 0;
    const Interval interval = wilson(out.correct, out.files);
    out.low = interval.low;
    out.high = interval.high;
    return out;
}

std::string score_words(const api::Confusion& c) {
    const std::size_t n = c.labels.size();
    std::string out = line("accuracy %s, %lld of %lld files\n", percent_within(c.accuracy, c.low, c.high).c_str(),
                           static_cast<long long>(c.correct), static_cast<long long>(c.files));
    std::size_t widest = 5;
    for (const auto& label : c.labels) widest = std::clamp(label.size(), widest, std::size_t{40});
    for (std::size_t row = 0; row < n; ++row) {
        std::int64_t files = 0;
        std::size_t other = n;
        for (std::size_t col = 0; col < n; ++col) {
            const std::int64_t count = c.counts[row * n + col];
            files += count;
            if (col != row && count && (other == n || count > c.counts[row * n + other])) other = col;
        }
        if (!files) continue;
        const std::int64_t right = c.counts[row * n + row];
        out += "  " + padded(c.labels[row], widest) +
               line("  %5s %%  %lld of %lld", percent_digits(double(right) / double(files)).c_str(),
                    static_cast<long long>(right), static_cast<long long>(files));
        if (other < n)
            out +=
                ", else mostly " + c.labels[other] + line(" (%lld)", static_cast<long long>(c.counts[row * n + other]));
        out += '\n';
    }
    return out;
}

}  // namespace perceiver::engine
