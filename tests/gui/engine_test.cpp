// The window on the real engine and the bundled model: from a dropped file to the answer, as a person gets
// it.
#include <QApplication>
#include <QDropEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <algorithm>
#include <cmath>
#include <set>

#include "app/perceiverscope/engine_module.h"
#ifdef PERCEIVERSCOPE_WITH_HUB_SERVER
#include "support/hub_server.h"
#endif
#include "fake_output.h"
#include "own_places.h"
#include "ui/main_window.h"
#include "ui/panels/answer_panel.h"
#include "ui/panels/hub_panel.h"
#include "ui/panels/permutation_lab.h"
#include "ui/panels/rivals_lab.h"
#include "ui/panels/tool_row.h"
#include "ui/state/player.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"
#include "ui/views/audio_view.h"
#include "ui/views/image_view.h"
#include "ui/views/view_pane.h"
#include "ui/views/video_view.h"

static void initResources() { Q_INIT_RESOURCE(perceiverscope); }

namespace perceiver::ui::test {

class EngineTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void init();
    void cleanup() { window_.reset(); }

    void droppedSampleIsAnsweredWithAMapPerCrossAttend();
    void hoverAgreesWithTheMapAndTheReaders();
    void latentMapsAverageToTheMean();
    void travellingPositionsChangeNothingButFloatNoise();
    void rivalsNeedTheOrderThatThePerceiverDoesNot();
    void aRunOverManySeedsIsCountedAndStopped();
    void unreadableFileChangesNothing();
    void secondFileReplacesTheFirst();
    void aFilmPlaysOnWhileTheModelFollows();
    void aModelOfTheHubIsFetchedAndUsed();
    void aSoundIsAnsweredSeenAndHeard();
    void closingWhileRunningIsClean();

  private:
    static constexpr int kPatience = 60'000;  // a loaded machine under a sanitizer, not a measurement
    void drop(const QString& path);
    void dropAndWait(const QString& name);
    State& state() { return window_->state(); }

    const OwnPlaces places_;
    QTemporaryDir folder_;
    QString samples_;
    std::unique_ptr<MainWindow> window_;
};

void EngineTest::initTestCase() {
    initResources();
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    useTheme(Theme::dark);
    samples_ = QString::fromStdString(resources_folder()) + "/samples/";
    if (load_engine({0, resources_folder()}, {})->models().empty())
        QSKIP("No model is bundled: resources/models is empty.");
}

void EngineTest::init() {
    window_ = std::make_unique<MainWindow>(
        [](api::Sink sink) {
            return load_engine({0, resources_folder()}, std::move(sink));
        },
        samples_);
    window_->resize(1280, 800);
    window_->show();
    QTRY_VERIFY_WITH_TIMEOUT(!state().models().empty(), kPatience);
}

void EngineTest::drop(const QString& path) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter({200, 200}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &enter);
    QDropEvent event({200, 200}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &event);
}

void EngineTest::dropAndWait(const QString& name) {
    QSignalSpy finished(&state(), &State::finished);
    drop(samples_ + name);
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(state().grid(), kPatience);
}

void EngineTest::droppedSampleIsAnsweredWithAMapPerCrossAttend() {
    dropAndWait("ship.jpg");
    const QStringList answers = window_->findChild<AnswerPanel*>("answerPanel")->list()->lines();
    QVERIFY2(answers.value(0).startsWith("ship "), qPrintable(answers.value(0)));
    const ResultPtr r = state().result();
    double all = 0;
    for (const api::Prediction& p : r->predictions) all += double(p.probability);
    QVERIFY(std::abs(all - 1) < 1e-4);
    QVERIFY(r->cross.size() >= 2);
    for (const CrossResult& cross : r->cross) {
        QVERIFY(cross.mean);
        double sum = 0;
        for (const float v : cross.mean->values) sum += double(v);
        QVERIFY2(std::abs(sum - 1) < 1e-3, qPrintable(QString::number(sum)));
    }
    const auto* view = window_->findChild<ImageView*>("imageView");
    QCOMPARE(view->mapImage().size(), QSize(r->model->input_cols, r->model->input_rows));
    QVERIFY(window_->findChild<StatusLine*>("statusLine")->text().startsWith("Done in"));
}

void EngineTest::hoverAgreesWithTheMapAndTheReaders() {
    dropAndWait("truck.jpg");
    state().selectCrossAttend(1);
    auto* view = window_->findChild<ImageView*>("imageView");
    const int element = 300;
    const QPointF at = view->elementCentre(element);
    QMouseEvent move(QEvent::MouseMove, at, view->mapToGlobal(at), Qt::NoButton, Qt::NoButton,
                     Qt::NoModifier);
    QApplication::sendEvent(view, &move);
    QTRY_VERIFY_WITH_TIMEOUT(state().element(), kPatience);
    const double shown = double(state().result()->cross[1].mean->values[std::size_t(element)]);
    QVERIFY(std::abs(double(state().element()->attention) - shown) <= 1e-4 * shown + 1e-9);
    QVERIFY(view->hoverCard()->text().contains("attention " + significant(shown)));
    QVERIFY(view->hoverCard()->text().contains("read most by latents " +
                                               QString::number(state().element()->readers.front().first)));
}

void EngineTest::latentMapsAverageToTheMean() {
    dropAndWait("airplane.jpg");
    const GridPtr grid = state().grid();
    const MapPtr mean = state().result()->cross[0].mean;
    QCOMPARE(grid->latents, state().result()->model->latents);
    if (grid->rows != mean->rows) QSKIP("The small multiples are averaged down for this model.");
    const std::size_t elements = mean->values.size();
    for (std::size_t e = 0; e < elements; e += 37) {
        double sum = 0;
        for (int n = 0; n < grid->latents; ++n) sum += double(grid->thumbs[std::size_t(n) * elements + e]);
        const double average = sum / grid->latents;
        QVERIFY(std::abs(average - double(mean->values[e])) <= 1e-4 * average + 1e-8);
    }
}

void EngineTest::travellingPositionsChangeNothingButFloatNoise() {
    dropAndWait("ship.jpg");
    QTRY_VERIFY_WITH_TIMEOUT(state().shuffle().travel && state().shuffle().stay, kPatience);
    QVERIFY(state().shuffle().travel->largest_logit_difference < 1e-3);
    QVERIFY(state().shuffle().stay->largest_logit_difference > 0.1);
    QCOMPARE(state().shuffle().travel->predictions.front().label,
             state().result()->predictions.front().label);
    const auto* lab = window_->findChild<PermutationLab*>("permutationLab");
    QVERIFY(lab->armText(api::Arm::travel).contains("float noise") ||
            lab->armText(api::Arm::travel).contains("not one bit"));
}

void EngineTest::rivalsNeedTheOrderThatThePerceiverDoesNot() {
    dropAndWait("ship.jpg");
    QTest::mouseClick(window_->findChild<QWidget*>("labTab1"), Qt::LeftButton);
    auto* use = window_->findChild<QToolButton*>("rivalsUseModel");
    const auto* board = window_->findChild<RivalsLab*>("rivalsLab")->board();
    QTRY_VERIFY_WITH_TIMEOUT(use->isVisible() || board->rows() > 1, kPatience);
    if (use->isVisible()) QTest::mouseClick(use, Qt::LeftButton);  // the default model knows other classes
    QTRY_VERIFY_WITH_TIMEOUT(state().rivals().of(api::Arm::none) && state().shuffled(), kPatience);
    QCOMPARE(board->rows(), 6);
    for (const api::RivalAnswer& answer : *state().rivals().of(api::Arm::travel)) {
        QCOMPARE(answer.predictions.front().label, std::string("ship"));
        QCOMPARE(answer.largest_logit_difference < 1e-3, answer.rival->type == "transformer");
    }
    QVERIFY(state().shuffle().travel->largest_logit_difference < 1e-3);
}

void EngineTest::aRunOverManySeedsIsCountedAndStopped() {
    dropAndWait("ship.jpg");
    state().setTrialSeeds(3);
    state().trials().start();
    QTRY_VERIFY_WITH_TIMEOUT(!state().trials().running(), kPatience);
    const api::TrialsResult& counted = *state().trials().result();
    QCOMPARE(counted.done, 1);
    QCOMPARE(counted.rows.front().arm, api::Arm::travel);
    QCOMPARE(counted.rows.front().same, 3);
    state().setTrialSeeds(10'000);
    state().trials().start();
    QTRY_VERIFY_WITH_TIMEOUT(state().trials().result(), kPatience);
    state().trials().stop();
    const std::int64_t shuffles = state().trials().result()->rows.front().shuffles;
    state().setTrialSeeds(1);
    state().trials().start();  // waits for the one before to end
    QTRY_VERIFY_WITH_TIMEOUT(!state().trials().running(), kPatience);
    QVERIFY(shuffles < 10'000 && state().trials().result()->rows.front().shuffles == 1);
}

void EngineTest::unreadableFileChangesNothing() {
    dropAndWait("automobile.jpg");
    const ResultPtr before = state().result();
    QFile bad(folder_.filePath("text.png"));
    QVERIFY(bad.open(QIODevice::WriteOnly));
    bad.write("This is text.");
    bad.close();
    QSignalSpy failed(&state(), &State::failed);
    drop(bad.fileName());
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, kPatience);
    QVERIFY(window_->findChild<NoticeBar*>("noticeBar")->sentence().startsWith("text.png: "));
    QCOMPARE(state().result(), before);
    state().pin(3);  // and what is shown can still be asked about
    QTRY_VERIFY_WITH_TIMEOUT(state().pinnedMap(), kPatience);
}

void EngineTest::secondFileReplacesTheFirst() {
    QSignalSpy finished(&state(), &State::finished);
    drop(samples_ + "truck.jpg");
    drop(samples_ + "ship.jpg");
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, kPatience);
    QCOMPARE(QString::fromStdString(state().result()->file->name), QString("ship.jpg"));
    QVERIFY(!state().busy());
}

void EngineTest::aFilmPlaysOnWhileTheModelFollows() {
    if (!QFile::exists(samples_ + "camera-moves.mp4")) QSKIP("There is no sample film.");
    state().setModel("image-cifar10-fourier");
    dropAndWait("camera-moves.mp4");
    auto* view = window_->findChild<VideoView*>("videoView");
    QVERIFY(view->isVisible());
    std::set<double> shown, read;
    int blank = 0;
    connect(&state().player(), &Player::positionChanged, view, [&] { shown.insert(view->frame()->shownTime()); });
    connect(&state(), &State::opened, view, [&] { read.insert(state().result()->file->film->times.front()); });
    connect(&state(), &State::mapChanged, view, [&] { blank += state().shownMap() == nullptr; });
    QSignalSpy failed(&state(), &State::failed);
    state().player().play();
    QTRY_VERIFY_WITH_TIMEOUT(state().player().position() > 1.5 && read.size() > 2 && shown.size() > 5, kPatience);
    state().player().pause();
    QTRY_VERIFY_WITH_TIMEOUT(!state().busy(), kPatience);
    QCOMPARE(blank, 0);
    QVERIFY(view->frame()->frames().bytes() <= FilmFrames::kMostBytes);
    state().player().seek(state().player().duration());  // its end can be looked at too
    QTRY_VERIFY_WITH_TIMEOUT(!state().busy(), kPatience);
    QCOMPARE(failed.size(), 0);
}

void EngineTest::aModelOfTheHubIsFetchedAndUsed() {
#ifdef PERCEIVERSCOPE_WITH_HUB_SERVER
    samples::HubServer hub;
    const auto model = samples::file_bytes(resources_folder() + "/models/image-cifar10-fourier.safetensors");
    hub.serve("someone/tiny", "main", std::string(40, 'a'), {{"model.safetensors", model}});
    qputenv("HF_ENDPOINT", hub.endpoint().c_str());
    qputenv("HF_HUB_CACHE", folder_.filePath("hub").toUtf8());
    qputenv("no_proxy", "*");
    dropAndWait("ship.jpg");
    const auto before = state().result()->predictions.front();
    QTest::keyClick(window_.get(), Qt::Key_G);
    auto* panel = window_->findChild<HubPanel*>("hubPanel");
    QTRY_VERIFY_WITH_TIMEOUT(panel->row("hub:deepmind/vision-perceiver-fourier"), kPatience);
    auto* field = window_->findChild<QLineEdit*>("hubOther");
    const auto get = [&](const char* name) {
        QTest::keyClicks(field, name);
        QTest::keyClick(field, Qt::Key_Return);
        return panel->row(QString("hub:") + name);
    };
    hub.fail("GET /someone/tiny/resolve", samples::Fault::cut, 1);
    HubRow* row = get("someone/tiny");
    QTRY_VERIFY_WITH_TIMEOUT(row->words().contains("goes on from there"), kPatience);
    QTest::mouseClick(row->button(), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(row->button()->text(), QString("Use"), kPatience);
    QCOMPARE(hub.seen().back().headers.count("range"), std::size_t(1));
    HubRow* wrong = get("someone/misspelt");
    QTRY_VERIFY_WITH_TIMEOUT(wrong->words().contains("check the spelling"), kPatience);
    QSignalSpy finished(&state(), &State::finished);
    QTest::mouseClick(row->button(), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, kPatience);
    QCOMPARE(state().model()->id, std::string("hub:someone/tiny"));
    QCOMPARE(state().result()->predictions.front().logit, before.logit);
#else
    QSKIP("This build fetches nothing: it was made without libcurl.");
#endif
}

namespace {

constexpr double kTau = 6.283185307179586;

/// Six seconds of two tones, as a WAV file: 16 bits, two channels.
QByteArray twoTones() {
    constexpr quint32 rate = 44'100, frames = 6 * rate;
    QByteArray file;
    const auto put = [&](auto number) { file.append(reinterpret_cast<const char*>(&number), sizeof number); };
    file += "RIFF";
    put(quint32(36 + 4 * frames));
    file += "WAVEfmt ";
    put(quint32(16)), put(quint16(1)), put(quint16(2)), put(rate), put(quint32(4 * rate)), put(quint16(4)),
        put(quint16(16));
    file += "data";
    put(quint32(4 * frames));
    for (quint32 i = 0; i < frames; ++i) {
        put(qint16(8000 * std::sin(kTau * 440 * i / rate)));
        put(qint16(4000 * std::sin(kTau * 1500 * i / rate)));
    }
    return file;
}

}  // namespace

void EngineTest::aSoundIsAnsweredSeenAndHeard() {
    const auto& models = state().models();
    if (std::none_of(models.begin(), models.end(), [](const auto& m) { return m.reads == "audio"; }))
        QSKIP("No model of sound is bundled.");
    QFile file(folder_.filePath("tones.wav"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(twoTones());
    file.close();
    FakeOutput* output = nullptr;
    state().player().setOutput([&] {
        auto made = std::make_unique<FakeOutput>();
        output = made.get();
        return made;
    });
    QSignalSpy finished(&state(), &State::finished);
    drop(file.fileName());
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, kPatience);
    auto* view = window_->findChild<AudioView*>("audioView");
    QCOMPARE(window_->findChild<ViewPane*>("viewPane")->view(), view);
    const api::InputPart& part = state().result()->file->parts.front();
    QCOMPARE(std::size_t(part.grid.count()), state().shownMap()->values.size());

    // The element under 440 Hz, two seconds in, says so.
    const int row = int(std::upper_bound(part.hertz.begin(), part.hertz.end(), 440.0) - part.hertz.begin()) - 1;
    const int element = row * part.grid.cols + int(2 / part.step);
    const QPointF at = view->elementCentre(element);
    QMouseEvent move(QEvent::MouseMove, at, view->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(view, &move);
    QTRY_VERIFY_WITH_TIMEOUT(state().element() && state().element()->element == element, kPatience);
    QVERIFY(view->hoverCard()->text().contains(
        "attention " + significant(double(state().shownMap()->values[std::size_t(element)]))));

    // What is heard is the file; it is longer than the model's window, and is seen whole.
    Player& player = state().player();
    player.play();
    QTRY_VERIFY_WITH_TIMEOUT(output && output->queue && output->queue->waiting() >= 1, kPatience);
    const auto heard = output->pull(0.4);
    for (std::size_t i = 0; i < heard.size(); i += 97)
        QVERIFY(std::abs(double(heard[i]) - 8000.0 / 32768 * std::sin(kTau * 440 * double(i) / SoundQueue::kRate)) <
                0.01);
    player.pause();
    QTRY_VERIFY_WITH_TIMEOUT(player.outline() && player.outline()->complete, kPatience);

    // Alone, what the model attends to; shuffled, what it receives.
    QTRY_VERIFY_WITH_TIMEOUT(state().shuffle().stay, kPatience);
    QCOMPARE(state().shuffle().stay->sound.size(), state().result()->file->sound->samples.size());
    QVERIFY(state().shuffle().stay->spectrogram);
    player.setSolo(true);
    player.play();
    QTRY_VERIFY_WITH_TIMEOUT(output->queue && output->queue->waiting() >= 1, kPatience);
}

void EngineTest::closingWhileRunningIsClean() {
    drop(samples_ + "ship.jpg");
    QTRY_VERIFY_WITH_TIMEOUT(state().result(), kPatience);
    window_->close();
    window_.reset();
}

}  // namespace perceiver::ui::test

int main(int argc, char** argv) {
    QApplication app(argc, argv);
    QApplication::setOrganizationName("PerceiverScope");
    QApplication::setApplicationName("test");
    perceiver::ui::test::EngineTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "engine_test.moc"
