#include "ui/style/format.h"

#include <QLocale>
#include <algorithm>
#include <cmath>

#include "base/percent.h"

namespace perceiver::ui {

namespace {

const QString kNarrowSpace(QChar(0x00a0));

QString fixed(double value, int decimals) { return QLocale().toString(value, 'f', decimals); }

QString superscript(int exponent) {
    static const QString digits = QString::fromUtf8("⁰¹²³⁴⁵⁶⁷⁸⁹");
    QString out = exponent < 0 ? QString::fromUtf8("⁻") : QString();
    for (const QChar c : QString::number(std::abs(exponent))) out += digits.at(c.digitValue());
    return out;
}

}  // namespace

QString count(std::int64_t n) { return QLocale().toString(qlonglong(n)); }

QString millions(std::int64_t n) {
    if (n >= 100'000'000) return fixed(double(n) / 1e6, 0) + kNarrowSpace + "M";
    if (n >= 1'000'000) return fixed(double(n) / 1e6, 1) + kNarrowSpace + "M";
    if (n >= 10'000) return fixed(double(n) / 1e3, 0) + kNarrowSpace + "k";
    return count(n);
}

QString fileSize(std::int64_t bytes) {
    if (bytes >= 1'000'000) return fixed(double(bytes) / 1e6, 1) + kNarrowSpace + "MB";
    if (bytes >= 1'000) return fixed(double(bytes) / 1e3, 0) + kNarrowSpace + "kB";
    return count(bytes) + kNarrowSpace + "bytes";
}

QString percent(double part, int decimals) {
    return QString::fromStdString(percent_digits(part, decimals)) + kNarrowSpace + "%";
}

QString timesSigns(const std::string& words) {
    return QString::fromStdString(words).replace(" x ", QString::fromUtf8(" × "));
}

QString milliseconds(double ms) {
    if (ms >= 10'000) return fixed(ms / 1000, 1) + kNarrowSpace + "s";
    return fixed(ms, ms < 9.95 ? 1 : 0) + kNarrowSpace + "ms";
}

QString clockTime(double seconds) {
    const auto tenths = std::llround(std::max(0.0, seconds) * 10);
    const QLatin1Char zero('0');
    const QString rest = QStringLiteral("%1.%2").arg(tenths / 10 % 60, 2, 10, zero).arg(tenths % 10);
    const auto minutes = tenths / 600;
    if (minutes < 60) return QStringLiteral("%1:%2").arg(minutes).arg(rest);
    return QStringLiteral("%1:%2:%3").arg(minutes / 60).arg(minutes % 60, 2, 10, zero).arg(rest);
}

QString significant(double value, int digits) {
    if (value == 0 || !std::isfinite(value)) return fixed(value, 0);
    int exponent = int(std::floor(std::log10(std::abs(value))));
    if (exponent < -4 || exponent >= 6) {
        double mantissa = value / std::pow(10.0, exponent);
        if (std::abs(mantissa) + 0.5 * std::pow(10.0, 1 - digits) >= 10) {  // 9.96 would round to 10
            mantissa /= 10;
            ++exponent;
        }
        return fixed(mantissa, digits - 1) + QString::fromUtf8("·10") + superscript(exponent);
    }
    return fixed(value, std::max(0, digits - 1 - exponent));
}

QString timesUniform(double times) {
    const int decimals = times >= 99.95 ? 0 : times >= 0.995 || times == 0 ? 1 : 2;
    return fixed(times, times == 0 ? 0 : decimals) + QString::fromUtf8("×");
}

QString circled(int n) {
    return n >= 1 && n <= 20 ? QString(QChar(0x2460 + n - 1)) : QStringLiteral("(%1)").arg(n);
}

}  // namespace perceiver::ui
