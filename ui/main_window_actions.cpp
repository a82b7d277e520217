// What the window's actions do, and when they can be done.
#include <QAbstractButton>
#include <QApplication>
#include <QDockWidget>
#include <QSettings>
#include <utility>

#include "ui/main_window.h"
#include "ui/panels/answer_panel.h"
#include "ui/panels/command_palette.h"
#include "ui/panels/hub_panel.h"
#include "ui/panels/key_sheet.h"
#include "ui/panels/lab_dock.h"
#include "ui/panels/model_card.h"
#include "ui/panels/panel_deck.h"
#include "ui/panels/permutation_lab.h"
#include "ui/panels/table_card.h"
#include "ui/panels/tool_row.h"
#include "ui/state/player.h"
#include "ui/style/theme.h"
#include "ui/views/view_pane.h"

namespace perceiver::ui {

namespace {

constexpr double kStepSeconds = 0.5;
constexpr double kTurn = 10;           // degrees a key turns what can be turned
constexpr int kPanelStep = 24;         // pixels a key makes a panel larger
constexpr std::pair<const char*, PanelDeck::Toward> kMoves[] = {{"panelLeft", PanelDeck::Toward::left},
                                                                {"panelRight", PanelDeck::Toward::right},
                                                                {"panelUp", PanelDeck::Toward::up},
                                                                {"panelDown", PanelDeck::Toward::down}};
enum Lab { kPermutation, kRivals, kTrials, kPositions, kCost, kEvidence };  // tabs of the dock

}  // namespace

void MainWindow::connectActions() {
    const auto on = [this](const char* name, auto slot) { connect(actions_[name], &QAction::triggered, this, slot); };
    on("open", [this] { openDialog(); });
    on("openModel", [this] {
        modelCard_->hide();
        openModelDialog();
    });
    on("paste", [this] { paste(); });
    on("previousFile", [this] { stepFile(-1); });
    on("nextFile", [this] { stepFile(+1); });
    on("cancel", [this] { escape(); });
    on("closeFile", [this] { state_.closeFile(); });
    on("previous", [this] { state_.stepCrossAttend(-1); });
    on("next", [this] { state_.stepCrossAttend(+1); });
    on("undo", [this] { state_.undoStack().undo(); });
    on("redo", [this] { state_.undoStack().redo(); });
    on("model", [this] {
        const Chip* chip = tools_->modelChip();
        modelCard_->toggleAt(chip->mapTo(this, QPoint(chip->width() / 2, chip->height())));
    });
    on("savePicture", [this] { saveViewDialog(); });
    on("getModel", [this] {
        modelCard_->hide();
        hub_->toggle();
    });
    on("theme", [this] {
        setTheme(theme() == Theme::dark ? Theme::light : Theme::dark);
        QSettings().setValue("theme", theme() == Theme::dark ? "dark" : "light");
    });
    on("fullScreen", [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    on("keys", [this] { keys_->toggle(); });
    on("quit", [this] { close(); });
    on("palette", [this] { palette_->toggle(); });
    connectLooking();
    connectLabs();
    connectPanels();
    connectPlaying();
}

void MainWindow::connectLooking() {
    const auto on = [this](const char* name, auto slot) { connect(actions_[name], &QAction::triggered, this, slot); };
    on("mean", [this] { state_.pin(api::all_latents); });
    on("over", [this] { state_.setLayout(Layout::over); });
    on("beside", [this] { state_.setLayout(Layout::beside); });
    on("alone", [this] { state_.setLayout(Layout::alone); });
    on("probability", [this] { state_.setScale(api::Scale::probability); });
    on("logit", [this] { state_.setScale(api::Scale::logit); });
    on("modelView", [this] { state_.setModelView(!state_.view().modelView); });
    on("zoomIn", [this] { view_->view()->zoomBy(1.25); });
    on("zoomOut", [this] { view_->view()->zoomBy(0.8); });
    on("fit", [this] { view_->view()->fit(); });
    on("turnLeft", [this] { view_->view()->turn(kTurn, 0); });
    on("turnRight", [this] { view_->view()->turn(-kTurn, 0); });
    on("turnUp", [this] { view_->view()->turn(0, kTurn); });
    on("turnDown", [this] { view_->view()->turn(0, -kTurn); });
    const auto onPose = [this, on](const char* name, auto change) {
        on(name, [this, change] {
            const auto cloud = state_.result() ? state_.result()->file->cloud : nullptr;
            if (cloud) state_.openTurned(change(*cloud));
        });
    };
    onPose("quarterTurn", [](const api::Cloud& c) { return api::Pose{c.pose.up, (c.pose.quarters + 1) % 4}; });
    onPose("upAxis", [](const api::Cloud& c) {
        using Up = api::Pose::Up;
        const Up next = c.pose.up == Up::z ? Up::y : c.pose.up == Up::y ? Up::x : Up::z;
        return api::Pose{next, c.surest ? api::Pose::surest : c.pose.quarters};
    });
    on("frameBack", [this] { view_->videoView()->step(-1); });
    on("frameForward", [this] { view_->videoView()->step(1); });
    on("split",
       [this] { state_.setCompare(state_.view().compare == Compare::split ? Compare::none : Compare::split); });
    on("difference", [this] {
        state_.setCompare(state_.view().compare == Compare::difference ? Compare::none : Compare::difference);
    });
    on("keepB", [this] { state_.setOther(state_.shown()); });
    on("flip", [this] { state_.flip(!state_.flipped()); });
}

void MainWindow::connectLabs() {
    const auto on = [this](const char* name, auto slot) { connect(actions_[name], &QAction::triggered, this, slot); };
    on("shuffle", [this] {
        openLab(kPermutation, false);
        lab_->newSeed();
    });
    on("lab", [this] { openLab(kPermutation, true); });
    on("rivals", [this] { openLab(kRivals, true); });
    on("trials", [this] { openLab(kTrials, true); });
    on("positions", [this] { openLab(kPositions, true); });
    on("cost", [this] { openLab(kCost, true); });
    on("table", [this] { table_->toggle(); });
    on("evidence", [this] { openLab(kEvidence, true); });
    on("explain", [this] {
        if (const int target = state_.explanation().target(); target >= 0) state_.explain(target);
    });
    connect(dock_, &LabDock::changed, this, [this] {
        if (dock_->isOpen() && !std::exchange(labOpen_, true))
            work_->resizeDocks({work_->dockOf(dock_)}, {dock_->sizeHint().height()}, Qt::Vertical);
        labOpen_ = dock_->isOpen();
        refreshActions();
    });
    // Who asks why sees what else there is to say about it.
    connect(answer_->list(), &AnswerList::chosen, this, [this] {
        if (!state_.view().explained) return;
        openLab(kEvidence, false);
    });
}

/// `fold`: where it is open on that page already.
void MainWindow::openLab(int page, bool fold) {
    QDockWidget* panel = work_->dockOf(dock_);
    const bool hidden = panel->isHidden();
    panel->show();
    if (fold && !hidden) return dock_->toggle(page);
    dock_->setCurrent(page);
    dock_->setOpen(true);
}

void MainWindow::connectPanels() {
    const auto on = [this](const char* name, auto slot) { connect(actions_[name], &QAction::triggered, this, slot); };
    for (QDockWidget* panel : work_->docks()) {
        panel->installEventFilter(this);  // a key may be let go where it floats
        connect(actions_[panel->objectName()], &QAction::triggered, panel,
                [panel] { panel->setVisible(panel->isHidden()); });
    }
    on("nextPanel", [this] { work_->stepFocus(+1); });
    on("previousPanel", [this] { work_->stepFocus(-1); });
    on("floatPanel", [this] { work_->toggleFloating(); });
    for (const auto& [name, toward] : kMoves) on(name, [this, toward = toward] { work_->move(toward); });
    on("panelLarger", [this] { work_->resizeBy(+kPanelStep); });
    on("panelSmaller", [this] { work_->resizeBy(-kPanelStep); });
    on("hidePanel", [this] { work_->hideCurrent(); });
    on("resetLayout", [this] {
        work_->layOut();
        dock_->setOpen(true);
    });
    connect(work_, &PanelDeck::changed, this, &MainWindow::refreshActions);
}

void MainWindow::connectPlaying() {
    Player& player = state_.player();
    const auto on = [this](const char* name, auto slot) { connect(actions_[name], &QAction::triggered, this, slot); };
    on("play", [this, &player] {
        // This key presses the button that has the focus, as it does everywhere.
        if (auto* button = qobject_cast<QAbstractButton*>(QApplication::focusWidget())) return button->click();
        player.toggle();
    });
    on("loop", [this, &player] {
        if (player.loop()) return player.setLoop(std::nullopt);
        player.setLoop(view_->view() == view_->audioView() ? view_->audioView()->range() : view_->videoView()->range());
    });
    on("loopStart", [&player] { player.loopFromHere(); });
    on("loopEnd", [&player] { player.loopToHere(); });
    on("solo", [&player] { player.setSolo(player.source() != Player::Source::solo); });
    on("back", [&player] { player.seek(player.position() - kStepSeconds); });
    on("forward", [&player] { player.seek(player.position() + kStepSeconds); });
    on("toStart", [&player] { player.seek(0); });
    on("toEnd", [&player] { player.seek(player.duration()); });
    view_->audioView()->controls()->useActions(actions_);
}

void MainWindow::refreshActions() {
    const ViewState& v = state_.view();
    actions_["over"]->setChecked(v.layout == Layout::over);
    actions_["beside"]->setChecked(v.layout == Layout::beside);
    actions_["alone"]->setChecked(v.layout == Layout::alone);
    actions_["probability"]->setChecked(v.scale == api::Scale::probability);
    actions_["logit"]->setChecked(v.scale == api::Scale::logit);
    actions_["modelView"]->setChecked(v.modelView);
    refreshPanelActions();
    actions_["lab"]->setChecked(dock_->isOpen() && dock_->current() == kPermutation);
    actions_["rivals"]->setChecked(dock_->isOpen() && dock_->current() == kRivals);
    actions_["trials"]->setChecked(dock_->isOpen() && dock_->current() == kTrials);
    actions_["positions"]->setChecked(dock_->isOpen() && dock_->current() == kPositions);
    actions_["cost"]->setChecked(dock_->isOpen() && dock_->current() == kCost);
    actions_["evidence"]->setChecked(dock_->isOpen() && dock_->current() == kEvidence);
    actions_["split"]->setChecked(v.compare == Compare::split);
    actions_["difference"]->setChecked(v.compare == Compare::difference);
    actions_["undo"]->setEnabled(state_.undoStack().canUndo() && !state_.busy());
    actions_["redo"]->setEnabled(state_.undoStack().canRedo() && !state_.busy());
    for (const char* name : {"play", "loop", "loopStart", "loopEnd", "back", "forward", "toStart", "toEnd"})
        actions_[name]->setEnabled(state_.player().available());
    actions_["solo"]->setEnabled(state_.player().hasSound());
}

/// They name the panel that they mean.
void MainWindow::refreshPanelActions() {
    for (const QDockWidget* panel : work_->docks()) actions_[panel->objectName()]->setChecked(!panel->isHidden());
    const bool inSight = pages_->currentWidget() == work_;
    const QDockWidget* panel = inSight ? work_->current() : nullptr;
    for (const char* name : {"nextPanel", "previousPanel"}) actions_[name]->setEnabled(inSight);
    for (const char* name : {"floatPanel", "panelLarger", "panelSmaller", "hidePanel"})
        actions_[name]->setEnabled(panel);
    for (const auto& [name, toward] : kMoves) actions_[name]->setEnabled(panel && work_->canMove(toward));
    if (!panel) return;
    const QString title = panel->windowTitle();
    actions_["floatPanel"]->setText((panel->isFloating() ? tr("Dock %1") : tr("Float %1")).arg(title));
    actions_["panelLeft"]->setText(tr("Move %1 left").arg(title));
    actions_["panelRight"]->setText(tr("Move %1 right").arg(title));
    actions_["panelUp"]->setText(tr("Move %1 up").arg(title));
    actions_["panelDown"]->setText(tr("Move %1 down").arg(title));
    actions_["panelLarger"]->setText(tr("%1 larger").arg(title));
    actions_["panelSmaller"]->setText(tr("%1 smaller").arg(title));
    actions_["hidePanel"]->setText(tr("Hide %1").arg(title));
}

}  // namespace perceiver::ui
