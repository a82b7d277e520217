// Runs the classes of GUI tests one after the other: ps_test_gui [QtTest options].
#include <QApplication>
#include <QLocale>
#include <QSettings>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <memory>

#include "ui/style/theme.h"

static void initResources() { Q_INIT_RESOURCE(perceiverscope); }

namespace perceiver::ui::test {
QObject* makeBaselineTest();
QObject* makeCloudTest();
QObject* makeCompareTest();
QObject* makeDeckTest();
QObject* makeEvidenceTest();
QObject* makeFilesTest();
QObject* makeFilmTest();
QObject* makeHubTest();
QObject* makeLabsTest();
QObject* makeLookingTest();
QObject* makeModelTest();
QObject* makeNamesTest();
QObject* makePanelsTest();
QObject* makePlayingTest();
QObject* makeRivalsTest();
QObject* makeSessionTest();
QObject* makeShellTest();
QObject* makeSoundTest();
QObject* makeTrialsTest();
QObject* makeUndoTest();
}  // namespace perceiver::ui::test

int main(int argc, char** argv) {
    using namespace perceiver::ui;
    initResources();
    QApplication app(argc, argv);
    QApplication::setOrganizationName("PerceiverScope");
    QApplication::setApplicationName("test");
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    const QTemporaryDir settings;  // nobody's own are read or changed
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, settings.path());
    QStandardPaths::setTestModeEnabled(true);
    useTheme(Theme::dark);
    int failed = 0;
    for (auto* make :
         {test::makeBaselineTest, test::makeCloudTest, test::makeCompareTest, test::makeDeckTest,
          test::makeEvidenceTest, test::makeFilesTest, test::makeFilmTest, test::makeHubTest, test::makeLabsTest, test::makeLookingTest,
          test::makeModelTest, test::makeNamesTest, test::makePanelsTest, test::makePlayingTest, test::makeRivalsTest,
          test::makeSessionTest, test::makeShellTest, test::makeSoundTest, test::makeTrialsTest, test::makeUndoTest}) {
        const std::unique_ptr<QObject> tests(make());
        failed += QTest::qExec(tests.get(), argc, argv);
    }
    return failed > 0;
}
