// train: a run in its folder, with a line that says how it goes.
#include <cstdio>
#include <filesystem>

#include "base/percent.h"
#include "commands.h"
#include "perceiver/products.h"
#include "plot.h"
#include "progress_line.h"
#include "train/run.h"

namespace perceiver {
namespace {

std::string pace_text(const train::Pace& p) {
    char text[256];
    std::snprintf(text, sizeof text,
                  "step %lld, epoch %.2f, loss %.3f, accuracy %s, %.0f images/s, %s left",
                  static_cast<long long>(p.progress.step), p.epochs, p.loss, percent(p.accuracy).c_str(),
                  p.images_per_second, duration(p.seconds_left).c_str());
    std::string line = text;
    if (p.held_out >= 0) line += ", held out " + percent(p.held_out);
    return line;
}

train::Recipe recipe_for(const Options& o) {
    train::Recipe recipe = about(o.recipe, [&] { return train::read_recipe(o.recipe); });
    if (o.minutes > 0) {
        recipe.schedule.seconds = 60 * o.minutes;
        recipe.schedule.steps = 0;
    }
    if (o.steps > 0) {
        recipe.schedule.steps = o.steps;
        recipe.schedule.seconds = 0;
    }
    if (o.threads > 0) recipe.threads = o.threads;
    return recipe;
}

}  // namespace

void train_model(const Options& o) {
    const train::RunFolder folder(o.output);
    const std::string checkpoint = folder.checkpoint().string();
    if (!o.resume && std::filesystem::exists(folder.checkpoint()))
        throw Error(ErrorCode::usage,
                    checkpoint + ": This run exists; go on with --resume, or name another folder.");
    const train::Recipe recipe = recipe_for(o);
    const auto pack = about(o.pack, [&] { return train::Pack(o.pack); });
    const train::Split& split = about(o.pack, [&]() -> const train::Split& { return pack.split(o.split); });
    set_threads(static_cast<int>(recipe.threads));
    train::Trainer trainer = about(o.recipe, [&] { return train::Trainer(recipe, pack.labels(), split); });
    if (!o.start.empty()) about(o.start, [&] { trainer.start_from(weights::read_bundle(o.start)); });
    if (o.resume) about(checkpoint, [&] { trainer.resume(folder.checkpoint()); });

    ProgressLine line;
    train::RunOptions options;
    options.version = PERCEIVERSCOPE_VERSION;
    options.pace = [&](const train::Pace& p) {
        if (line.due()) line.show(pace_text(p));
    };
    options.go_on = [] { return !interrupted(); };
    const train::Pace end = about(o.output, [&] { return train::run(trainer, folder, options); });
    line.clear();
    std::printf("%s\nwrote %s\n", pace_text(end).c_str(), folder.model().c_str());
    if (can_plot) about(folder.curves().string(), [&] { plot_log(folder.log(), folder.curves()); });
}

void plot_run(const Options& o) {
    if (!can_plot)
        throw Error(ErrorCode::usage,
                    "This build draws nothing: it was made without OpenCV or the media libraries.");
    const train::RunFolder folder(o.input);
    const auto log = std::filesystem::is_directory(o.input) ? folder.log() : std::filesystem::path(o.input);
    about(log.string(), [&] { plot_log(log, o.output); });
    std::printf("wrote %s\n", o.output.c_str());
}

}  // namespace perceiver
