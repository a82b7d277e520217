// The window on the scripted engine, for looking at the window itself: ps_gui_demo [--screenshot OUT]
// [options] [PICTURE]
#include <cstdlib>
#include <cstring>

#include "fake_engine.h"
#include "ui/run_window.h"

int main(int argc, char** argv) {
    using namespace perceiver;
    ui::WindowOptions options;
    ui::test::FakeModel shape;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const auto next = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
        if (word == "--screenshot")
            options.screenshot = next();
        else if (word == "--theme")
            options.theme = next();
        else if (word == "--width")
            options.width = std::atoi(next().c_str());
        else if (word == "--height")
            options.height = std::atoi(next().c_str());
        else if (word == "--cross-attend")
            options.cross_attend = std::atoi(next().c_str()) - 1;
        else if (word == "--latent")
            options.latent = std::atoi(next().c_str());
        else if (word == "--latents")
            shape.latents = std::atoi(next().c_str());
        else if (word == "--side")
            shape.side = std::atoi(next().c_str());
        else if (word == "--stages")
            shape.stages = std::atoi(next().c_str());
        else if (word == "--permute")
            options.permute = std::strtoull(next().c_str(), nullptr, 10);
        else if (word == "--samples")
            options.samples = next();
        else
            options.files.push_back(word);
    }
    options.engine = [shape](api::Sink sink) {
        return std::make_shared<ui::test::FakeEngine>(
            std::move(sink), std::vector<api::ModelInfo>{ui::test::makeModel(shape)});
    };
    return ui::run_window(argc, argv, options);
}
