// perceiverscope: the window, or with --headless the same work without one.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/hear_signal.h"
#include "base/percent.h"
#include "engine_module.h"
#include "options.h"
#include "table.h"
#ifdef PERCEIVERSCOPE_WITH_WINDOW
#include "ui/report/report.h"
#include "ui/run_window.h"
#endif

namespace perceiver {
namespace {

volatile std::sig_atomic_t interrupted = 0;

/// While LibTorch is being loaded, which takes seconds on a busy machine, nobody looks at the flag and nothing has
/// begun.
void end_at_once(int) {
    static constexpr char words[] = "perceiverscope: Cancelled.\n";
    static_cast<void>(!write(STDERR_FILENO, words, sizeof words - 1));
    _exit(static_cast<int>(ErrorCode::cancelled));
}

void interrupt(int) {
    interrupted = 1;
    std::signal(SIGINT, SIG_DFL);  // a second Ctrl+C ends it at once
}

void complain(const std::string& about, const std::string& sentence) {
    std::fprintf(stderr, "perceiverscope: %s%s%s\n", about.c_str(), about.empty() ? "" : ": ",
                 sentence.c_str());
}

int print_version(const api::EngineOptions& engine) {
    std::printf("perceiverscope %s\n", PERCEIVERSCOPE_VERSION);
    std::fflush(stdout);
    std::printf("%s\n", load_engine(engine, {})->kernels().c_str());
    return 0;
}

const char* kind_plural(api::Kind kind) {
    switch (kind) {
        case api::Kind::image: return "pictures";
        case api::Kind::audio: return "sounds";
        case api::Kind::video: return "films";
        case api::Kind::points: break;
    }
    return "clouds of points";
}

int list_models(const api::EngineOptions& engine) {
    const auto loaded = load_engine(engine, {});
    const auto models = loaded->models();
    if (models.empty())
        throw Error(ErrorCode::unreadable_model, "There is no model in " + engine.resources + "/models.");
    std::string group;
    for (const auto& m : models) {
        const std::string kinds =
            m.reads == "multimodal" || m.runs_over.empty() ? "several kinds at once" : kind_plural(m.runs_over.front());
        if (kinds != group) std::printf("%s%s\n", group.empty() ? "" : "\n", kinds.c_str());
        group = kinds;
        std::printf("  %-28s %7s  %8.2f M parameters  %s\n", m.id.c_str(),
                    m.accuracy > 0 ? percent(m.accuracy).c_str() : "-", double(m.parameters) / 1e6, m.title.c_str());
    }
    std::printf("\npublished, fetched when first used\n");
    for (const auto& m : loaded->published())
        std::printf("  %-38s %4.0f MB  %-11s  %s: %s\n", m.id.c_str(), double(m.bytes) / 1e6,
                    m.here ? "fetched" : "not fetched", m.title.c_str(), m.knows.c_str());
    return 0;
}

int print_table(const api::EngineOptions& engine) {
    std::fputs(table_words(load_engine(engine, {})->comparison()).c_str(), stdout);
    return 0;
}

/// "pictures, films", and how much of them at once.
std::string runs_over_words(const api::ModelInfo& m) {
    std::string words;
    for (const auto kind : m.runs_over) {
        words += (words.empty() ? "" : ", ") + std::string(kind_plural(kind));
        if (kind == api::Kind::video && m.reads == "image") words += " (one frame)";
        if (kind == api::Kind::video && m.reads == "audio") words += " (their sound)";
    }
    char seconds[32] = "";
    if (m.window_seconds > 0) std::snprintf(seconds, sizeof seconds, ", %.2f s at once", m.window_seconds);
    return words + seconds;
}

/// "10: airplane, automobile, ...", as many as fit on a line.
std::string classes_words(const api::ModelInfo& m) {
    if (m.classes == 0) return "";
    std::string words = std::to_string(m.classes);
    for (std::size_t i = 0; i < m.labels.size(); ++i) {
        if (words.size() + m.labels[i].size() > 90) return words + ", ...";
        words += (i ? ", " : ": ") + m.labels[i];
    }
    return words;
}

int print_model(const api::EngineOptions& engine, const api::HeadlessOptions& work) {
    const auto loaded = load_engine(engine, {});
    const api::ModelInfo m = loaded->model_info(work.model, work.hyperparameters);
    const auto line = [](const char* name, const std::string& value) {
        if (!value.empty()) std::printf("%-16s %s\n", name, value.c_str());
    };
    line("model", m.id);
    line("title", m.title);
    line("format", m.format);
    line("summary", m.summary);
    if (m.accuracy > 0)
        std::printf("%-16s %s, %lld %s, %s\n", "accuracy",
                    percent_within(m.accuracy, m.accuracy_low, m.accuracy_high, 2).c_str(),
                    static_cast<long long>(m.accuracy_n),
                    m.reads == "multimodal" || m.runs_over.empty() ? "examples" : kind_plural(m.runs_over.front()),
                    m.test_split.c_str());
    else
        line("accuracy", "not measured");
    line("also measured", m.measured_too);
    line("runs over", runs_over_words(m));
    line("classes", classes_words(m));
    line("knows", m.knows);
    line("does not know", m.does_not_know);
    line("data", m.data);
    line("licence", m.licence_note);
    line("recipe", m.recipe);
    line("trained with", m.trained_with);
    line("positions", m.positions);
    std::printf("%-16s %lld\n%-16s %s: %d elements of %d channels\n%-16s %d x %d\n%-16s %zu\n", "parameters",
                static_cast<long long>(m.parameters), "input array", m.input_words.c_str(), m.input_elements,
                m.token_channels, "latent array", m.latents, m.latent_channels, "cross-attends",
                m.stages.size());
    line("file", m.path);
    line("sha256", m.sha256);
    for (const auto& note : m.notes) line("note", note);
    line("config", m.config_json);
    return 0;
}

#ifdef PERCEIVERSCOPE_WITH_WINDOW
int run_window(int argc, char** argv, const Options& o, const api::EngineOptions& engine) {
    ui::WindowOptions w;
    w.engine = [engine](api::Sink sink) { return load_engine(engine, std::move(sink)); };
    w.samples = engine.resources + "/samples";
    w.files = o.work.inputs;
    w.start = o.work.start;
    w.pose = o.work.pose;
    w.model = o.work.model;
    w.hyperparameters = o.work.hyperparameters;
    w.theme = o.theme;
    w.attend = o.work.attend;
    w.cross_attend = std::max(0, o.work.cross_attend);
    w.latent = o.work.latent;
    w.scale = o.work.scale;
    w.permute = o.work.permute;
    w.screenshot = o.screenshot;
    w.width = o.width;
    w.height = o.height;
    w.startup_times = o.startup_times;
    return ui::run_window(argc, argv, w);
}
#endif

int run_headless(int argc, char** argv, const Options& o, const api::EngineOptions& engine) {
    if (o.work.inputs.empty())
        throw Error(ErrorCode::usage, "Name at least one picture, sound, film or cloud of points. See --help.");
    api::ReportWriter writer;
#ifdef PERCEIVERSCOPE_WITH_WINDOW
    if (!o.work.report.empty() || !o.work.confusion.empty()) ui::ensure_gui_application(argc, argv);
    writer = {ui::write_report, ui::write_confusion};
#else
    static_cast<void>(argc);
    static_cast<void>(argv);
#endif
    hear(SIGINT, end_at_once);
    auto loaded = load_engine(engine, {});
    hear(SIGINT, interrupt);
    const int code = loaded->headless(o.work, writer, [] { return interrupted != 0; });
    loaded.reset();
    // Everything is written and joined; LibTorch would take another 0.1 s to take its tables apart.
    std::fflush(nullptr);
    std::_Exit(code);
}

int run(int argc, char** argv) {
    const Options o = read_options(argc, argv);
    const api::EngineOptions engine{o.threads, resources_folder(), o.device, o.precision, o.limits};
    if (!o.help.empty()) return std::fputs(o.help.c_str(), stdout) < 0;
    if (o.version) return print_version(engine);
    if (o.list_models) return list_models(engine);
    if (o.table) return print_table(engine);
    if (o.model_info) return print_model(engine, o.work);
#ifdef PERCEIVERSCOPE_WITH_WINDOW
    if (!o.headless && (!o.screenshot.empty() || ui::have_display()))
        return run_window(argc, argv, o, engine);
    if (!o.headless) complain({}, "There is no display; working as with --headless.");
#else
    if (!o.screenshot.empty())
        throw Error(ErrorCode::usage,
                    "This build has no window to take a picture of: it was made without Qt.");
    if (!o.headless) complain({}, "This build has no window; working as with --headless.");
#endif
    return run_headless(argc, argv, o, engine);
}

}  // namespace
}  // namespace perceiver

int main(int argc, char** argv) {
    // Waiting OpenMP threads must sleep: they share the machine with the window and with everybody else.
    // libgomp reads this before main, because Qt brings it in, so the program starts itself once more (15 ms;
    // LibTorch isn't here yet).
    if (!std::getenv("OMP_WAIT_POLICY")) {
        setenv("OMP_WAIT_POLICY", "passive", 0);
        execv("/proc/self/exe", argv);
    }
    try {
        return perceiver::run(argc, argv);
    } catch (const perceiver::Error& error) {
        perceiver::complain({}, error.sentence());
        return static_cast<int>(error.code);
    } catch (const std::exception& error) {
        perceiver::complain({}, error.what());
        return static_cast<int>(perceiver::ErrorCode::out_of_resources);
    }
}
