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
#include <functional>
#include <memory>

#include "ui/report/confusion_page.h"
#include "ui/report/page.h"
#include "ui/style/messages.h"

namespace perceiver::ui {

namespace {

constexpr double kPngScale = 1920.0 / Page::kWidth;

using Draw = std::function<void(QPainter&)>;

void drawPng(const Draw& draw, QIODevice& out) {
    QImage image(int(Page::kWidth * kPngScale), int(Page::kHeight * kPngScale), QImage::Format_RGB32);
    QPainter painter(&image);
    painter.scale(kPngScale, kPngScale);
    draw(painter);
    painter.end();
    image.save(&out, "PNG");
}

void drawSvg(const Draw& draw, const QString& title, QIODevice& out) {
    QSvgGenerator svg;
    svg.setOutputDevice(&out);
    svg.setSize(QSize(Page::kWidth, Page::kHeight));
    svg.setViewBox(QRect(0, 0, Page::kWidth, Page::kHeight));
    svg.setTitle(title);
    QPainter painter(&svg);
    draw(painter);
}

void drawPdf(const Draw& draw, const QString& title, QIODevice& out) {
    QPdfWriter pdf(&out);
    pdf.setPageSize(QPageSize(QSizeF(Page::kWidth, Page::kHeight) * 0.2, QPageSize::Millimeter));
    pdf.setPageMargins(QMarginsF());
    pdf.setResolution(300);
    pdf.setTitle(title);
    pdf.setCreator("PerceiverScope");
    QPainter painter(&pdf);
    painter.scale(pdf.width() / double(Page::kWidth), pdf.height() / double(Page::kHeight));
    draw(painter);
}

/// One page into `path`; `what` is how its sentences call it.
void writePage(const Draw& draw, const QString& title, const std::string& what, const std::string& path) {
    const QString ending = QFileInfo(QString::fromStdString(path)).suffix().toLower();
    if (ending != "png" && ending != "svg" && ending != "pdf")
        throw Error(ErrorCode::usage, "A " + what + " is written as .png, .svg or .pdf.");
    QSaveFile file(QString::fromStdString(path));
    const auto fail = [&] {
        throw Error(ErrorCode::out_of_resources, "The " + what + " could not be written.",
                    file.errorString().toStdString());
    };
    if (!file.open(QIODevice::WriteOnly)) fail();
    if (ending == "svg")
        drawSvg(draw, title, file);
    else if (ending == "pdf")
        drawPdf(draw, title, file);
    else
        drawPng(draw, file);
    if (!file.commit()) fail();
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
    writePage([&](QPainter& painter) { Page(painter, data).draw(); }, QString::fromStdString(data.file.name), "report",
              path);
}

void write_confusion(const api::Confusion& data, const std::string& path) {
    writePage([&](QPainter& painter) { ConfusionPage(painter, data).draw(); }, QString::fromStdString(data.title),
              "confusion matrix", path);
}

}  // namespace perceiver::ui
