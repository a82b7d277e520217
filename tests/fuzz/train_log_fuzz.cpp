// The bytes as a training run's log; what is accepted is accepted again as it is written.
#include <cmath>
#include <string>

#include "base/error.h"
#include "fuzz/fuzz.h"
#include "train/log.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        std::string again = train::LogRow::head;
        const auto rows = train::parse_log({reinterpret_cast<const char*>(data), size});
        for (const auto& row : rows) {
            if (!(std::abs(row.learning_rate) < 1e300)) return 0;  // rounded up it may be no number any more
            again += "\n" + row.text();
        }
        if (train::parse_log(again).size() != rows.size()) __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    for (const char* rows :
         {"36,30.0,0.047,2.2680,0.1966,76.7,1.415e-04,\n72,60.2,0.094,2.0712,0.2569,76.4,1.583e-07,0.322",
          "72,60.2,0.094,2.0712,0.25691e308,76.4,1.583e-07,0.322"}) {
        const std::string log = std::string(train::LogRow::head) + "\n" + rows + "\n";
        seeds.emplace_back(log.begin(), log.end());
    }
    return seeds;
}
