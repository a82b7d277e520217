// The words that a widget paints, and where: by painting it on a device that keeps nothing else.
#pragma once

#include <QPaintDevice>
#include <QPaintEngine>
#include <QWidget>
#include <memory>
#include <vector>

namespace perceiver::ui::test {

struct PaintedWords {
    QString words;
    QPoint at;    ///< on their line, in the widget
    int end = 0;  ///< of the line, to the right
};

class WordCatcher final : public QPaintDevice {
  public:
    explicit WordCatcher(const QWidget&);
    ~WordCatcher() override;
    QPaintEngine* paintEngine() const override;
    const std::vector<PaintedWords>& words() const { return words_; }

  protected:
    int metric(PaintDeviceMetric) const override;

  private:
    class Engine;
    const QWidget& widget_;
    std::vector<PaintedWords> words_;
    std::unique_ptr<Engine> engine_;
};

/// Of the widget alone, without what lies on it.
std::vector<PaintedWords> wordsPaintedBy(QWidget&);

}  // namespace perceiver::ui::test
