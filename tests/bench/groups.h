// Full-size comparisons by group: what runs, and the ratios said at the end. Each runs in a process of its own if asked
// for alone (ps_bench --full GROUP).
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace perceiver::bench {

/// Milliseconds of every repetition by benchmark name.
struct Times {
    std::map<std::string, std::vector<double>> runs;
    /// The shortest one: other programs only ever add. 0 when it didn't run.
    double best(const std::string& name) const {
        const auto at = runs.find(name);
        return at == runs.end() ? 0 : *std::min_element(at->second.begin(), at->second.end());
    }
};

void add_cross_attends();
void print_cross_attends(const Times&);
void add_tower();
void print_tower(const Times&);

}  // namespace perceiver::bench
