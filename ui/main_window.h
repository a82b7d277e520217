// The window: puts the panels together, takes files from wherever they come, and keeps its place between
// runs.
#pragma once

#include <QWidget>

#include "ui/actions.h"
#include "ui/state/state.h"
#include "ui/style/colors.h"

class QStackedWidget;

namespace perceiver::ui {

class AnswerPanel;
class ArchitectureStrip;
class CommandPalette;
class CostLab;
class EmptyView;
class EvidenceLab;
class HubPanel;
class KeySheet;
class LabDock;
class LatentsPanel;
class ModelCard;
class NoticeBar;
class PanelDeck;
class PermutationLab;
class PositionsLab;
class RivalsLab;
class StatusLine;
class TableCard;
class ToolRow;
class TrialsLab;
class ViewPane;

class MainWindow final : public QWidget {
    Q_OBJECT
  public:
    /// `samples`: folder of pictures offered while nothing is open.
    MainWindow(EngineFactory, const QString& samples);
    ~MainWindow() override;

    State& state() { return state_; }
    const Actions& actionTable() const { return actions_; }
    void openFiles(const QStringList& paths);  ///< shows the first; Page Down steps to the next
    void resume();                             ///< opens what the last session showed
    /// What the view in sight shows, as PNG, its controls left out. Says so when it cannot be written.
    bool saveView(const QString& path);
    void remember() const;                     ///< where everything is and what is shown, for the next start
    void setTheme(Theme);                      ///< for this run; a toggle by hand is remembered

  signals:
    void painted();  ///< once, when the first frame is on the screen

  protected:
    void dragEnterEvent(QDragEnterEvent*) override;
    void dragLeaveEvent(QDragLeaveEvent*) override;
    void dropEvent(QDropEvent*) override;
    void closeEvent(QCloseEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void keyReleaseEvent(QKeyEvent*) override;
    void changeEvent(QEvent*) override;
    bool eventFilter(QObject*, QEvent*) override;

  private:
    void build(const QString& samples);
    void connectActions();
    void connectState();
    void openDialog();
    void openModelDialog();
    void saveViewDialog();
    void connectPlaying();
    void connectLooking();
    void connectLabs();
    void connectPanels();
    void openLab(int page, bool fold);
    void showNotes();
    void stepFile(int by);
    void paste();
    void escape();
    void showPage();
    void refreshActions();
    void refreshPanelActions();
    void restore();

    State state_;
    Actions actions_;
    ToolRow* tools_ = nullptr;
    NoticeBar* notice_ = nullptr;
    QStackedWidget* pages_ = nullptr;
    EmptyView* empty_ = nullptr;
    PanelDeck* work_ = nullptr;
    ArchitectureStrip* strip_ = nullptr;
    ViewPane* view_ = nullptr;
    AnswerPanel* answer_ = nullptr;
    LatentsPanel* latents_ = nullptr;
    LabDock* dock_ = nullptr;
    PermutationLab* lab_ = nullptr;
    RivalsLab* rivals_ = nullptr;
    TrialsLab* trials_ = nullptr;
    PositionsLab* positions_ = nullptr;
    CostLab* cost_ = nullptr;
    EvidenceLab* evidence_ = nullptr;
    StatusLine* status_ = nullptr;
    ModelCard* modelCard_ = nullptr;
    KeySheet* keys_ = nullptr;
    CommandPalette* palette_ = nullptr;
    HubPanel* hub_ = nullptr;
    TableCard* table_ = nullptr;
    QWidget* dropFrame_ = nullptr;
    QStringList files_;  ///< opened together
    int file_ = 0;
    QStringList filesBefore_;  ///< to step through again when what was opened is a model
    int fileBefore_ = 0;
    std::string notesOf_;  ///< the model whose notes were said
    bool firstPaint_ = true, low_ = false, labOpen_ = true;
};

}  // namespace perceiver::ui
