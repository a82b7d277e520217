// The full-size comparisons, by group: what runs, and the ratios said at the end. Google Benchmark runs them (ps_bench
// --full GROUP); every iteration's time is kept here, for the best and the 95th percentile.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace perceiver::bench {

using Body = std::function<void()>;

/// Registers `name/threads:T` with so many iterations after one that warms up. `make` runs first and is not timed.
void add(const std::string& name, int threads, int iterations, std::function<Body()> make, double operations = 0);
/// Milliseconds, 0 when it didn't run. The best: other programs only ever add.
double best(const std::string& name);
double percentile(const std::string& name, double part);
/// A number a benchmark found beside its time; what was noted last.
void note(const std::string& name, double value);
double noted(const std::string& name);

struct Group {
    const char* name;
    void (*add)();
    void (*print)();
};
const std::vector<Group>& groups();

void add_cross_attends();
void print_cross_attends();
void add_tower();
void print_tower();
void add_forwards();
void print_forwards();
void add_maps();
void print_maps();
void add_costs();
void print_costs();   ///< also writes cost.csv and cost.svg
void add_memory();
void print_memory();

/// What a process does whose peak memory is asked for (ps_bench --memory CASE); prints the megabytes.
int run_memory_case(const std::string& name);

}  // namespace perceiver::bench
