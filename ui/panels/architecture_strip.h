// The loaded model, block by block, in the order a file walks through it. Lights up as it computes: that is
// the progress bar. A click on a cross-attend shows its map everywhere.
#pragma once

#include <QAbstractScrollArea>
#include <QImage>
#include <QPixmap>
#include <vector>

#include "ui/controls/tips.h"
#include "ui/state/state.h"

namespace perceiver::ui {

class ArchitectureStrip final : public QAbstractScrollArea, public HasTips {
    Q_OBJECT
  public:
    static constexpr int kHeight = 124;
    static constexpr double kEdge = 12;  ///< around the cards
    explicit ArchitectureStrip(State&, QWidget* parent = nullptr);

    /// Where a cross-attend's card lies in the viewport; empty when there is none.
    QRect crossAttendRect(int index) const;
    /// The thumbnail a cross-attend carries; null until its map is computed.
    QImage thumbnail(int index) const;
    Tip tipAt(const QPoint&) const override;
    QStringList tips() const;  ///< of every part, from the input to the answer, explained

  protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void wheelEvent(QWheelEvent*) override;

  private:
    enum class Kind { input, cross, latent, output };
    enum class Light { off, next, on };
    struct Card {
        Kind kind;
        int stage;
        QRectF rect;  ///< in the strip, before scrolling
    };
    struct KeptThumbnail {
        std::shared_ptr<const api::FileInfo> of;
        MapPtr map;
        api::ColorTable table{};
        QImage image;
    };
    QImage cloudThumbnail(int index) const;
    void layOut();
    void reveal(int crossAttend);
    const Card* cardAt(const QPoint&) const;
    Light light(const Card&) const;
    Tip tip(const Card&) const;
    QRectF innerOf(const QRectF& card) const;
    void paintOne(QPainter&, const Card&);
    QString lookOf(const Card&) const;
    const QPixmap& face(const Card&);
    void paintFace(QPainter&, const Card&);
    void paintReading(QPainter&, const Card&);
    void paintInput(QPainter&, const QRectF& inner);
    double aspectOf(const QImage&) const;
    bool wordsBelow(const QImage&) const;
    static QRectF wordsBeside(const QRectF& inner, const QRectF& thumb);
    QRectF thumbRect(const QRectF& inner, const QImage&) const;
    QRectF paintThumb(QPainter&, const QRectF& inner, const QImage&);
    void paintCross(QPainter&, const QRectF& inner, int stage);
    void paintLatent(QPainter&, const QRectF& inner, int stage);
    void paintBlocks(QPainter&, const QRectF& inner, int stage);
    void paintOutput(QPainter&, const QRectF& inner);
    void paintArrow(QPainter&, double from, double to);
    void refresh();

    State& state_;
    std::shared_ptr<const api::ModelInfo> model_;
    std::vector<Card> cards_;
    double extent_ = 0;
    bool roomy_ = true;
    mutable std::map<int, KeptThumbnail> thumbnails_;
    struct Face {
        QPixmap picture;
        QString look;  ///< what it pictures
    };
    std::vector<Face> faces_;  ///< of cards_
    Theme facesTheme_ = Theme::dark;
    ColorMap facesColors_ = ColorMap::viridis;
};

}  // namespace perceiver::ui
