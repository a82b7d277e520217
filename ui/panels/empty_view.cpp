#include "ui/panels/empty_view.h"

#include <QAction>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QImageReader>
#include <QLabel>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/controls/labels.h"
#include "ui/panels/recent_files.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kRecentShown = 5;

/// One sample of each kind, by its ending: these are our own files.
QStringList firstOfEachKind(const QString& folder) {
    static const QStringList kinds[] = {
        {"*.jpg", "*.png", "*.webp"}, {"*.opus", "*.flac", "*.wav"}, {"*.mp4", "*.webm"}, {"*.off", "*.ply"}};
    QStringList found;
    for (const QStringList& endings : kinds) {
        const QFileInfoList files = QDir(folder).entryInfoList(endings, QDir::Files, QDir::Name);
        if (!files.isEmpty()) found << files.front().absoluteFilePath();
    }
    return found;
}

/// A picture is its own thumbnail; of the other samples there is one in thumbnails/.
QImage readSmall(const QString& path, const QSize& size) {
    const QFileInfo file(path);
    const QString drawn = file.path() + "/thumbnails/" + file.fileName() + ".png";
    QImageReader reader(QFileInfo::exists(drawn) ? drawn : path);
    reader.setAutoTransform(true);
    const QSize whole = reader.size();
    if (whole.isValid()) reader.setScaledSize(whole.scaled(size * 2, Qt::KeepAspectRatioByExpanding));
    return reader.read();
}

}  // namespace

// ---- a tile ----

FileTile::FileTile(const QString& path, const QSize& picture, QWidget* parent)
    : QAbstractButton(parent), path_(path), picture_(picture) {
    setFixedSize(sizeHint());
    setCursor(Qt::PointingHandCursor);
    setToolTip(path);
    setAccessibleName(QFileInfo(path).fileName());
    setAttribute(Qt::WA_Hover);
}

void FileTile::setPicture(const QImage& image) {
    image_ = cropToAspect(image, double(picture_.width()) / picture_.height());
    update();
}

void FileTile::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    const QRectF picture(0, 0, picture_.width(), picture_.height());
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    p.setBrush(c.raised);
    p.drawRoundedRect(picture, kPictureRadius, kPictureRadius);
    paintImage(p, picture, image_, true);
    p.setBrush(Qt::NoBrush);
    const bool lit = underMouse() || hasFocus();
    p.setPen(QPen(lit ? c.text : c.line, 1));
    p.drawRoundedRect(picture.adjusted(0.5, 0.5, -0.5, -0.5), kPictureRadius, kPictureRadius);
    p.setPen(lit ? c.text : c.muted);
    p.setFont(textFont(Text::caption));
    const QString name =
        QFontMetricsF(p.font()).elidedText(QFileInfo(path_).fileName(), Qt::ElideMiddle, width());
    p.drawText(QRectF(0, picture.bottom() + 4, width(), 20), Qt::AlignCenter, name);
}

// ---- the page ----

EmptyView::EmptyView(const QString& samplesFolder, const QList<QAction*>& actions, QWidget* parent)
    : QWidget(parent), column_(new QWidget(this)) {
    setObjectName("emptyView");
    column_->setObjectName("emptyColumn");
    auto* title = makeLabel(tr("Drop a picture, a sound, a film or points"), column_, Text::number, false, true);
    title->setObjectName("emptyTitle");
    title->setAlignment(Qt::AlignCenter);
    auto* idea =
        makeLabel(tr("One architecture reads them all: a small latent array asks a large input array,\nagain and "
                     "again. See where it looks."),
                  column_, Text::body, true);
    idea->setObjectName("emptyIdea");
    idea->setAlignment(Qt::AlignCenter);
    idea->setToolTip(
        tr("Perceiver: General Perception with Iterative Attention, Jaegle et al. 2021, section 3.1"));

    auto* samples = new QHBoxLayout;
    samples->setSpacing(16);
    for (const QString& path : firstOfEachKind(samplesFolder)) samples_ << new FileTile(path, {168, 126}, column_);
    samples->addStretch();
    for (int i = 0; i < samples_.size(); ++i) {
        samples_[i]->setObjectName(QString("sample%1").arg(i + 1));
        samples->addWidget(samples_[i]);
    }
    samples->addStretch();
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addStretch();
    for (QAction* action : actions) {
        auto* button = new QToolButton(column_);
        const QString name = action->objectName();
        button->setObjectName("empty" + name.left(1).toUpper() + name.mid(1));
        button->setText(buttons->count() > 1
                            ? action->text()
                            : tr("Open… %1").arg(action->shortcut().toString(QKeySequence::NativeText)));
        button->setToolTip(action->toolTip());
        connect(button, &QToolButton::clicked, action, &QAction::trigger);
        buttons->addWidget(button);
    }
    buttons->addStretch();

    auto* all = new QVBoxLayout(column_);
    all->setContentsMargins(32, 32, 32, 32);
    all->setSpacing(12);
    all->addWidget(title);
    all->addWidget(idea);
    all->addSpacing(12);
    all->addLayout(samples);
    all->addSpacing(4);
    all->addLayout(buttons);

    const QStringList recently = recent::files();
    if (!recently.isEmpty()) {
        auto* heading = makeHeading(tr("Opened last"), column_);
        heading->setObjectName("recentHeading");
        heading->setAlignment(Qt::AlignCenter);
        auto* row = new QHBoxLayout;
        row->setSpacing(12);
        row->addStretch();
        for (int i = 0; i < std::min<int>(kRecentShown, int(recently.size())); ++i) {
            recent_ << new FileTile(recently[i], {104, 76}, column_);
            recent_.back()->setObjectName(QString("recent%1").arg(i + 1));
            row->addWidget(recent_.back());
        }
        row->addStretch();
        all->addSpacing(20);
        all->addWidget(heading);
        all->addLayout(row);
    }
    for (FileTile* tile : samples_ + recent_)
        connect(tile, &FileTile::clicked, this, [this, tile] { emit chosen(tile->path()); });
    auto* middle = new QVBoxLayout(this);
    middle->addStretch();
    middle->addWidget(column_, 0, Qt::AlignCenter);
    middle->addStretch();
}

void EmptyView::loadPictures() {
    for (FileTile* tile : samples_) tile->setPicture(readSmall(tile->path(), tile->size()));
    for (FileTile* tile : recent_) tile->setPicture(recent::thumbnail(tile->path()));
}

void EmptyView::paintEvent(QPaintEvent*) {
    QPainter p(this);
    p.fillRect(rect(), colors().background);
    p.setRenderHint(QPainter::Antialiasing);
    QPen dashes(colors().line, 2);
    dashes.setDashPattern({4, 4});
    p.setPen(dashes);
    p.setBrush(Qt::NoBrush);
    p.drawRoundedRect(QRectF(rect()).adjusted(24, 24, -24, -24), 12, 12);
}

}  // namespace perceiver::ui
