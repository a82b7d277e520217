// Whatever word of the field the window shows, pointing at it explains it: in one sentence, with the paper's section or
// whose it is.
#include <QHelpEvent>
#include <QMenu>
#include <QSet>
#include <QTest>
#include <QToolTip>

#include "fake_cloud.h"
#include "fake_film.h"
#include "painted_words.h"
#include "sound_fixture.h"
#include "ui/controls/tips.h"
#include "ui/panels/architecture_strip.h"
#include "ui/style/glossary.h"

namespace perceiver::ui::test {

class GlossaryTest final : public SoundFixture {
    Q_OBJECT

  private slots:
    void everyTermHasASentenceAndASource();
    void aTermIsNotExplainedTwice();
    void everyTermShownIsExplainedWhereItStands();
    void pointingShowsTheTip();

  private:
    void look(const char* where);
    void openAll();

    QSet<QString> met_;  ///< terms that the window showed
    QStringList unexplained_;
};

void GlossaryTest::everyTermHasASentenceAndASource() {
    const QRegularExpression source("section [34]\\.\\d|table \\d|figure \\d|appendix [A-F]|(19|20)\\d\\d$");
    for (const Term& term : glossary()) {
        QVERIFY2(term.shown.isValid(), qPrintable(term.word + ": " + term.shown.errorString()));
        QVERIFY2(term.shown.match(term.word).hasMatch() || term.word == "Key" || term.word == "Value" ||
                     term.word == "Share of attention" || term.word == "Times uniform" || term.word == "Weight sharing",
                 qPrintable(term.word));
        QVERIFY2(term.sentence.endsWith('.') && term.sentence.count(". ") == 0, qPrintable(term.word));
        QVERIFY2(source.match(term.source).hasMatch(), qPrintable(term.word + ": " + term.source));
    }
}

void GlossaryTest::aTermIsNotExplainedTwice() {
    const QString latents = explained({}, "latents and latents");
    QCOMPARE(latents.count("<b>"), 1);
    QVERIFY(!explained({}, "latent array").contains("<b>Latent</b>"));
    QVERIFY(explained({}, "nothing of the field").isEmpty());
    QVERIFY(explained("a < b\nand c", {}).contains("a &lt; b<br>and c"));
}

/// Every word painted by every widget in sight, and every entry of every menu.
void GlossaryTest::look(const char* where) {
    QCoreApplication::processEvents();
    const auto expect = [&](const QString& words, const QString& all, const QString& tip, const QString& who) {
        for (const Term& term : glossary()) {
            if (!term.shown.match(words).hasMatch() || !term.shown.match(all).hasMatch()) continue;
            met_.insert(term.word);
            const QString sentence = term.sentence.toHtmlEscaped();
            if (!tip.contains(sentence) || !tip.contains(term.source.toHtmlEscaped()))
                unexplained_
                    << QString("%1: %2 shows \"%3\", and says nothing of %4").arg(where, who, words, term.word);
        }
    };
    for (QWidget* widget : window_->findChildren<QWidget*>()) {
        if (widget->testAttribute(Qt::WA_TransparentForMouseEvents)) continue;
        if (auto* menu = qobject_cast<QMenu*>(widget)) {
            emit menu->aboutToShow();
            menu->adjustSize();
            for (QAction* action : menu->actions())
                expect(action->text(), action->text(), tipAt(menu, menu->actionGeometry(action).center()),
                       menu->objectName());
        }
        if (!widget->isVisible()) continue;
        const std::vector<PaintedWords> painted = wordsPaintedBy(*widget);
        QString all;  // words that a line's end tears apart stand together here
        for (const PaintedWords& one : painted) all += one.words + ' ';
        for (const PaintedWords& one : painted)
            if (widget->rect().contains(one.at))
                expect(one.words, all, tipAt(widget, one.at),
                       widget->objectName() + ' ' + widget->metaObject()->className());
    }
    // The strip's parts are painted once and kept: its tips are asked for themselves.
    if (auto* strip = find<ArchitectureStrip>("architectureStrip"); strip->isVisible())
        for (const QString& tip : strip->tips()) {
            static const QRegularExpression facts("<td>.*?</td>");
            const QString names = tip.section("</table>", 0, 0).remove(facts);
            expect(names, names, tip, strip->objectName());
        }
}

/// All that floats and every lab, one after the other.
void GlossaryTest::openAll() {
    walk({"lab", "rivals", "trials", "evidence", "positions", "cost", "model", "palette", "keys", "table", "getModel",
          "split", "difference", "logit", "over", "explain"},
         [this](const char* action) { look(action); });
}

void GlossaryTest::everyTermShownIsExplainedWhereItStands() {
    start();
    look("nothing open");
    dropAndWait(picture("a.png"));
    SOON_VERIFY(state().shuffle().stay);
    for (const SortBy sort : {SortBy::entropy, SortBy::mass, SortBy::clusters, SortBy::similarity}) {
        state().setSort(sort);
        look("sorted");
    }
    state().setSort(SortBy::index);
    state().pin(3);
    hover(12);
    openAll();

    api::ModelInfo other = makeModel({32, 32, 2, 10});
    other.positions = "learned positions, 128 channels";
    other.head = "decoder";
    for (api::StageInfo& stage : other.stages) stage.cross.heads = 3;
    window_.reset();
    start({other});
    dropAndWait(picture("b.png"));
    openAll();

    window_.reset();
    startSound();
    open();
    openAll();

    window_.reset();
    start();
    dropMedium("clip.mp4", film(true));
    openAll();

    window_.reset();
    start();
    dropMedium("cloud.ply", cloudFile(box(5)));
    openAll();

    unexplained_.removeDuplicates();
    QVERIFY2(unexplained_.isEmpty(), qPrintable(unexplained_.join('\n')));
    for (const Term& term : glossary()) QVERIFY2(met_.contains(term.word), qPrintable(term.word + " is shown nowhere"));
}

void GlossaryTest::pointingShowsTheTip() {
    start();
    dropAndWait(picture("a.png"));
    auto* heading = find<QWidget>("latentsHeading");
    const QPoint at = heading->rect().center();
    QHelpEvent help(QEvent::ToolTip, at, heading->mapToGlobal(at));
    QApplication::sendEvent(heading, &help);
    QVERIFY(QToolTip::isVisible());
    QCOMPARE(QToolTip::text(), tipAt(heading, at));
    QVERIFY(QToolTip::text().contains("<b>Latent</b>") && QToolTip::text().contains(heading->toolTip()));
    QTest::keyClick(window_.get(), Qt::Key_K);
    SOON_VERIFY(!QToolTip::isVisible());
}

QObject* makeGlossaryTest() { return new GlossaryTest; }

}  // namespace perceiver::ui::test

#include "glossary_test.moc"
