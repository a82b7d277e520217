// What is shown of a result, and the only way to change it: a command on the undo stack.
#pragma once

#include <QUndoCommand>
#include <functional>

#include "engine/api/types.h"
#include "ui/style/colormap.h"

namespace perceiver::ui {

enum class Layout { over, beside, alone };
enum class SortBy { index, entropy, mass };

struct ViewState {
    int crossAttend = 0;
    int pinned = api::all_latents;  ///< the latent shown, or the mean over all
    api::Scale scale = api::Scale::probability;
    ColorMap colorMap = ColorMap::viridis;
    Layout layout = Layout::over;
    int opacity = 60;             ///< of the map over the picture, percent
    bool modelView = false;       ///< show the picture as the model receives it
    quint64 seed = 7;             ///< of the shuffle
    SortBy sort = SortBy::index;  ///< of the latents

    bool operator==(const ViewState&) const = default;
};

/// One undoable change. Changes with the same nonzero `merge` (dragging a slider) become one.
class ChangeView final : public QUndoCommand {
  public:
    using Apply = std::function<void(const ViewState&)>;
    ChangeView(const QString& words, int merge, ViewState before, ViewState after, Apply apply);

    void redo() override { apply_(after_); }
    void undo() override { apply_(before_); }
    int id() const override { return merge_ == 0 ? -1 : merge_; }
    bool mergeWith(const QUndoCommand* newer) override;

  private:
    int merge_;
    ViewState before_, after_;
    Apply apply_;
};

}  // namespace perceiver::ui
