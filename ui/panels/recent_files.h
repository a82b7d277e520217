// The files opened last, with a small picture of each, and the models of one's own, kept between runs.
#pragma once

#include <QImage>
#include <QString>
#include <QStringList>

namespace perceiver::ui {

namespace recent {

inline constexpr int kKept = 8;

QStringList files();  ///< newest first; those that are gone are left out
void remember(const QString& path, const QImage& picture);
QStringList models();  ///< paths, newest first; those that are gone are left out
void rememberModel(const QString& path);
void forgetModel(const QString& path);
QImage thumbnail(const QString& path);  ///< null when none was kept

}  // namespace recent

}  // namespace perceiver::ui
