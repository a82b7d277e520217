// How long the real window on the real engine takes from an event to its paint, without a display: hovering latents,
// hovering pixels, scrubbing cross-attends; and how long the event loop stands still while a forward pass runs.
//   ps_window_bench [MODEL] PICTURE      e.g. a model of 50,176 inputs and 512 latents from ps_random_model
#include <QApplication>
#include <QElapsedTimer>
#include <QLocale>
#include <QMouseEvent>
#include <algorithm>
#include <cstdio>
#include <vector>

#include "app/perceiverscope/engine_module.h"
#include "tests/gui/own_places.h"
#include "ui/main_window.h"
#include "ui/panels/latents_panel.h"
#include "ui/style/theme.h"
#include "ui/views/image_view.h"

static void initResources() { Q_INIT_RESOURCE(perceiverscope); }

namespace perceiver::ui {
namespace {

constexpr int kEvents = 300;

/// Counts the paints of one widget.
class Paints final : public QObject {
  public:
    explicit Paints(QWidget* of) { of->installEventFilter(this); }
    int count = 0;

  protected:
    bool eventFilter(QObject*, QEvent* event) override {
        count += event->type() == QEvent::Paint;
        return false;
    }
};

void tell(const char* what, std::vector<double> ms) {
    if (ms.empty()) return;
    std::sort(ms.begin(), ms.end());
    const auto at = [&](double part) { return ms[std::min(ms.size() - 1, std::size_t(part * double(ms.size())))]; };
    std::printf("%-28s median %6.2f  p95 %6.2f  p99 %6.2f  longest %6.2f ms  (%zu events)\n", what, at(0.5), at(0.95),
                at(0.99), ms.back(), ms.size());
}

/// From the call to the end of the first paint that it makes `of` do; events in between are handled as they come.
template <class Act>
double timeToPaint(Paints& of, Act act) {
    const int before = of.count;
    QElapsedTimer timer;
    timer.start();
    act();
    while (of.count == before && timer.elapsed() < 2000) QCoreApplication::processEvents();
    return double(timer.nsecsElapsed()) / 1e6;
}

void rest(int ms) {
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < ms) QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
}

void move(QWidget* to, const QPointF& at) {
    QMouseEvent event(QEvent::MouseMove, at, to->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(to, &event);
}

/// The longest time between two turns of the event loop from now until `done`.
double longestBlock(const std::function<bool()>& done) {
    QElapsedTimer whole, turn;
    whole.start();
    double longest = 0;
    while (!done() && whole.elapsed() < 120'000) {
        turn.start();
        QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
        longest = std::max(longest, double(turn.nsecsElapsed()) / 1e6);
    }
    return longest;
}

int run(const QString& model, const QString& picture) {
    MainWindow window([](api::Sink sink) { return load_engine({0, resources_folder()}, std::move(sink)); }, QString());
    State& state = window.state();
    window.resize(1440, 900);
    window.show();
    while (state.models().empty()) QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
    state.setModel(model);
    window.openFiles({picture});
    const auto finished = [&] { return !state.busy() && state.result() && state.result()->finished && state.grid(); };
    longestBlock(finished);
    if (!finished()) return 1;
    const ResultPtr r = state.result();
    std::printf("%s: %d inputs, %d latents, %zu cross-attends\n", r->model->id.c_str(), r->elements(),
                r->model->latents, r->model->stages.size());
    auto* view = window.findChild<ImageView*>("imageView");
    auto* grid = window.findChild<LatentsGrid*>("latentsGrid");
    Paints paints(view);
    rest(500);
    std::vector<double> ms;
    for (int i = 0; i < kEvents; ++i) {
        const int place = i * 7 % std::min(64, r->model->latents);
        ms.push_back(timeToPaint(paints, [&] { move(grid->viewport(), QPointF(grid->cellRect(place).center())); }));
        rest(8);
    }
    tell("hovering latents", ms);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(grid->viewport(), &leave);
    rest(300);
    const auto hoverPixels = [&](const char* what, Paints& of) {
        ms.clear();
        for (int i = 0; i < kEvents; ++i) {
            ms.push_back(timeToPaint(
                of, [&] { move(view, view->elementCentre(int((std::int64_t(i) * 7919) % r->elements()))); }));
            rest(8);
        }
        tell(what, ms);
        QApplication::sendEvent(view, &leave);
        rest(300);
    };
    hoverPixels("hovering pixels", paints);
    window.actionTable()["positions"]->trigger();
    rest(500);
    hoverPixels("... with Positions open", paints);
    Paints likeness(window.findChild<QWidget*>("likenessMap"));
    hoverPixels("... until Positions show it", likeness);
    window.actionTable()["lab"]->trigger();
    rest(500);
    ms.clear();
    const int stages = int(r->model->stages.size());
    for (int i = 1; i < kEvents && stages > 1; ++i) {
        ms.push_back(timeToPaint(paints, [&] { state.selectCrossAttend(i % stages); }));
        rest(8);
    }
    tell("scrubbing cross-attends", ms);
    std::vector<double> blocks;
    for (int i = 0; i < 3; ++i) {
        window.openFiles({picture});
        blocks.push_back(longestBlock([&] { return state.result() && state.result() != r && finished(); }));
        rest(200);
    }
    tell("event loop, during a run", blocks);
    return 0;
}

}  // namespace
}  // namespace perceiver::ui

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: ps_window_bench [MODEL] PICTURE\n");
        return 2;
    }
    qputenv("QT_QPA_PLATFORM", "offscreen");
    initResources();
    QApplication app(argc, argv);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    const perceiver::ui::test::OwnPlaces places;
    perceiver::ui::useTheme(perceiver::ui::Theme::dark);
    return perceiver::ui::run(argc > 2 ? QString::fromLocal8Bit(argv[1]) : QString(),
                              QString::fromLocal8Bit(argv[argc - 1]));
}
