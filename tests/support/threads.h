// How many threads the engine of a test computes with.
#pragma once

namespace perceiver::test {

#ifdef __SANITIZE_THREAD__
constexpr int threads = 1;   // it doesn't see OpenMP's threads wait for each other, and takes all they share for races
#else
constexpr int threads = 2;
#endif

}  // namespace perceiver::test
