// A window on a scripted engine, fresh for every test; what one leaves behind is a failure of that one.
#pragma once

#include <QObject>
#include <QTemporaryDir>
#include <functional>
#include <initializer_list>
#include <memory>
#include <vector>

#include "fake_engine.h"
#include "soon.h"
#include "ui/main_window.h"

namespace perceiver::ui::test {

class WindowFixture : public QObject {
    Q_OBJECT

  private slots:
    void init();
    void cleanup();

  protected:
    void start(const FakeModel& = {});
    void start(const std::vector<api::ModelInfo>&);
    void startWith(EngineFactory);
    void drop(const QString& path);
    void dropAndWait(const QString& path);
    /// A file of that name, of which the engine tells this.
    void dropMedium(const QString& name, const api::FileInfo&);
    void hover(int element);
    /// One action after the other, with the labs unfolded and their numbers there; then what floats is hidden again.
    void walk(std::initializer_list<const char*> actions, const std::function<void(const char*)>& look);
    template <class T>
    T* find(const char* name) {
        return window_->findChild<T*>(name);
    }
    State& state() { return window_->state(); }
    /// A checkered picture on the disk, of that name and size.
    QString picture(const QString& name, const QSize& size = {640, 480}, QRgb color = qRgb(90, 140, 60));

    QTemporaryDir folder_;
    std::unique_ptr<MainWindow> window_;
    FakeEngine* engine_ = nullptr;
};

}  // namespace perceiver::ui::test
