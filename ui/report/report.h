// The drawn report: the picture a person puts on a slide. QPainter on a PNG, SVG or PDF; no widgets, no
// display.
#pragma once

#include <string>

#include "engine/api/engine.h"

namespace perceiver::ui {

/// 16:9, by the path's ending (.png, .svg, .pdf). Throws Error{usage} for another ending and
/// Error{out_of_resources} when it cannot be written. Needs a QGuiApplication: see ensure_gui_application.
void write_report(const api::ReportData&, const std::string& path);

/// The confusion matrix with labelled axes, likewise.
void write_confusion(const api::Confusion&, const std::string& path);

/// Makes one for fonts and pictures, without a display, unless there is one already. Call from main's thread.
void ensure_gui_application(int& argc, char** argv);

}  // namespace perceiver::ui
