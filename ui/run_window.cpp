#include "ui/run_window.h"

#include <unistd.h>

#include <QApplication>
#include <QFile>
#include <QLocale>
#include <QSettings>
#include <QTemporaryDir>
#include <QTimer>
#include <cstdio>
#include <ctime>
#include <utility>

#include "ui/ending.h"
#include "ui/main_window.h"
#include "ui/style/messages.h"
#include "ui/style/theme.h"

static void initResources() { Q_INIT_RESOURCE(perceiverscope); }  // the macro wants no namespace around it

namespace perceiver::ui {

namespace {

/// Seconds since the process began, by the kernel's clock (steps of 10 ms).
double sinceStart() {
    QFile file("/proc/self/stat");
    if (!file.open(QIODevice::ReadOnly)) return -1;
    const QByteArray all = file.readAll();
    const auto fields = all.mid(all.lastIndexOf(')') + 2).split(' ');
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return double(now.tv_sec) + 1e-9 * double(now.tv_nsec) -
           fields.value(19).toDouble() / double(sysconf(_SC_CLK_TCK));
}

void reportTimes(MainWindow& window) {
    std::fprintf(stderr, "main           %.3f s\n", sinceStart());
    QObject::connect(&window, &MainWindow::painted,
                     [] { std::fprintf(stderr, "window painted %.3f s\n", sinceStart()); });
    QObject::connect(&window.state(), &State::modelsChanged,
                     [] { std::fprintf(stderr, "engine ready   %.3f s\n", sinceStart()); });
    QObject::connect(&window.state(), &State::opened,
                     [] { std::fprintf(stderr, "model loaded   %.3f s\n", sinceStart()); });
    QObject::connect(&window.state(), &State::resultChanged, [&window, told = false]() mutable {
        const ResultPtr r = window.state().result();
        if (std::exchange(told, r && !r->cross.empty() && r->cross.front().mean) != told && told)
            std::fprintf(stderr, "first map      %.3f s\n", sinceStart());
    });
    QObject::connect(&window.state(), &State::finished,
                     [] { std::fprintf(stderr, "result shown   %.3f s\n", sinceStart()); });
}

Theme wantedTheme(const WindowOptions& options) {
    const QString name =
        options.theme.empty() ? QSettings().value("theme").toString() : QString::fromStdString(options.theme);
    if (name == "dark") return Theme::dark;
    if (name == "light") return Theme::light;
    return systemTheme();
}

/// Saves the window once everything asked for is in it.
class Photographer : public QObject {
  public:
    Photographer(MainWindow& window, const WindowOptions& options) : window_(window), options_(options) {
        State& state = window.state();
        for (const auto signal : {&State::finished, &State::mapChanged, &State::gridChanged,
                                  &State::shuffleChanged, &State::modelsChanged})
            connect(&state, signal, this, &Photographer::look);
        connect(&state.explanation(), &Explanation::changed, this, &Photographer::look);
        connect(&state, &State::opened, this, [this, &state] {
            const ResultPtr r = state.result();
            if (!r || done_ ||
                (options_.cross_attend < int(r->model->stages.size()) && options_.latent < r->model->latents))
                return;
            std::fprintf(stderr, "perceiverscope: The model has %zu cross-attends and %d latents.\n",
                         r->model->stages.size(), r->model->latents);
            finish(int(ErrorCode::usage));
        });
        connect(&state, &State::failed, this, [this](const QString& name, const QString& sentence, int code) {
            std::fprintf(stderr, "perceiverscope: %s%s\n", name.isEmpty() ? "" : qPrintable(name + ": "),
                         qPrintable(sentence));
            finish(code);
        });
    }

  private:
    void look() {
        const State& state = window_.state();
        const bool open =
            options_.files.empty() ? !state.models().empty() : state.result() && state.result()->finished;
        const bool mapped = options_.files.empty() ||
                            (state.grid() && state.shownMap() && state.shownMap()->scale == options_.scale);
        const bool shuffled = options_.files.empty() || !options_.permute || state.shuffled();
        const bool explained = !state.explanation().progress();
        if (open && mapped && shuffled && explained && !done_) {
            done_ = true;
            QTimer::singleShot(0, this, [this] { shoot(); });
        }
    }

    void shoot() {
        const bool saved = window_.grab().save(QString::fromStdString(options_.screenshot));
        if (!saved)
            std::fprintf(stderr, "perceiverscope: %s: The picture could not be written.\n",
                         options_.screenshot.c_str());
        finish(saved ? 0 : int(ErrorCode::out_of_resources));
    }

    void finish(int code) {
        done_ = true;
        QTimer::singleShot(0, qApp, [code] { QCoreApplication::exit(code); });
    }

    MainWindow& window_;
    const WindowOptions& options_;
    bool done_ = false;
};

void prepare(MainWindow& window, const WindowOptions& options) {
    State& state = window.state();
    state.setModel(QString::fromStdString(options.model));
    state.setAttend(options.attend);
    state.setStart(options.start);
    state.setPose(options.pose);
    state.setHyperparameters(options.hyperparameters);
    ViewState view = state.view();  // as remembered, but for what the command line says
    if (options.cross_attend > 0) view.crossAttend = options.cross_attend;
    if (options.scale != api::Scale::probability || !options.screenshot.empty()) view.scale = options.scale;
    view.pinned = view.pins[0] = options.latent;
    view.seed = options.permute.value_or(view.seed);
    state.startWith(view);
    if (options.permute) state.wantShuffle(&window, true);
    QStringList files;
    for (const std::string& file : options.files) files << QString::fromStdString(file);
    if (files.isEmpty() && options.screenshot.empty())
        window.resume();
    else
        window.openFiles(files);
}

}  // namespace

bool have_display() {
    return !qEnvironmentVariableIsEmpty("DISPLAY") || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") ||
           !qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM");
}

int run_window(int& argc, char** argv, const WindowOptions& options) {
    if (!have_display()) qputenv("QT_QPA_PLATFORM", "offscreen");
    initResources();
    quietQt();
    QApplication app(argc, argv);
    QApplication::setOrganizationName("PerceiverScope");
    QApplication::setApplicationName("PerceiverScope");
    QApplication::setDesktopFileName("perceiverscope");
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));  // the language the window speaks
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QTemporaryDir clean;  // a picture of the window shows nobody's habits
    if (!options.screenshot.empty())
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, clean.path());
    useTheme(wantedTheme(options));

    MainWindow window(options.engine, QString::fromStdString(options.samples));
    if (options.width > 0) window.resize(options.width, options.height);
    if (options.startup_times) reportTimes(window);
    std::optional<Photographer> photographer;
    if (!options.screenshot.empty()) photographer.emplace(window, options);
    prepare(window, options);
    const Ending ending;
    heed(ending, window);
    window.show();
    return QApplication::exec();
}

}  // namespace perceiver::ui
