// What Qt says on stderr, for a program whose every line there is meant for a person.
#pragma once

namespace perceiver::ui {

/// Drops Qt's remark that XDG_RUNTIME_DIR is not set, which without a desktop session nobody needs to mend.
void quietQt();

}  // namespace perceiver::ui
