// What is shown of a result, and the only way to change it: a command on the undo stack.
#pragma once

#include <QString>
#include <QUndoCommand>
#include <array>
#include <functional>

#include "engine/api/evidence.h"
#include "engine/api/types.h"
#include "ui/style/colormap.h"

namespace perceiver::ui {

enum class Layout { over, beside, alone };
enum class SortBy { index, entropy, mass, similarity, clusters };
/// Of two maps, A and B: only A, both side by side, or A less B.
enum class Compare { none, split, difference };
/// What the cards of a shuffle picture: what the model receives, the map in the order it was computed, or put back.
enum class LabPicture { input, asComputed, putBack };

inline constexpr int kPins = 5;  ///< that many latents can be pinned at once, each with its colour and shape

/// Which attention a map is of.
struct MapChoice {
    int crossAttend = 0, latent = api::all_latents, head = api::all_heads;
    bool operator==(const MapChoice&) const = default;
};

struct ViewState {
    int crossAttend = 0;
    int pinned = api::all_latents;  ///< the latent shown, or the mean over all
    std::array<int, kPins> pins{api::all_latents, api::all_latents, api::all_latents, api::all_latents,
                                api::all_latents};
    int head = api::all_heads;
    api::Scale scale = api::Scale::probability;
    ColorMap colorMap = ColorMap::viridis;
    Layout layout = Layout::over;
    int opacity = 60;             ///< of the map over the picture, percent
    bool modelView = false;       ///< show the picture as the model receives it
    SortBy sort = SortBy::index;  ///< of the latents
    int held = -1;                ///< the input element whose readers stay lit; -1: none

    Compare compare = Compare::none;
    MapChoice other;  ///< B

    bool explained = false;  ///< the views show evidence in place of attention
    api::Evidence evidence = api::Evidence::relevance;
    int target = -1;      ///< the class explained; -1: the one answered
    double masked = 0;    ///< part of the elements left out, those first that the evidence ranks first
    bool keepOnly = false;  ///< those are kept instead, all others left out

    quint64 seed = 7;  ///< of the shuffle
    int block = 1;
    double fraction = 1;
    api::Along along = api::Along::both;
    LabPicture labPicture = LabPicture::input;
    bool inFloat64 = false;
    int trialSeeds = 20;   ///< of a run over many
    QString trialFolder;   ///< empty: of the shown file

    MapChoice choice() const { return {crossAttend, pinned, head}; }
    /// The slot of a pinned latent, which is its colour and shape; -1: it is not pinned.
    int slotOf(int latent) const;
    bool operator==(const ViewState&) const = default;
};

/// The same without what belongs to one file or model: pins, what is held, compared, explained or left out.
ViewState ofAnyFile(const ViewState&);
/// The same, kept to what the model and an input array of so many elements have.
ViewState fitted(const ViewState&, const api::ModelInfo&, int elements);

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

/// Another file, model or pose, undone by opening what was open before. It was done when it is pushed.
class ChangePlace final : public QUndoCommand {
  public:
    ChangePlace(const QString& words, std::function<void()> back, std::function<void()> there);

    void redo() override;
    void undo() override { back_(); }

  private:
    std::function<void()> back_, there_;
    bool done_ = true;
};

}  // namespace perceiver::ui
