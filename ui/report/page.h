// How the report is laid out, in points of a 1600 x 900 page. One instance draws one page.
#pragma once

#include <QCoreApplication>
#include <QPainter>
#include <QRectF>

#include "engine/api/engine.h"
#include "engine/api/over_time.h"
#include "ui/style/colors.h"

namespace perceiver::ui {

class Page {
    Q_DECLARE_TR_FUNCTIONS(Report)
  public:
    static constexpr int kWidth = 1600, kHeight = 900;
    Page(QPainter&, const api::ReportData&);
    void draw();

  private:
    struct Grid {
        int columns = 1, rows = 0;
        double cell = 0;  ///< width of a map
    };
    bool isSound() const { return api::only_heard(data_.file); }
    double aspect() const;     ///< of what the model sees
    double mapAspect() const;  ///< of a drawn map: a film's is a sheet of them
    double mapExtra() const;   ///< what stands above and below it
    const api::InputPart* film() const;  ///< the part of several frames; null: none
    QString seenWords() const;
    Grid gridFor(const QRectF&) const;
    void drawHeader();
    void drawInput(const QRectF&);
    void drawSound(const QRectF&);
    void drawPredictions(const QRectF&);
    void drawMaps(const QRectF&, const Grid&);
    void drawMap(const QRectF&, const api::Map&, int index);
    void drawFrames(const QRectF&);
    void drawSheet(const QRectF&, const api::Map&);
    void drawTimes(const QRectF&, const api::Map&);
    void drawPermutations(const QRectF&);
    void drawPermutation(const QRectF&, const api::PermutationResult&);
    void drawRivals(const QRectF&, const api::PermutationResult&);
    void drawCaption(const QRectF&);

    void picture(const QRectF&, const QImage&, bool smooth);
    /// The spectrogram, with a map over it unless that is null.
    void soundPicture(const QRectF&, const api::Map*);
    double text(const QRectF&, int size, bool strong, const QColor&, const QString&,
                int flags = Qt::AlignLeft | Qt::AlignVCenter);

    QPainter& p_;
    const api::ReportData& data_;
    const Colors& c_;
};

}  // namespace perceiver::ui
