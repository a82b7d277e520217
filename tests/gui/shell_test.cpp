// The window around it all: actions, names, keys, themes, what it remembers.
#include <QAction>
#include <QLineEdit>
#include <QSettings>
#include <QTest>
#include <QToolButton>
#include <semaphore>
#include <thread>

#include "ui/panels/key_sheet.h"
#include "ui/panels/lab_dock.h"
#include "ui/state/engine_link.h"
#include "ui/style/theme.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class ShellTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void everyActionHasNameTipAndItsOwnKey();
    void everyWidgetHasAName();
    void keySheetListsEveryAction();
    void themesChangeTheColours();
    void windowRemembersTheLab();
    void anEngineStillOnItsWayIsJoinedBeforeItsLinkIsGone();
};

void ShellTest::everyActionHasNameTipAndItsOwnKey() {
    start();
    QMap<QString, QString> owner;
    for (const Actions::Entry& entry : window_->actionTable().all()) {
        const QAction* a = entry.action;
        QVERIFY(!a->objectName().isEmpty() && !a->text().isEmpty() && !a->toolTip().isEmpty() &&
                !entry.group.isEmpty());
        QVERIFY2(!a->shortcuts().isEmpty(), qPrintable(a->objectName()));
        for (const QKeySequence& key : a->shortcuts()) {
            QVERIFY2(!owner.contains(key.toString()),
                     qPrintable(key.toString() + ": " + owner[key.toString()] + ", " + a->objectName()));
            owner[key.toString()] = a->objectName();
        }
    }
    QVERIFY(owner.size() > 20);
}

void ShellTest::everyWidgetHasAName() {
    start();
    dropAndWait(picture("a.png"));
    for (const QWidget* widget : window_->findChildren<QWidget*>()) {
        const QString type = widget->metaObject()->className();
        const bool ofQt = type == "QScrollBar" || type == "QLineEditIconButton" ||
                          (type == "QWidget" && widget->parentWidget()->objectName().startsWith("qt_"));
        QVERIFY2(!widget->objectName().isEmpty() || ofQt,
                 qPrintable(type + " in " + widget->parentWidget()->objectName()));
    }
    for (const QToolButton* button : window_->findChildren<QToolButton*>())
        if (button->isVisible() && button->parentWidget()->objectName() != "answerSearch")
            QVERIFY2(!button->toolTip().isEmpty(), qPrintable(button->objectName()));
}

void ShellTest::keySheetListsEveryAction() {
    start();
    QTest::keyClick(window_.get(), Qt::Key_F1);
    auto* sheet = find<KeySheet>("keySheet");
    QVERIFY(sheet->isVisible());
    for (const Actions::Entry& entry : window_->actionTable().all())
        QVERIFY(sheet->text().contains(entry.action->statusTip()));
    QVERIFY(sheet->width() <= window_->width() && sheet->height() <= window_->height());
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QVERIFY(!sheet->isVisible());
}

void ShellTest::themesChangeTheColours() {
    start();
    dropAndWait(picture("a.png"));
    window_->setTheme(Theme::dark);
    const QColor dark = window_->grab().toImage().pixelColor(2, 2);
    QCOMPARE(dark, colorsOf(Theme::dark).panel);
    QTest::keyClick(window_.get(), Qt::Key_T);
    QCOMPARE(theme(), Theme::light);
    SOON_COMPARE(window_->grab().toImage().pixelColor(2, 2), colorsOf(Theme::light).panel);
    QCOMPARE(QSettings().value("theme").toString(), QString("light"));
    window_->setTheme(Theme::dark);
}

void ShellTest::windowRemembersTheLab() {
    start();
    auto* lab = find<LabDock>("labDock");
    QVERIFY(lab->isOpen());
    QTest::keyClick(window_.get(), Qt::Key_B);
    QVERIFY(!lab->isOpen());
    QCOMPARE(lab->height(), LabDock::kTabHeight);
    window_->close();
    window_.reset();
    start();
    QVERIFY(!find<LabDock>("labDock")->isOpen());
}

// The window closes while the engine is being handed over; its threads still have something to tell.
void ShellTest::anEngineStillOnItsWayIsJoinedBeforeItsLinkIsGone() {
    struct Talkative final : FakeEngine {
        Talkative(api::Sink sink, bool& gone) : FakeEngine(sink), tell_(std::move(sink)), gone_(gone) {}
        ~Talkative() override {
            std::thread([this] { tell_(api::Ready{}); }).join();
            gone_ = true;
        }
        api::Sink tell_;
        bool& gone_;
    };
    bool gone = false, goneBefore = false;
    std::binary_semaphore made(0);
    auto link = std::make_unique<EngineLink>([&](api::Sink sink) {
        auto engine = std::make_shared<Talkative>(std::move(sink), gone);
        made.release();
        return engine;
    });
    connect(link.get(), &QObject::destroyed, [&] { goneBefore = gone; });
    link->start();
    made.acquire();
    link.reset();
    QVERIFY(goneBefore);
    QCoreApplication::sendPostedEvents();
}

QObject* makeShellTest() { return new ShellTest; }

}  // namespace perceiver::ui::test

#include "shell_test.moc"
