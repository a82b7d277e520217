// What is heard of a sound, through a device of the test's own.
#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <cmath>

#include "sound_fixture.h"
#include "ui/state/resample.h"

namespace perceiver::ui::test {

namespace {

constexpr int kRate = SoundQueue::kRate;

double loudest(const std::vector<float>& a) {
    double most = 0;
    for (const float x : a) most = std::max(most, std::abs(double(x)));
    return most;
}

}  // namespace

class PlayingTest final : public SoundFixture {
    Q_OBJECT

  private slots:
    void piecesJoinWithoutAGap();
    void loopsWrapToTheFrame();
    void aSeekDropsWhatWaited();
    void pauseStopsTheDeviceAndKeepsThePlace();
    void theEndStops();
    void soloIsHeardAndFollowsTheCrossAttend();
    void shuffledSoundIsHeardFromTheLab();
    void withoutADeviceTheClockGoesOn();
    void theSystemsDevicePlaysOrSaysThereIsNone();
    void resamplingKeepsATone();
    void queueKnowsWhatIsHeard();
};

void PlayingTest::piecesJoinWithoutAGap() {
    startSound();
    open();
    player().seek(0.123);
    player().play();
    const auto heard = output_->pull(2);
    QVERIFY(difference(heard, engineSound(0.123, 2.123)) < 1e-4);
    QVERIFY(engine_->sounds.size() >= 4);
    SOON_VERIFY(std::abs(player().position() - 2.123) < 1e-3);  // where the sound is, not where a clock is
}

void PlayingTest::loopsWrapToTheFrame() {
    startSound();
    open();
    player().setLoop(std::pair{0.5, 0.8});
    player().play();
    auto expected = engineSound(0.5, 0.8);
    const auto once = expected;
    for (int i = 0; i < 3; ++i) expected.insert(expected.end(), once.begin(), once.end());
    QVERIFY(difference(output_->pull(1.2), expected) < 1e-4);
    QVERIFY(player().playing());
    player().setLoop(std::nullopt);
    QVERIFY(!find<QToolButton>("soundLoopButton")->isChecked());
}

void PlayingTest::aSeekDropsWhatWaited() {
    startSound();
    open();
    player().play();
    output_->pull(0.3);
    player().seek(2);
    QVERIFY(std::abs(player().position() - 2) < 1e-9);
    const auto heard = output_->pull(0.5);
    QVERIFY(difference(heard, engineSound(2, 2.5)) < 1e-4);
    QCOMPARE(output_->starts, 1);
}

void PlayingTest::pauseStopsTheDeviceAndKeepsThePlace() {
    startSound();
    open();
    player().play();
    output_->pull(0.4);
    SOON_VERIFY(std::abs(player().position() - 0.4) < 1e-3);
    player().pause();
    QCOMPARE(output_->stops, 1);
    QVERIFY(!output_->queue);
    player().play();
    QVERIFY(difference(output_->pull(0.2), engineSound(player().position(), player().position() + 0.2)) < 1e-4);
}

void PlayingTest::theEndStops() {
    startSound();
    open();
    player().seek(2.8);
    player().play();
    const auto heard = output_->pull(0.3);
    QVERIFY(difference({heard.begin(), heard.begin() + kRate / 5}, engineSound(2.8, 3)) < 1e-4);
    QVERIFY(loudest({heard.begin() + kRate / 5, heard.end()}) == 0);
    SOON_VERIFY(!player().playing());
    QCOMPARE(player().position(), 3.0);
    player().play();  // again, from the start
    QVERIFY(difference(output_->pull(0.1), engineSound(0, 0.1)) < 1e-4);
}

void PlayingTest::soloIsHeardAndFollowsTheCrossAttend() {
    startSound();
    open();
    state().selectCrossAttend(1);
    player().setSolo(true);
    player().play();
    SOON_COMPARE(engine_->solos.size(), std::size_t(1));
    QCOMPARE(engine_->solos.back().cross_attend, 1);
    const auto heard = output_->pull(1);
    auto half = engineSound(0, 1);
    for (float& x : half) x /= 2;
    QVERIFY(difference({heard.begin() + 4800, heard.end() - 4800}, {half.begin() + 4800, half.end() - 4800}) < 0.01);
    state().selectCrossAttend(2);
    state().pin(7);
    QCOMPARE(engine_->solos.back().cross_attend, 2);
    QCOMPARE(engine_->solos.back().latent, 7);
    player().setSolo(false);
    const double at = player().position();
    QVERIFY(difference(output_->pull(0.2), engineSound(at, at + 0.2)) < 1e-4);
}

void PlayingTest::shuffledSoundIsHeardFromTheLab() {
    startSound();
    open();
    SOON_VERIFY(state().shuffle().stay);
    auto* hear = find<QToolButton>("armStayHear");
    QVERIFY(hear->isVisible());
    const std::vector<float> samples(state().shuffle().stay->sound.size(), 0.25F);
    hear->click();
    QVERIFY(player().playing() && player().source() == Player::Source::shuffled);
    QVERIFY(find<QLabel>("soundRemark")->text().contains("shuffled"));
    api::PermutationResult made;
    made.sound = samples;
    player().hearShuffled(made);
    const auto heard = output_->pull(0.5);
    QVERIFY(difference({heard.begin() + 4800, heard.end()}, std::vector<float>(heard.size() - 4800, 0.25F)) < 0.01);
    output_->pull(2.6);
    SOON_VERIFY(!player().playing());
    QVERIFY(player().source() == Player::Source::file);
}

void PlayingTest::withoutADeviceTheClockGoesOn() {
    device_ = false;
    startSound();
    open();
    player().play();
    QVERIFY(player().playing());
    QVERIFY(player().soundless());
    SOON_VERIFY(player().position() > 0.05);
    QVERIFY(find<QLabel>("soundRemark")->text().contains("no sound device"));
    player().seek(2.95);
    SOON_VERIFY(!player().playing());
    device_ = output_->there = true;  // one was plugged in
    player().play();
    output_->pull(0.1);
    SOON_VERIFY(!player().soundless());
}

void PlayingTest::theSystemsDevicePlaysOrSaysThereIsNone() {
    const auto output = systemAudioOutput();
    QSignalSpy absent(output.get(), &AudioOutput::absent);
    const auto queue = std::make_shared<SoundQueue>();
    queue->restart(0);
    std::vector<float> frames;
    for (const float x : engineSound(0, 0.4)) frames.insert(frames.end(), 2, x);
    queue->add(0, frames);
    queue->end();
    output->start(queue);
    QVERIFY(soon([&] { return !absent.isEmpty() || queue->over(output->played()); }, 30'000));
    if (absent.isEmpty()) QVERIFY(std::abs(queue->position(output->played()) - 0.4) < 1e-9);
    output->stop();
}

void PlayingTest::resamplingKeepsATone() {
    for (const int from : {8'000, 22'050, 48'000, 96'000}) {
        std::vector<float> tone;
        for (int i = 0; i < from / 2; ++i) tone.push_back(0.5F * float(std::sin(i * 2 * 3.14159265 * 1000 / from)));
        const auto out = resampled(tone, from, kRate);
        QCOMPARE(out.size(), std::size_t(kRate / 2));
        for (std::size_t i = 2000; i < out.size() - 2000; ++i)
            QVERIFY(std::abs(double(out[i]) - 0.5 * std::sin(double(i) * 2 * 3.14159265 * 1000 / kRate)) < 0.005);
    }
    QVERIFY(resampled({}, 8000, kRate).empty());
}

void PlayingTest::queueKnowsWhatIsHeard() {
    SoundQueue queue;
    queue.restart(10);
    QCOMPARE(queue.position(0), 10.0);
    std::vector<float> frames(2 * kRate);
    queue.take(frames.data(), kRate / 2);  // half a second of silence: nothing was there yet
    QCOMPARE(queue.position(kRate / 4), 10.0);
    queue.add(10, std::vector<float>(2 * kRate, 0.5F));
    QCOMPARE(queue.waiting(), 1.0);
    queue.take(frames.data(), kRate);
    QCOMPARE(queue.position(kRate / 2 + kRate / 4), 10.25);
    QVERIFY(!queue.over(kRate + kRate / 2));
    queue.end();
    QVERIFY(!queue.over(kRate));  // taken, not heard yet
    QVERIFY(queue.over(kRate + kRate / 2));
    queue.restart(3);
    QCOMPARE(queue.position(kRate), 3.0);
    QVERIFY(!queue.over(10 * kRate));
}

QObject* makePlayingTest() { return new PlayingTest; }

}  // namespace perceiver::ui::test

#include "playing_test.moc"
