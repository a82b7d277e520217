// Where a person is: the file, the model, the moment, and what is shown of it. Saved when the window closes, restored
// when it starts.
#pragma once

#include <string>

#include "engine/api/engine.h"
#include "ui/state/view_state.h"

namespace perceiver::ui {

struct Session {
    std::string file;   ///< empty: nothing is open, or it came from no file
    std::string model;  ///< empty: the default of the file's kind
    double start = api::own_start;
    api::Pose pose;
    double position = 0;  ///< of the playhead, seconds
    ViewState view;
    bool operator==(const Session&) const = default;
};

/// As one line of JSON.
QByteArray toJson(const Session&);
/// Whatever is broken, missing or beyond all bounds keeps its default.
Session sessionFromJson(const QByteArray&);

}  // namespace perceiver::ui
