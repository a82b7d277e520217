// Waiting for what the event loop brings: until the very event that makes it so. QTRY_VERIFY and its kind look every
// 50 ms, which is most of what hundreds of short tests take.
#pragma once

#include <QTest>
#include <functional>
#include <type_traits>

namespace perceiver::ui::test {

inline constexpr int kPatience = 60'000;  // ms, of a machine that is busy with other things: a pass never waits for it

/// False where it still does not hold after `patience` milliseconds.
bool soon(const std::function<bool()>& holds, int patience = kPatience);

/// As QCOMPARE compares them: what passes there must not be waited for here.
template <class A, class B>
bool alike(const A& a, const B& b) {
    if constexpr (std::is_floating_point_v<A> && std::is_floating_point_v<B>)
        return a == b || qFuzzyCompare(double(a), double(b));
    else
        return a == b;
}

}  // namespace perceiver::ui::test

#define SOON_VERIFY(condition)                                          \
    do {                                                                \
        ::perceiver::ui::test::soon([&] { return bool(condition); });   \
        QVERIFY(condition);                                             \
    } while (false)
#define SOON_VERIFY2(condition, words)                                  \
    do {                                                                \
        ::perceiver::ui::test::soon([&] { return bool(condition); });   \
        QVERIFY2(condition, words);                                     \
    } while (false)
#define SOON_COMPARE(found, expected)                                                               \
    do {                                                                                            \
        ::perceiver::ui::test::soon([&] { return ::perceiver::ui::test::alike(found, expected); }); \
        QCOMPARE(found, expected);                                                                  \
    } while (false)
