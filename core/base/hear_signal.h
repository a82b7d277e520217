// What a signal does, unless whoever started the program has it ignored.
#pragma once

#include <csignal>

namespace perceiver {

/// From now on `handler` gets the signal `number`. One that is ignored stays so: under nohup, and in the background of
/// a script, it is meant for others.
inline void hear(int number, void (*handler)(int)) {
    struct sigaction now {};
    if (sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) return;
    std::signal(number, handler);
}

}  // namespace perceiver
