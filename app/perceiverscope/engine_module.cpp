#include "engine_module.h"

#include <dlfcn.h>

#include <filesystem>

namespace perceiver {
namespace {

namespace fs = std::filesystem;

fs::path program_folder() {
    std::error_code ignored;
    return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

}  // namespace

std::string resources_folder() {
    const fs::path installed = program_folder() / "../share/perceiverscope";
    std::error_code ignored;
    return fs::exists(installed / "models", ignored) ? installed.string() : PERCEIVERSCOPE_RESOURCES;
}

std::shared_ptr<api::Engine> load_engine(const api::EngineOptions& options, api::Sink sink) {
    void* module = nullptr;
    std::string why;
    for (const char* place : {".", "../lib/perceiverscope", "../lib/x86_64-linux-gnu/perceiverscope",
                              "../lib/aarch64-linux-gnu/perceiverscope"}) {
        const fs::path file = program_folder() / place / "perceiverscope-engine.so";
        std::error_code ignored;
        if (!fs::exists(file, ignored)) continue;
        module = dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);
        if (module) break;
        why = dlerror();
    }
    if (!module)
        throw Error(ErrorCode::out_of_resources, why.empty()
                                                     ? "The engine, perceiverscope-engine.so, is not beside "
                                                       "the program. Build or install it again."
                                                     : "The engine could not be loaded: " + why + ".");
    const auto create = reinterpret_cast<decltype(&perceiverscope_create_engine)>(
        dlsym(module, "perceiverscope_create_engine"));
    if (!create)
        throw Error(ErrorCode::out_of_resources,
                    "The engine beside the program is of another version. Build or install it again.");
    return std::shared_ptr<api::Engine>(create(options, std::move(sink)));
}

}  // namespace perceiver
