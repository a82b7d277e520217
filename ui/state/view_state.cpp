#include "ui/state/view_state.h"

namespace perceiver::ui {

ChangeView::ChangeView(const QString& words, int merge, ViewState before, ViewState after, Apply apply)
    : QUndoCommand(words), merge_(merge), before_(before), after_(after), apply_(std::move(apply)) {}

bool ChangeView::mergeWith(const QUndoCommand* newer) {
    after_ = static_cast<const ChangeView*>(newer)->after_;
    return true;
}

}  // namespace perceiver::ui
