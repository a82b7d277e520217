// The row on top: the file and the model as chips, how the map is shown, theme and help.
#pragma once

#include <QWidget>
#include <tuple>

#include "ui/actions.h"
#include "ui/controls/chip.h"
#include "ui/state/state.h"

class QToolButton;

namespace perceiver::ui {

class ToolRow final : public QWidget {
    Q_OBJECT
  public:
    static constexpr int kHeight = 48;
    ToolRow(State&, const Actions&, QWidget* parent = nullptr);

    Chip* fileChip() const { return file_; }
    Chip* modelChip() const { return model_; }

  signals:
    void recentChosen(const QString& path);

  protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;

  private:
    static constexpr int kNarrow = 1180;
    bool narrow() const { return width() < kNarrow; }  ///< words that a picture says too leave their room to the models
    QWidget* segments(const Actions&, const QStringList& names, const QString& objectName);
    void buildColorMaps();
    void buildPanels(const Actions&);
    void showRecent();
    void refresh();
    void refreshColors();

    State& state_;
    std::tuple<Theme, ColorMap, bool> drawnIn_{};
    std::shared_ptr<const api::FileInfo> chipOf_;  ///< the file that the chip pictures
    Chip *file_, *model_;
    QToolButton *colorMap_, *panels_, *theme_, *help_, *open_;
    QWidget *layouts_ = nullptr, *scales_ = nullptr;
};

/// The line at the bottom: what is happening or was done, and the size of it.
class StatusLine final : public QWidget {
    Q_OBJECT
  public:
    static constexpr int kHeight = 28;
    explicit StatusLine(State&, QWidget* parent = nullptr);

    void say(const QString& strong, const QString& words = {});
    QString text() const { return strong_ + words_; }

  protected:
    void paintEvent(QPaintEvent*) override;

  private:
    void refresh();

    State& state_;
    QString strong_, words_, right_;
};

/// One sentence about what went wrong; stays until closed or until something works.
class NoticeBar final : public QWidget {
    Q_OBJECT
  public:
    explicit NoticeBar(QWidget* parent = nullptr);
    void say(const QString& sentence);
    const QString& sentence() const { return sentence_; }

  protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;

  private:
    void fit();
    QRectF words() const;

    QString sentence_;
    QToolButton* close_;
};

}  // namespace perceiver::ui
