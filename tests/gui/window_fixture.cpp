#include "window_fixture.h"

#include <QApplication>
#include <QDropEvent>
#include <QFile>
#include <QMimeData>
#include <QMouseEvent>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>

#include "ui/panels/lab_dock.h"
#include "ui/views/image_view.h"

namespace perceiver::ui::test {

void WindowFixture::init() { QSettings().clear(); }

void WindowFixture::cleanup() {
    window_.reset();
    engine_ = nullptr;
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    for (QWidget* left : QApplication::topLevelWidgets())
        QVERIFY2(left->inherits("QTipLabel") || left->inherits("QDesktopWidget"),
                 qPrintable("left behind: " + left->objectName() + ' ' + left->metaObject()->className()));
}

void WindowFixture::start(const FakeModel& shape) { start(std::vector{makeModel(shape)}); }

void WindowFixture::start(const std::vector<api::ModelInfo>& models) {
    startWith([this, models](api::Sink sink) {
        auto engine = std::make_shared<FakeEngine>(std::move(sink), models);
        engine_ = engine.get();
        return engine;
    });
    SOON_VERIFY(state().link().ready());
}

void WindowFixture::startWith(EngineFactory factory) {
    window_ = std::make_unique<MainWindow>(std::move(factory), QString());
    window_->resize(1440, 900);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
}

QString WindowFixture::picture(const QString& name, const QSize& size, QRgb color) {
    QImage image(size, QImage::Format_RGB32);
    for (int y = 0; y < size.height(); ++y)
        for (int x = 0; x < size.width(); ++x)
            image.setPixel(x, y, (x / 40 + y / 40) % 3 ? color : qRgb(x % 256, y % 256, 128));
    const QString path = folder_.filePath(name);
    image.save(path);
    return path;
}

void WindowFixture::drop(const QString& path) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    const QPoint at = window_->rect().center();
    QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &enter);
    QVERIFY(enter.isAccepted());
    QVERIFY(find<QWidget>("dropFrame")->isVisible());
    QDropEvent event(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &event);
    QVERIFY(!find<QWidget>("dropFrame")->isVisible());
}

void WindowFixture::dropAndWait(const QString& path) {
    QSignalSpy finished(&state(), &State::finished);
    drop(path);
    SOON_COMPARE(finished.size(), 1);
    SOON_VERIFY(state().grid());
}

void WindowFixture::dropMedium(const QString& name, const api::FileInfo& told) {
    engine_->medium = told;
    QFile file(folder_.filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    dropAndWait(file.fileName());
}

void WindowFixture::hover(int element) {
    auto* view = find<ImageView>("imageView");
    const QPointF at = view->elementCentre(element);
    QMouseEvent move(QEvent::MouseMove, at, view->mapToGlobal(at), Qt::NoButton, Qt::NoButton,
                     Qt::NoModifier);
    QApplication::sendEvent(view, &move);
}

void WindowFixture::walk(std::initializer_list<const char*> actions, const std::function<void(const char*)>& look) {
    for (const char* action : actions) {
        window_->actionTable()[action]->trigger();
        if (!find<LabDock>("labDock")->isOpen()) find<LabDock>("labDock")->setOpen(true);
        QTest::qWait(0);
        if (QByteArray(action) == "trials") {
            state().trials().start();
            engine_->sendTrials(engine_->trials.back(), 1, true);
            SOON_VERIFY(!state().trials().running());
        }
        look(action);
        for (const char* floating : {"modelCard", "commandPalette", "keySheet", "tableCard", "hubPanel"})
            if (auto* card = find<QWidget>(floating)) card->hide();
    }
}

}  // namespace perceiver::ui::test
