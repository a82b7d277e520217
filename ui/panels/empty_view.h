// The window before the first picture: where to drop one, four samples to click, what was opened last.
#pragma once

#include <QAbstractButton>
#include <QImage>
#include <QWidget>

class QAction;

namespace perceiver::ui {

/// A picture with a name below it that opens a file.
class FileTile final : public QAbstractButton {
    Q_OBJECT
  public:
    FileTile(const QString& path, const QSize& picture, QWidget* parent);
    const QString& path() const { return path_; }
    void setPicture(const QImage&);
    QSize sizeHint() const override { return {picture_.width(), picture_.height() + 24}; }

  protected:
    void paintEvent(QPaintEvent*) override;

  private:
    QString path_;
    QSize picture_;
    QImage image_;
};

class EmptyView final : public QWidget {
    Q_OBJECT
  public:
    /// Opens nothing and decodes nothing until loadPictures(): the window is painted first.
    /// `actions`: what else can be done, as buttons; the first opens a file.
    EmptyView(const QString& samplesFolder, const QList<QAction*>& actions, QWidget* parent = nullptr);
    void loadPictures();

  signals:
    void chosen(const QString& path);

  protected:
    void paintEvent(QPaintEvent*) override;

  private:
    QWidget* column_;
    QList<FileTile*> samples_, recent_;
};

}  // namespace perceiver::ui
