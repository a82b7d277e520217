#include "painted_words.h"

#include <cstdlib>

namespace perceiver::ui::test {

class WordCatcher::Engine final : public QPaintEngine {
  public:
    explicit Engine(std::vector<PaintedWords>& words) : QPaintEngine(AllFeatures), words_(words) {}
    bool begin(QPaintDevice*) override { return true; }
    bool end() override { return true; }
    Type type() const override { return User; }
    void updateState(const QPaintEngineState& now) override {
        if (now.state() & DirtyTransform) transform_ = now.transform();
    }
    void drawTextItem(const QPointF& at, const QTextItem& item) override {
        const QPoint from = (transform_.map(at) + QPointF(1, -2)).toPoint();
        words_.push_back({item.text(), from, from.x() + int(item.width())});
    }
    void drawPixmap(const QRectF&, const QPixmap&, const QRectF&) override {}
    void drawPolygon(const QPointF*, int, PolygonDrawMode) override {}
    void drawPath(const QPainterPath&) override {}

  private:
    std::vector<PaintedWords>& words_;
    QTransform transform_;
};

WordCatcher::WordCatcher(const QWidget& widget) : widget_(widget), engine_(std::make_unique<Engine>(words_)) {}
WordCatcher::~WordCatcher() = default;
QPaintEngine* WordCatcher::paintEngine() const { return engine_.get(); }

int WordCatcher::metric(PaintDeviceMetric what) const {
    switch (what) {
        case PdmWidth: return widget_.width();
        case PdmHeight: return widget_.height();
        case PdmDevicePixelRatio: return 1;
        case PdmDevicePixelRatioScaled: return int(devicePixelRatioFScale());
        case PdmDepth: return 32;
        case PdmNumColors: return 0;
        default: return widget_.logicalDpiX();
    }
}

std::vector<PaintedWords> wordsPaintedBy(QWidget& widget) {
    WordCatcher catcher(widget);
    widget.render(&catcher, {}, {}, QWidget::RenderFlags());
    std::vector<PaintedWords> lines;  // numbers are painted figure by figure
    for (const PaintedWords& one : catcher.words()) {
        const bool goesOn =
            !lines.empty() && one.at.y() == lines.back().at.y() && std::abs(one.at.x() - lines.back().end) <= 4;
        if (!goesOn) lines.push_back(one);
        else lines.back().words += one.words;
        lines.back().end = one.end;
    }
    return lines;
}

}  // namespace perceiver::ui::test
