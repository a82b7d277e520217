#include "ui/ending.h"

#include <fcntl.h>
#include <unistd.h>

#include <QGuiApplication>
#include <csignal>

#include "ui/main_window.h"

namespace perceiver::ui {

namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP};

/// A handler may do next to nothing, so it writes the number into a pipe that the event loop reads.
int pipeEnds[2] = {-1, -1};

int openPipe() {
    if (pipe2(pipeEnds, O_CLOEXEC | O_NONBLOCK) != 0) pipeEnds[0] = pipeEnds[1] = -1;
    return pipeEnds[0];
}

void note(int number) {
    const auto byte = static_cast<unsigned char>(number);
    [[maybe_unused]] const auto written = write(pipeEnds[1], &byte, 1);
}

}  // namespace

Ending::Ending(QObject* parent) : QObject(parent), arrived_(openPipe(), QSocketNotifier::Read) {
    connect(qGuiApp, &QGuiApplication::commitDataRequest, this, &Ending::sessionEnds, Qt::DirectConnection);
    if (pipeEnds[0] < 0) return;  // without it signals end the program as they always did
    connect(&arrived_, &QSocketNotifier::activated, this, [this] {
        unsigned char byte = 0;
        if (read(pipeEnds[0], &byte, 1) == 1) emit signalled(byte);
    });
    struct sigaction action {};
    action.sa_handler = note;
    action.sa_flags = SA_RESTART | int(SA_RESETHAND);
    for (const int number : kSignals) {
        struct sigaction before {};
        sigaction(number, nullptr, &before);
        if (before.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);  // nohup stays nohup
    }
}

Ending::~Ending() {
    if (pipeEnds[0] < 0) return;
    for (const int number : kSignals) {
        struct sigaction now {};
        sigaction(number, nullptr, &now);
        if (now.sa_handler == note) std::signal(number, SIG_DFL);
    }
    arrived_.setEnabled(false);
    for (int& end : pipeEnds) {
        close(end);
        end = -1;
    }
}

void heed(const Ending& ending, MainWindow& window) {
    QObject::connect(&ending, &Ending::sessionEnds, &window, &MainWindow::remember);
    QObject::connect(&ending, &Ending::signalled, &window, [&window](int number) {
        constexpr int bySignal = 128;  // what a shell says of a program that a signal ended
        window.remember();
        QCoreApplication::exit(bySignal + number);
    });
}

}  // namespace perceiver::ui
