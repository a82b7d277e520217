// perceiverscope-train: a data set to a pack, a pack to a model, a model to its accuracy and card.
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/hear_signal.h"
#include "commands.h"
#include "perceiver/products.h"
#include "perceiver/separable_kernel.h"

namespace perceiver {
namespace {

volatile std::sig_atomic_t stop = 0;

void interrupt(int signal) {
    stop = 1;
    std::signal(signal, SIG_DFL);
}

int run(int argc, char** argv) {
    const Options o = read_options(argc, argv);
    if (!o.help.empty()) return std::fputs(o.help.c_str(), stdout) < 0;
    if (o.version) {
        std::printf("perceiverscope-train %s\nproducts: %s; separable attention: %s\n",
                    PERCEIVERSCOPE_VERSION, product_kernels().c_str(), separable_kernel_target().c_str());
        return 0;
    }
    for (const int number : {SIGINT, SIGTERM}) hear(number, interrupt);
    if (o.command == "pack") holds_arrays(o) ? pack_arrays(o) : make_pack(o);
    if (o.command == "train") train_model(o);
    if (o.command == "evaluate") evaluate_bundle(o);
    if (o.command == "plot") plot_run(o);
    if (o.command == "export") export_bundle(o);
    if (o.command == "card") print_card(o);
    if (o.command == "convert") convert_model(o);
    return 0;
}

}  // namespace

bool interrupted() { return stop != 0; }

#ifndef PERCEIVERSCOPE_WITH_MEDIA
void make_pack(const Options&) {
    throw Error(ErrorCode::usage, "This build decodes no files: it was made without the media libraries.");
}
#endif

}  // namespace perceiver

int main(int argc, char** argv) {
    // Waiting OpenMP threads must sleep: they share the machine with everybody else. libgomp reads this
    // before main, so the program starts itself once more.
    if (!std::getenv("OMP_WAIT_POLICY")) {
        setenv("OMP_WAIT_POLICY", "passive", 0);
        execv("/proc/self/exe", argv);
    }
#ifdef __GLIBC__
    // Every step asks for the same large arrays again: handing them back to the system costs a tenth of the
    // time.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 2047 << 20);
    mallopt(M_TOP_PAD, 256 << 20);
#endif
    try {
        return perceiver::run(argc, argv);
    } catch (const perceiver::Error& error) {
        std::fprintf(stderr, "perceiverscope-train: %s\n", error.sentence());
        return static_cast<int>(error.code);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "perceiverscope-train: %s\n", error.what());
        return static_cast<int>(perceiver::ErrorCode::out_of_resources);
    }
}
