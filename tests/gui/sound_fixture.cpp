#include "sound_fixture.h"

#include <QApplication>
#include <QFile>
#include <QMouseEvent>
#include <QTest>
#include <cmath>

namespace perceiver::ui::test {

void SoundFixture::startSound(double duration, double window, bool pitches) {
    output_ = nullptr;
    start();
    api::FileInfo file;
    file.kind = api::Kind::audio;
    file.format = "Opus";
    auto sound = std::make_shared<api::SoundInfo>();
    sound->duration = duration;
    sound->file_rate = 44'100;
    sound->file_channels = 2;
    sound->seconds = window;
    sound->rate = 16'000;
    for (int i = 0; i < int(window * sound->rate); ++i)
        sound->samples.push_back(FakeEngine::soundAt(double(i) / sound->rate));
    api::Spectrogram& s = sound->spectrogram;
    s.rows = 20;
    s.cols = 60;
    s.step = window / s.cols;
    s.low = -80;
    for (int i = 0; i < s.rows * s.cols; ++i) s.decibels.push_back(-80.0F + float(i % 60));
    for (int i = 0; i <= s.rows; ++i) s.hertz.push_back(40 * std::pow(200, double(i) / s.rows));
    file.sound = sound;
    api::InputPart part;
    part.kind = api::Kind::audio;
    part.grid = pitches ? api::Grid{1, 4, 12} : api::Grid{1, 1, 48};
    part.step = window / part.grid.cols;
    if (pitches) part.hertz = {60, 400, 1200, 3000, 7000};
    file.parts = {part};
    engine_->medium = file;
    engine_->onOpen = [this](api::JobId id) {
        const double begin = std::max(0.0, engine_->opened.at(id).start);
        auto moved = std::make_shared<api::SoundInfo>(*engine_->medium->sound);
        moved->start = moved->spectrogram.start = engine_->medium->parts[0].start = begin;
        engine_->medium->sound = moved;
        engine_->play(id);
    };
    player().setOutput([this] {
        auto made = std::make_unique<FakeOutput>();
        made->there = device_;
        output_ = made.get();
        return made;
    });
}

void SoundFixture::open(const QString& name) {
    QFile file(folder_.filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    dropAndWait(file.fileName());
}

void SoundFixture::mouse(QEvent::Type type, const QPointF& at, Qt::MouseButton button, Qt::KeyboardModifiers keys) {
    const bool up = type == QEvent::MouseButtonRelease;
    QMouseEvent event(type, at, view()->mapToGlobal(at), type == QEvent::MouseMove ? Qt::NoButton : button,
                      up ? Qt::NoButton : button, keys);
    QApplication::sendEvent(view(), &event);
}

void SoundFixture::click(const QPointF& at, Qt::KeyboardModifiers keys) {
    mouse(QEvent::MouseButtonPress, at, Qt::LeftButton, keys);
    mouse(QEvent::MouseButtonRelease, at, Qt::LeftButton, keys);
}

void SoundFixture::drag(const QPointF& from, const QPointF& to, Qt::KeyboardModifiers keys) {
    mouse(QEvent::MouseButtonPress, from, Qt::LeftButton, keys);
    for (int i = 1; i <= 5; ++i) mouse(QEvent::MouseMove, from + (to - from) * i / 5.0, Qt::LeftButton, keys);
    mouse(QEvent::MouseButtonRelease, to, Qt::LeftButton, keys);
}

QPointF SoundFixture::wave(double seconds) {
    return {view()->xOf(seconds), view()->bandRect(AudioView::Band::wave).center().y()};
}

std::vector<float> SoundFixture::engineSound(double from, double to) {
    std::vector<float> out;
    for (auto i = std::llround(from * SoundQueue::kRate); i < std::llround(to * SoundQueue::kRate); ++i)
        out.push_back(FakeEngine::soundAt(double(i) / SoundQueue::kRate));
    return out;
}

double SoundFixture::difference(const std::vector<float>& a, const std::vector<float>& b) {
    if (a.size() != b.size()) return 1e9;
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(double(a[i]) - double(b[i])));
    return most;
}

}  // namespace perceiver::ui::test
