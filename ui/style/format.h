// Numbers as people read them: the same words in the window, its tooltips and the drawn report.
#pragma once

#include <QString>
#include <cstdint>
#include <string>

namespace perceiver::ui {

QString count(std::int64_t n);                      ///< "4,096"
QString millions(std::int64_t n);                   ///< "1.2 M", "840 k", "512"
QString fileSize(std::int64_t bytes);               ///< "4.6 MB"
QString percent(double part, int decimals = 1);     ///< 0.931 -> "93.1 %"
QString milliseconds(double ms);                    ///< "0.4 ms", "41 ms", "1.3 s"
QString clockTime(double seconds);                  ///< "0:01.8", "12:34.5", "1:02:03.4"
QString significant(double value, int digits = 2);  ///< "0.0051", "3.1·10⁻⁵"
QString timesUniform(double times);                 ///< "20.9×", "0.31×", "128×"
QString timesSigns(const std::string& words);       ///< "8 x 31 patches" with true multiplication signs
QString circled(int n);                             ///< "①"; "(21)" past 20

}  // namespace perceiver::ui
