#include "ui/panels/recent_files.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QSettings>
#include <QStandardPaths>

namespace perceiver::ui::recent {

namespace {

QString thumbnailPath(const QString& path) {
    const QByteArray name = QCryptographicHash::hash(path.toUtf8(), QCryptographicHash::Sha1).toHex();
    return QStandardPaths::writableLocation(QStandardPaths::CacheLocation) + "/recent/" + name + ".png";
}

}  // namespace

QStringList files() {
    QStringList there;
    for (const QString& path : QSettings().value("recent").toStringList())
        if (QFileInfo(path).isFile()) there << path;
    return there;
}

void remember(const QString& path, const QImage& picture) {
    if (!QFileInfo(path).isFile()) return;  // a pasted picture has no file
    QStringList all = QSettings().value("recent").toStringList();
    all.removeAll(path);
    all.prepend(path);
    while (all.size() > kKept) QFile::remove(thumbnailPath(all.takeLast()));
    QSettings().setValue("recent", all);
    const QString file = thumbnailPath(path);
    QDir().mkpath(QFileInfo(file).path());
    picture.scaled(240, 180, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation).save(file);
}

QStringList models() {
    QStringList there;
    for (const QString& path : QSettings().value("recentModels").toStringList())
        if (QFileInfo::exists(path)) there << path;
    return there;
}

void rememberModel(const QString& path) {
    QStringList all = QSettings().value("recentModels").toStringList();
    all.removeAll(path);
    all.prepend(path);
    QSettings().setValue("recentModels", all.mid(0, kKept));
}

void forgetModel(const QString& path) {
    QStringList all = QSettings().value("recentModels").toStringList();
    all.removeAll(path);
    QSettings().setValue("recentModels", all);
}

QImage thumbnail(const QString& path) { return QImage(thumbnailPath(path)); }

}  // namespace perceiver::ui::recent
