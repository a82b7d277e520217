// ps_media_files: a folder with a good file of every kind the program reads, and tiny models for each, to test with.
#include <cstdio>
#include <exception>
#include <filesystem>

#include "support/every_kind.h"
#include "support/kind_models.h"
#include "support/point_samples.h"

using namespace perceiver;

int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("ps_media_files FOLDER\n", stderr);
        return 2;
    }
    try {
        const std::filesystem::path folder = arguments[1];
        std::filesystem::create_directories(folder);
        for (const auto& sample : samples::media_of_every_kind())
            samples::write_file(folder / sample.name, sample.bytes);
        samples::write_file(folder / "mesh.bin", samples::gltf_numbers(samples::box(1, 2, 3)));   // of mesh.gltf
        test::write_tiny_model(folder / "film.safetensors", test::tiny_film_config());
        test::write_tiny_model(folder / "several.safetensors", test::tiny_several_config());
    } catch (const std::exception& e) {
        std::fprintf(stderr, "ps_media_files: %s\n", e.what());
        return 1;
    }
    return 0;
}
