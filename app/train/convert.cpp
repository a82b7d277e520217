// convert: any model to a bundle, or to a folder of Hugging Face's.
#include <cstdio>
#include <filesystem>

#include "commands.h"
#include "weights/open_model.h"

namespace perceiver {
namespace {

namespace fs = std::filesystem;

/// Whether OUT names a bundle; if not, it names a folder.
bool is_bundle(const fs::path& out) {
    if (out.extension() == ".safetensors") return true;
    std::error_code ignored;
    for (const char* other : {".pt", ".pth", ".bin", ".ckpt", ".json"})
        if (out.extension() == other && !fs::is_directory(out, ignored))
            throw Error(ErrorCode::usage,
                        out.string() + ": OUT is a bundle (NAME.safetensors) or a folder. See --help.");
    return false;
}

}  // namespace

void convert_model(const Options& o) {
    const bool bundle = is_bundle(o.output);
    weights::OpenOptions options;
    if (!o.hyperparameters.empty())
        options.hyperparameters = about(o.hyperparameters, [&] { return text_of_file(o.hyperparameters); });
    const auto model = about(o.input, [&] { return weights::open_model(o.input, options); });
    for (const auto& note : model.notes)
        std::fprintf(stderr, "perceiverscope-train: %s: %s\n", o.input.c_str(), note.c_str());
    about(bundle ? o.output : o.input, [&] {
        if (bundle)
            weights::write_bundle(o.output, model.config, model.card, model.tensors);
        else
            weights::write_hugging_face_folder(o.output, model);
    });
    std::printf("%s (%s)\nwrote %s\n", model.card.title.c_str(), weights::format_name(model.format), o.output.c_str());
}

}  // namespace perceiver
