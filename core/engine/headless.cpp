// The work without a window: every input in turn through run.h's steps, results to files and stdout.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <thread>

#include "engine/errors.h"
#include "engine/fetch_line.h"
#include "engine/findings.h"
#include "engine/map_file.h"
#include "engine/session.h"
#include "engine/stopwatch.h"

namespace perceiver::engine {
namespace {

/// A bar on stderr while it is a terminal; silent otherwise.
class Progress {
  public:
    explicit Progress(std::size_t count) : count_(count), shown_(isatty(STDERR_FILENO) && count > 1) {}
    ~Progress() { clear(); }
    void step(std::size_t done, const std::string& name) const {
        if (!shown_) return;
        const double seconds = watch_.milliseconds() / 1000, each = done ? seconds / double(done) : 0;
        std::string bar(20, '.');
        bar.replace(0, 20 * done / count_, std::string(20 * done / count_, '#'));
        std::fprintf(stderr, "\r\033[K[%s] %zu/%zu  %.1f files/s  %.0f s left  %s", bar.c_str(), done, count_,
                     each > 0 ? 1 / each : 0, each * double(count_ - done), name.c_str());
    }
    void clear() const {
        if (shown_) std::fputs("\r\033[K", stderr);
    }

  private:
    std::size_t count_;
    bool shown_;
    Stopwatch watch_;
};

void complain(const std::string& name, const Error& error) {
    std::fprintf(stderr, "perceiverscope: %s: %s\n", name.c_str(), error.sentence());
}

std::string map_words(const api::HeadlessOptions& o, int latents, int heads) {
    std::string words = o.latent == api::all_latents ? "mean over " + std::to_string(latents) + " latents"
                                                     : "latent " + std::to_string(o.latent);
    if (o.head != api::all_heads) words += ", head " + std::to_string(o.head);
    else if (heads > 1) words += " and heads";
    return words + (o.scale == api::Scale::probability ? ", probability" : ", logit");
}

/// "ship 91.5 %, ", or nothing where there are no classes.
std::string best_of(const std::vector<api::Prediction>& predictions) {
    if (predictions.empty() || std::isnan(predictions[0].probability)) return "";
    char number[32];
    std::snprintf(number, sizeof number, " %.1f %%, ", 100 * double(predictions[0].probability));
    return predictions[0].label + number;
}

/// The answer in words, for runs whose stdout is not JSON.
void print_answer(const api::ReportData& data, const std::vector<std::string>& files) {
    std::printf("%s:", data.file.path.c_str());
    const auto& predictions = data.predictions;
    if (predictions.empty()) std::printf(" the model names no classes\n");
    else if (std::isnan(predictions[0].probability)) std::printf(" the answer is not a number\n");
    else
        for (std::size_t i = 0, shown = std::min<std::size_t>(5, predictions.size()); i < shown; ++i)
            std::printf(" %s %.1f %%%s", predictions[i].label.c_str(), 100 * double(predictions[i].probability),
                        i + 1 < shown ? "," : "\n");
    for (const auto& run : data.permutations)
        std::printf("  positions %s, seed %llu: %slargest difference %.2g\n", run.arm == api::Arm::travel ? "travel" : "stay",
                    static_cast<unsigned long long>(run.seed), best_of(run.predictions).c_str(), run.largest_logit_difference);
    for (const auto* notes : {&data.file.notes, &data.model.notes})
        for (const auto& note : *notes) std::printf("  note: %s\n", note.c_str());
    for (const auto& file : files) std::printf("  wrote %s\n", file.c_str());
    std::fflush(stdout);
}


/// Everything asked for about one input; returns its findings when JSON was asked for.
std::string one_input(const std::string& path, const api::HeadlessOptions& o, ModelLibrary& library, const Limits& limits,
                      const api::ReportWriter& report, const std::string& suffix, const CancelToken& cancel) {
    const Stopwatch watch;
    const MediaFilePtr file = open_media(path, {}, true, limits, cancel);
    const Stopwatch since_load;
    FetchLine line;
    const ModelPtr model = library.load(library.model_for(file->info.kind, o.model, false),
                                        {{}, cancel, [&](const LoadProgress& p) { line.show(p); }, o.hyperparameters});
    line.clear();
    api::ReportData data;
    data.timings.load_model = since_load.milliseconds();
    cancel.check();
    const Prepared prepared = encode(*file, *model, o.start, cancel);
    const Trace trace = model->perceiver.forward(prepared.input, to_core(o.attend), cancel);

    data.file = prepared.file;
    data.model = info_of(*model, prepared.input->layout());
    data.predictions = predictions_of(trace.logits, model->info.labels);
    int most_heads = 1;
    for (std::size_t k = 0; k < trace.cross.size(); ++k) {
        const auto values = inspect::map(trace, static_cast<int>(k), o.head, o.latent, to_inspect(o.scale), cancel);
        data.maps.push_back(map_of(values, trace.input->layout(), o.scale));
        data.timings.cross_attend.push_back(trace.cross[k].milliseconds);
        for (const auto& block : trace.blocks[k]) data.timings.latent.push_back(block.milliseconds);
        most_heads = std::max(most_heads, model->info.stages[k].cross.heads);
    }
    data.map_words = map_words(o, model->info.latents, most_heads);
    data.timings.decode = file->decode_ms + prepared.decode_ms;
    data.timings.encode = prepared.encode_ms;
    if (o.permute) {
        const at::Tensor baseline = inspect::answer_of(model->perceiver.forward(prepared.input, Attend::dense, cancel));
        for (const auto arm : arms_of(*prepared.input, o.arms))
            data.permutations.push_back(permute(*model, prepared, baseline, *o.permute, arm, cancel));
    }
    data.timings.total = watch.milliseconds();

    std::vector<std::string> written;
    if (!o.map.empty()) {
        std::vector<api::Map> maps = data.maps;
        if (o.cross_attend >= 0) {
            if (o.cross_attend >= static_cast<int>(maps.size()))
                throw Error(ErrorCode::usage, "There is no cross-attend " + std::to_string(o.cross_attend + 1) +
                                                  ": the model has " + std::to_string(maps.size()) + ".");
            maps = {data.maps[static_cast<std::size_t>(o.cross_attend)]};
        }
        written = write_maps(maps, with_suffix(o.map, suffix));
    }
    if (!o.report.empty()) {
        if (!report) throw Error(ErrorCode::usage, "This build draws no report: it was made without Qt.");
        written.push_back(with_suffix(o.report, suffix));
        report(data, written.back());
    }
    if (o.json != "-") print_answer(data, written);
    return o.json.empty() ? std::string() : findings_json(data, trace);
}

void write_json(const std::string& path, const std::string& text) {
    if (path != "-") return write_file(path, (text + "\n").data(), text.size() + 1);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
    std::fflush(stdout);
}

}  // namespace

int Session::headless(const api::HeadlessOptions& options, const api::ReportWriter& report,
                      const std::function<bool()>& cancelled) {
    const CancelToken cancel;
    // The caller's flag is a function (a signal handler's variable behind it); work looks at the token.
    std::jthread watcher([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (cancelled && cancelled()) cancel.cancel();
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    });
    try {
        // Before the first input: what goes wrong here is the same for all of them.
        FetchLine line;
        if (library_.must_be_fetched(options.model))
            library_.fetch(options.model, {[&](const hub::Progress& p) { line.show(p); }, cancel});
    } catch (...) {
        const Error error = as_error(std::current_exception(), ErrorCode::unreadable_model);
        complain(options.model, error);
        return static_cast<int>(error.code);
    }
    const Progress progress(options.inputs.size());
    std::vector<std::string> findings;
    std::size_t done = 0, failed = 0;
    ErrorCode first_failure{};
    const auto note_failure = [&](const std::string& name, const Error& error) {
        progress.clear();
        complain(name, error);
        if (!failed++) first_failure = error.code;
    };
    std::set<std::string> stems;
    for (const auto& path : options.inputs) {
        progress.step(done + failed, path);
        std::string suffix;
        if (options.inputs.size() > 1) {
            // Results of several inputs are named after them; a name that comes twice gets a number.
            std::string stem = "-" + std::filesystem::path(path).stem().string();
            for (int n = 2; !stems.insert(stem + suffix).second; ++n) suffix = "-" + std::to_string(n);
            suffix = stem + suffix;
        }
        try {
            std::string text = one_input(path, options, library_, limits_, report, suffix, cancel);
            if (!options.json.empty()) findings.push_back(std::move(text));
            ++done;
        } catch (...) {
            const Error error = as_error(std::current_exception(), ErrorCode::unreadable_input);
            // A model that can't be had or a wrong command line is the same for every input: say it once.
            const bool model_is_wrong = error.code == ErrorCode::unreadable_model;
            note_failure(model_is_wrong && !options.model.empty() ? options.model : path, error);
            if (error.code == ErrorCode::cancelled || error.code == ErrorCode::usage || model_is_wrong)
                return static_cast<int>(error.code);
        }
    }
    progress.clear();
    if (!options.json.empty() && done > 0) {
        try {
            write_json(options.json, options.inputs.size() == 1 ? findings.front() : json_list(findings));
        } catch (const Error& error) {
            note_failure(options.json, error);
            return static_cast<int>(error.code);
        }
    }
    if (!failed) return 0;
    return static_cast<int>(done > 0 ? ErrorCode::some_failed : first_failure);
}

}  // namespace perceiver::engine
