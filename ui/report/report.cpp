#include "ui/report/report.h"

#include <QFileInfo>
#include <QGuiApplication>
#include <QImage>
#include <QLocale>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>
#include <memory>

#include "ui/report/page.h"
#include "ui/style/messages.h"

namespace perceiver::ui {

namespace {

constexpr double kPngScale = 1920.0 / Page::kWidth;

void drawPng(const api::ReportData& data, QIODevice& out) {
    QImage image(int(Page::kWidth * kPngScale), int(Page::kHeight * kPngScale), QImage::Format_RGB32);
    QPainter painter(&image);
    painter.scale(kPngScale, kPngScale);
    Page(painter, data).draw();
    painter.end();
    image.save(&out, "PNG");
}

void drawSvg(const api::ReportData& data, QIODevice& out) {
    QSvgGenerator svg;
    svg.setOutputDevice(&out);
    svg.setSize(QSize(Page::kWidth, Page::kHeight));
    svg.setViewBox(QRect(0, 0, Page::kWidth, Page::kHeight));
    svg.setTitle(QString::fromStdString(data.file.name));
    QPainter painter(&svg);
    Page(painter, data).draw();
}

void drawPdf(const api::ReportData& data, QIODevice& out) {
    QPdfWriter pdf(&out);
    pdf.setPageSize(QPageSize(QSizeF(Page::kWidth, Page::kHeight) * 0.2, QPageSize::Millimeter));
    pdf.setPageMargins(QMarginsF());
    pdf.setResolution(300);
    pdf.setTitle(QString::fromStdString(data.file.name));
    pdf.setCreator("PerceiverScope");
    QPainter painter(&pdf);
    painter.scale(pdf.width() / double(Page::kWidth), pdf.height() / double(Page::kHeight));
    Page(painter, data).draw();
}

}  // namespace

void ensure_gui_application(int& argc, char** argv) {
    if (QCoreApplication::instance()) return;
    quietQt();
    qputenv("QT_QPA_PLATFORM", "offscreen");
    static const std::unique_ptr<QGuiApplication> application = std::make_unique<QGuiApplication>(argc, argv);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
}

void write_report(const api::ReportData& data, const std::string& path) {
    const QString ending = QFileInfo(QString::fromStdString(path)).suffix().toLower();
    if (ending != "png" && ending != "svg" && ending != "pdf")
        throw Error(ErrorCode::usage, "A report is written as .png, .svg or .pdf.");
    QSaveFile file(QString::fromStdString(path));
    if (!file.open(QIODevice::WriteOnly))
        throw Error(ErrorCode::out_of_resources, "The report could not be written.",
                    file.errorString().toStdString());
    if (ending == "svg")
        drawSvg(data, file);
    else if (ending == "pdf")
        drawPdf(data, file);
    else
        drawPng(data, file);
    if (!file.commit())
        throw Error(ErrorCode::out_of_resources, "The report could not be written.",
                    file.errorString().toStdString());
}

}  // namespace perceiver::ui
