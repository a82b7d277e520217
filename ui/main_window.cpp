#include "ui/main_window.h"

#include <QAbstractButton>
#include <QApplication>
#include <QBuffer>
#include <QClipboard>
#include <QCloseEvent>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMimeData>
#include <QPainter>
#include <QSettings>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <utility>

#include "ui/controls/tips.h"
#include "ui/panels/answer_panel.h"
#include "ui/panels/architecture_strip.h"
#include "ui/panels/command_palette.h"
#include "ui/panels/cost_lab.h"
#include "ui/panels/empty_view.h"
#include "ui/panels/evidence_lab.h"
#include "ui/panels/hub_panel.h"
#include "ui/panels/key_sheet.h"
#include "ui/panels/lab_dock.h"
#include "ui/panels/latents_panel.h"
#include "ui/panels/model_card.h"
#include "ui/panels/model_dialog.h"
#include "ui/panels/panel_deck.h"
#include "ui/panels/permutation_lab.h"
#include "ui/panels/positions_lab.h"
#include "ui/panels/recent_files.h"
#include "ui/panels/rivals_lab.h"
#include "ui/panels/table_card.h"
#include "ui/panels/tool_row.h"
#include "ui/panels/trials_lab.h"
#include "ui/points/cloud_painter.h"
#include "ui/state/model_name.h"
#include "ui/state/player.h"
#include "ui/style/theme.h"
#include "ui/views/view_pane.h"

namespace perceiver::ui {

namespace {

constexpr int kRightWidth = 356, kLeastRightWidth = 280, kLowWindow = 720;

/// Laid over the window while something hovers above it that can be dropped.
class DropFrame final : public QWidget {
  public:
    explicit DropFrame(QWidget* parent) : QWidget(parent) {
        setObjectName("dropFrame");
        setAttribute(Qt::WA_TransparentForMouseEvents);
        hide();
    }

  protected:
    void paintEvent(QPaintEvent*) override {
        QPainter p(this);
        QColor veil = colors().background;
        veil.setAlphaF(0.7F);
        p.fillRect(rect(), veil);
        p.setRenderHint(QPainter::Antialiasing);
        p.setPen(QPen(colors().input, 2));
        p.drawRoundedRect(QRectF(rect()).adjusted(12, 12, -12, -12), 12, 12);
        p.setPen(colors().text);
        p.setFont(textFont(Text::number, true));
        p.drawText(rect(), Qt::AlignCenter, MainWindow::tr("Drop to look"));
    }
};

/// The files a drop or the clipboard carries; empty when it is something else.
QStringList localFiles(const QMimeData* data) {
    QStringList files;
    for (const QUrl& url : data->urls())
        if (url.isLocalFile()) files << url.toLocalFile();
    return files;
}

}  // namespace

MainWindow::MainWindow(EngineFactory factory, const QString& samples)
    : state_(std::move(factory)), actions_(this) {
    setObjectName("mainWindow");
    setWindowTitle(tr("PerceiverScope"));
    setWindowIcon(QIcon(":/icons/perceiverscope.svg"));
    setAcceptDrops(true);
    setMinimumSize(960, 600);
    build(samples);
    connectActions();
    connectState();
    restore();
    refreshActions();
    showPage();
    setFocusPolicy(Qt::ClickFocus);
    setFocus();  // no control looks chosen before a person chooses one
}

MainWindow::~MainWindow() {
    state_.undoStack().disconnect(this);
    work_->disconnect(this);
    qDeleteAll(
        findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly));  // they look at the state to the last
}

void MainWindow::build(const QString& samples) {
    tools_ = new ToolRow(state_, actions_, this);
    notice_ = new NoticeBar(this);
    pages_ = new QStackedWidget(this);
    pages_->setObjectName("pages");
    empty_ = new EmptyView(samples, {actions_["open"], actions_["openModel"], actions_["getModel"]}, pages_);
    work_ = new PanelDeck(pages_);
    work_->setObjectName("workPage");
    strip_ = new ArchitectureStrip(state_, work_);
    view_ = new ViewPane(state_, actions_, work_);
    work_->setCentralWidget(view_);
    answer_ = new AnswerPanel(state_, work_);
    latents_ = new LatentsPanel(state_, work_);
    for (QWidget* panel : {static_cast<QWidget*>(answer_), static_cast<QWidget*>(latents_)}) {
        panel->setAutoFillBackground(true);
        panel->setBackgroundRole(QPalette::Base);
        panel->setContentsMargins(12, 0, 12, 8);
        panel->setMinimumWidth(kLeastRightWidth);
    }
    dock_ = new LabDock(work_);
    lab_ = new PermutationLab(state_, dock_);
    rivals_ = new RivalsLab(state_, actions_["table"], dock_);
    trials_ = new TrialsLab(state_, dock_);
    positions_ = new PositionsLab(state_, dock_);
    cost_ = new CostLab(state_, dock_);
    evidence_ = new EvidenceLab(state_, dock_);
    dock_->add(lab_, tr("Permutation"),
               tr("Does the order of the input matter? A Perceiver knows a place only by its position features."));
    dock_->add(rivals_, tr("Rivals"),
               tr("The same picture and the same shuffle for a ResNet, a ViT and a Transformer: who needs the order?"));
    dock_->add(trials_, tr("Many shuffles"),
               tr("One shuffle can be luck: how often does each answer stay, over many seeds and a whole folder?"));
    dock_->add(
        positions_, tr("Positions"),
        tr("Which places look alike to the model? Point at an element of the view to ask about it, click to hold it."));
    dock_->add(cost_, tr("Cost"),
               tr("Where the time goes, and why a Perceiver reads so many inputs: linear in M, not quadratic."));
    dock_->add(evidence_, tr("Evidence"),
               tr("Why this answer? What in the input spoke for it, and does it fall without that?"));
    work_->add(strip_, "panelStrip", tr("Architecture"), Qt::TopDockWidgetArea);
    work_->keepHeight(work_->add(answer_, "panelAnswer", tr("Answer"), Qt::RightDockWidgetArea, kRightWidth));
    work_->add(latents_, "panelLatents", tr("Latents"), Qt::RightDockWidgetArea, kRightWidth);
    work_->add(dock_, "panelLabs", tr("Labs"), Qt::BottomDockWidgetArea);
    pages_->addWidget(empty_);
    pages_->addWidget(work_);
    status_ = new StatusLine(state_, this);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(tools_);
    all->addWidget(notice_);
    all->addWidget(pages_, 1);
    all->addWidget(status_);
    modelCard_ = new ModelCard(state_, {actions_["openModel"], actions_["getModel"]}, this);
    hub_ = new HubPanel(state_, this);
    table_ = new TableCard(state_, this);
    keys_ = new KeySheet(actions_, this);
    palette_ = new CommandPalette(state_, actions_, this);
    dropFrame_ = new DropFrame(this);
    new Tips(this);
    pages_->installEventFilter(this);
    status_->installEventFilter(this);
}

// ---- what it does ----

void MainWindow::connectState() {
    connect(empty_, &EmptyView::chosen, this, [this](const QString& path) { openFiles({path}); });
    connect(tools_, &ToolRow::recentChosen, this, [this](const QString& path) { openFiles({path}); });
    connect(modelCard_, &ModelCard::picked, &state_, &State::useModel);
    connect(trials_, &TrialsLab::say, notice_, &NoticeBar::say);
    connect(hub_, &HubPanel::used, &state_, &State::useFetched);
    connect(view_, &ViewPane::zoomChanged, this,
            [this] { latents_->grid()->setVisiblePart(view_->view()->visiblePart()); });
    connect(&state_, &State::viewChanged, this, &MainWindow::refreshActions);
    connect(&state_, &State::busyChanged, this, &MainWindow::showPage);
    connect(&state_, &State::busyChanged, this, &MainWindow::refreshActions);  // undoing waits for what runs
    connect(&state_.undoStack(), &QUndoStack::indexChanged, this, &MainWindow::refreshActions);
    connect(&state_, &State::opened, this, [this] {
        if (state_.movedOn()) return;
        notice_->hide();
        showPage();
        refreshActions();
        const ResultPtr r = state_.result();
        setWindowTitle(r ? tr("%1 · PerceiverScope").arg(QString::fromStdString(r->file->name))
                         : tr("PerceiverScope"));
        if (r && r->file->kind == api::Kind::image)
            recent::remember(QString::fromStdString(r->file->path), r->picture);
        showNotes();
    });
    connect(&state_, &State::finished, this, [this] {
        // What is no picture is remembered as it was shown, once and not with every window that playing reaches.
        if (state_.movedOn()) return;
        const ResultPtr r = state_.result();
        if (r && r->file->kind != api::Kind::image)
            recent::remember(QString::fromStdString(r->file->path), view_->view()->snapshot().toImage());
    });
    connect(&state_, &State::modelOpened, this, [this](const QString& path) {
        notice_->hide();
        recent::rememberModel(path);
        files_ = filesBefore_;
        file_ = fileBefore_;
        notesOf_.clear();
        showNotes();
        showPage();
    });
    connect(&state_, &State::failed, this, [this](const QString& name, const QString& sentence) {
        notice_->say(name.isEmpty() ? sentence : tr("%1: %2").arg(name, sentence));
        showPage();
    });
}

/// What to know of a model before believing it, once when it comes into use.
void MainWindow::showNotes() {
    const auto model = state_.model();
    if (!model || model->id == std::exchange(notesOf_, model->id) || model->notes.empty()) return;
    QStringList notes;
    for (const std::string& note : model->notes) notes << QString::fromStdString(note);
    notice_->say(tr("%1: %2").arg(modelName(model->id), notes.join(' ')));
}

void MainWindow::openFiles(const QStringList& paths) {
    if (paths.isEmpty()) return;
    filesBefore_ = std::exchange(files_, paths);
    fileBefore_ = file_;
    file_ = 0;
    state_.openFile(files_.front());
}

void MainWindow::stepFile(int by) {
    if (file_ + by < 0 || file_ + by >= files_.size()) return;
    file_ += by;
    state_.openFile(files_[file_]);
}

void MainWindow::openDialog() {
    const QString folder = QSettings().value("folder").toString();
    const QStringList paths = QFileDialog::getOpenFileNames(
        this, tr("Open files"), folder,
        tr("All files (*);;%1;;%2;;%3;;%4")
            .arg(tr("Pictures (*.jpg *.jpeg *.png *.webp *.bmp *.gif *.tif *.tiff *.avif)"),
                 tr("Sounds (*.wav *.flac *.mp3 *.ogg *.opus *.m4a *.aac *.aif *.aiff)"),
                 tr("Films (*.mp4 *.mov *.mkv *.webm *.avi *.mpg *.mpeg *.gif *.webp)"),
                 tr("Points (*.ply *.pcd *.off *.obj *.stl *.gltf *.glb *.xyz *.csv *.txt *.npy)")));
    if (paths.isEmpty()) return;
    QSettings().setValue("folder", QFileInfo(paths.front()).path());
    openFiles(paths);
}

void MainWindow::openModelDialog() {
    ModelDialog dialog(this, QSettings().value("modelFolder").toString());
    if (dialog.exec() != QDialog::Accepted || dialog.selectedFiles().isEmpty()) return;
    const QString path = dialog.selectedFiles().front();
    QSettings().setValue("modelFolder", QFileInfo(path).path());
    openFiles({path});
}

void MainWindow::paste() {
    const QMimeData* held = QApplication::clipboard()->mimeData();
    if (!held) return;
    const QStringList files = localFiles(held);
    if (!files.isEmpty()) return openFiles(files);
    const QImage image = qvariant_cast<QImage>(held->imageData());
    if (!image.isNull()) {
        QByteArray bytes;
        QBuffer buffer(&bytes);
        buffer.open(QIODevice::WriteOnly);
        image.save(&buffer, "PNG");
        return state_.openBytes(tr("pasted picture.png"), bytes);
    }
    const QString path = held->text().trimmed();
    if (QFileInfo(path).isAbsolute() && QFileInfo::exists(path)) return openFiles({path});
    notice_->say(tr("The clipboard holds no picture and no file."));
}

void MainWindow::saveViewDialog() {
    const ResultPtr r = state_.result();
    if (!r) return notice_->say(tr("Nothing is open yet: there is no view to save."));
    const QString name = QFileInfo(QString::fromStdString(r->file->name)).completeBaseName();
    const QString folder = QSettings().value("pictureFolder", QSettings().value("folder")).toString();
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Save picture of this view"), QDir(folder).filePath(name + "-view.png"), tr("Pictures (*.png)"));
    if (path.isEmpty()) return;
    QSettings().setValue("pictureFolder", QFileInfo(path).path());
    saveView(path);
}

bool MainWindow::saveView(const QString& path) {
    const bool saved = view_->view()->snapshot().save(path, "PNG");
    if (!saved)
        notice_->say(
            tr("%1: The picture could not be written. Choose another folder.").arg(QFileInfo(path).fileName()));
    return saved;
}

/// Closes what floats first, then stops what runs.
void MainWindow::escape() {
    for (QWidget* floating : std::initializer_list<QWidget*>{palette_, keys_, modelCard_, hub_, table_})
        if (floating->isVisible()) return floating->hide();
    if (state_.busy()) return state_.cancel();
    if (state_.trials().running()) return state_.trials().stop();
    if (state_.explanation().progress()) return state_.explanation().stop();
    if (state_.view().held >= 0) return state_.hold(-1);
    if (notice_->isVisible()) return notice_->hide();
    if (isFullScreen()) setWindowState(windowState() & ~Qt::WindowFullScreen);
}

/// What the last session showed, as it showed it, unless its file is gone.
void MainWindow::resume() {
    const Session session = sessionFromJson(QSettings().value("session").toByteArray());
    const QString path = QString::fromStdString(session.file);
    if (path.isEmpty() || !QFileInfo::exists(path)) return;
    files_ = {path};
    file_ = 0;
    state_.resume(session);
}

void MainWindow::setTheme(Theme wanted) {
    useTheme(wanted);
    dock_->refreshIcons();  // drawn in the theme's colours
    emit state_.viewChanged();
}

void MainWindow::showPage() {
    const bool work = state_.result() || state_.busy();
    pages_->setCurrentWidget(work ? work_ : static_cast<QWidget*>(empty_));
    refreshPanelActions();
}

// ---- files that come by themselves ----

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (localFiles(event->mimeData()).isEmpty() && !event->mimeData()->hasImage()) return;
    event->acceptProposedAction();
    dropFrame_->setGeometry(rect());
    dropFrame_->show();
    dropFrame_->raise();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*) { dropFrame_->hide(); }

void MainWindow::dropEvent(QDropEvent* event) {
    dropFrame_->hide();
    const QStringList files = localFiles(event->mimeData());
    if (!files.isEmpty()) {
        openFiles(files);
    } else if (event->mimeData()->hasImage()) {
        QByteArray bytes;
        QBuffer buffer(&bytes);
        buffer.open(QIODevice::WriteOnly);
        qvariant_cast<QImage>(event->mimeData()->imageData()).save(&buffer, "PNG");
        state_.openBytes(tr("dropped picture.png"), bytes);
    }
    event->acceptProposedAction();
}

// ---- the window itself ----

void MainWindow::restore() {
    const QSettings settings;
    if (!restoreGeometry(settings.value("geometry").toByteArray())) resize(1440, 900);
    work_->resize(width(), height() - ToolRow::kHeight - StatusLine::kHeight);  // what is kept was so wide and high
    if (!work_->restore(settings.value("panels").toByteArray())) work_->layOut();
    dock_->setCurrent(dock_->pageNamed(settings.value("lab").toString()));
    dock_->setOpen(settings.value("labOpen", true).toBool());
    state_.startWith(ofAnyFile(sessionFromJson(settings.value("session").toByteArray()).view));
}

/// Flipped for as long as the key is held, and the window in use.
void MainWindow::keyReleaseEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_C && !event->isAutoRepeat()) state_.flip(false);
    QWidget::keyReleaseEvent(event);
}

void MainWindow::changeEvent(QEvent* event) {
    if (event->type() == QEvent::ActivationChange && !isActiveWindow()) state_.flip(false);
    QWidget::changeEvent(event);
}

void MainWindow::remember() const {
    QSettings settings;
    settings.setValue("geometry", saveGeometry());
    settings.setValue("panels", work_->remember());
    settings.setValue("labOpen", dock_->isOpen());
    settings.setValue("lab", dock_->currentName());
    settings.setValue("session", toJson(state_.session()));
}

void MainWindow::closeEvent(QCloseEvent* event) {
    remember();
    event->accept();
}

void MainWindow::resizeEvent(QResizeEvent*) {
    const bool low = height() < kLowWindow;
    dock_->setLow(low);
    lab_->setLow(low);
    rivals_->setLow(low);
    trials_->setLow(low);
    positions_->setLow(low);
    cost_->setLow(low);
    answer_->list()->setLow(low);
    if (std::exchange(low_, low) != low) QTimer::singleShot(0, work_, &PanelDeck::share);
    modelCard_->hide();
    keys_->hide();
    palette_->hide();
    if (hub_->isVisible()) hub_->center();
    if (table_->isVisible()) table_->center();
    dropFrame_->setGeometry(rect());
}

/// The engine is loaded once the first frame is out: before that it would hold the window up.
bool MainWindow::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyRelease) keyReleaseEvent(static_cast<QKeyEvent*>(event));
    if (firstPaint_ && watched == status_ && event->type() == QEvent::Paint) {
        firstPaint_ = false;
        QTimer::singleShot(0, this, [this] {
            emit painted();
            state_.link().start();
            empty_->loadPictures();
        });
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace perceiver::ui
