// Everything the views show: the newest result, the view state, and the answers to questions about them.
// Views read it and listen; they never talk to the engine or to each other.
#pragma once

#include <QObject>
#include <QTimer>
#include <QUndoStack>
#include <map>
#include <set>
#include <tuple>

#include "ui/state/engine_link.h"
#include "ui/state/explanation.h"
#include "ui/state/hub_models.h"
#include "ui/state/lab_answers.h"
#include "ui/state/result.h"
#include "ui/state/rival_answers.h"
#include "ui/state/session.h"
#include "ui/state/trials.h"
#include "ui/state/view_state.h"

namespace perceiver::ui {

class Player;

class State final : public QObject {
    Q_OBJECT
  public:
    explicit State(EngineFactory, QObject* parent = nullptr);

    EngineLink& link() { return link_; }
    HubModels& hub() { return hub_; }
    Player& player() { return *player_; }
    RivalAnswers& rivals() { return *rivals_; }
    Trials& trials() { return *trials_; }
    LabAnswers& labs() { return *labs_; }
    Explanation& explanation() { return *explanation_; }
    const Explanation& explanation() const { return *explanation_; }
    const HubModels& hub() const { return hub_; }

    // ---- files ----
    /// A picture, sound, film or cloud; or a model, which what is shown then goes through, or the next file.
    void openFile(const QString& path);
    /// The shown sound or film once more, the model's window beginning there. What is shown stays until that run is
    /// done, and takes its place whole.
    void openWindowAt(double seconds);
    /// The shown cloud or mesh once more, turned so. Likewise.
    void openTurned(const api::Pose& pose);
    /// The newest opened() or finished() was of another window of the file that was shown.
    bool movedOn() const { return movedOn_; }
    bool following() const { return busy_ && following_; }  ///< such a run is under way
    void openBytes(const QString& name, const QByteArray& bytes);  ///< a pasted picture
    void reopenWith(const QString& modelId);                       ///< the same file through another model
    void useModel(const QString& id);         ///< of models(), or the path of a person's own
    void useFetched(const QString& modelId);  ///< the same, or for the first file to come
    void cancel();
    void closeFile();  ///< what runs is cancelled first; then nothing is open
    /// What the shown file was opened with; nothing while none is open.
    const std::optional<api::OpenRequest>& lastOpened() const { return lastOpened_; }
    void setAttend(api::Attend attend) { attend_ = attend; }
    void setHyperparameters(const std::string& json) { hyperparameters_ = json; }
    void setModel(const QString& id) { modelId_ = id; }
    void setStart(double seconds) { start_ = seconds; }  ///< into the sounds and films to come
    void setPose(const api::Pose& pose) { pose_ = pose; }  ///< of the clouds and meshes to come
    void startWith(const ViewState& view) { view_ = view; }  ///< before anything is open; not undoable
    Session session() const;      ///< where one is now
    void resume(const Session&);  ///< opens its file and, when that is open, takes the rest of it too; not undoable

    /// What is open and how it is shown; another file, model or pose is undone by going back there.
    struct Place {
        api::OpenRequest request;
        ViewState view;
        double position = 0;  ///< of the playhead, seconds
    };
    void go(const Place&);
    /// The model was not named by a person for such files: it is the default of what the file is.
    bool modelChosen() const;
    bool busy() const { return busy_; }
    /// What is shown belongs to the file before the one being opened (told after 100 ms, so that a fast run
    /// never dims).
    bool dimmed() const { return dimmed_; }
    QString opening() const { return openingName_; }  ///< the file being opened, by name
    /// How the model of the file being opened is fetched; null when it is not.
    const api::FetchProgress* openingFetch() const;
    /// How its model is loaded; null when it is not, or at once.
    const api::ModelProgress* loading() const { return busy_ && loading_ ? &*loading_ : nullptr; }

    // ---- what there is ----
    const std::vector<api::ModelInfo>& models() const { return models_; }
    int threads() const { return threads_; }
    const QString& kernels() const { return kernels_; }
    ResultPtr result() const { return result_; }
    /// The model of the result, or the one the next file would go through; null before the engine is up.
    std::shared_ptr<const api::ModelInfo> model() const;
    const ViewState& view() const { return view_; }
    QUndoStack& undoStack() { return undo_; }

    int shownLatent() const { return shown().latent; }
    MapChoice shown() const;                       ///< what shownMap() is of, unless it is evidence
    bool showsEvidence() const;
    /// Of A; while flipped of B; where the difference is shown, A less B. Null: not computed yet.
    MapPtr shownMap() const { return shownMap_; }
    MapPtr otherMap() const { return otherMap_; }  ///< of B, while two are compared; null: not computed yet
    bool flipped() const { return flipped_; }
    GridPtr grid() const { return grid_; }         ///< null: not computed yet
    MapPtr pinnedMap() const;                      ///< null when nothing is pinned or not there yet
    MapPtr pinMap(int slot) const;                 ///< the same of any pin
    /// How alike the latents of the selected cross-attend are; null: not asked for or not known yet.
    const api::LatentLikeness* likeness() const { return likeness_ ? &*likeness_ : nullptr; }
    int heads() const;                             ///< of the selected cross-attend
    const Shuffle& shuffle() const { return shuffle_; }
    bool shuffled() const;  ///< every arm that the result has is done
    api::ShuffleOptions shuffleOptions() const;
    int hovered() const { return hovered_; }  ///< -1: none
    int marked() const { return marked_; }    ///< likewise
    int pointed() const { return hovered_ >= 0 ? hovered_ : view_.held; }  ///< the element hovered, or held; -1: none
    /// The answer about pointed(), if it has come.
    const api::ElementInfo* element() const { return element_ ? &*element_ : nullptr; }

    // ---- changing the view (each is one undoable command) ----
    void selectCrossAttend(int index);
    void stepCrossAttend(int by);
    /// Shows it, and pins it in the first free slot; the one shown again: unpins it. all_latents: unpins all.
    void pin(int latent);
    void setHead(int);
    void hold(int element);  ///< the same again, or -1: lets go
    void setCompare(Compare);
    void setOther(const MapChoice&);  ///< and shows both, unless two are compared already
    /// The views show evidence for a class; for the same once more they show attention again.
    void explain(int target);
    void setEvidence(api::Evidence, bool shown);
    void setMasked(double part);
    void setKeepOnly(bool);
    void setScale(api::Scale);
    void setColorMap(ColorMap);
    void setLayout(Layout);
    void setOpacity(int percent);
    void setModelView(bool);
    void setSeed(quint64);
    void setBlock(int);
    void setFraction(double);
    void setAlong(api::Along);
    void setTrialSeeds(int);
    void setTrialFolder(const QString&);
    void setLabPicture(LabPicture);
    void setInFloat64(bool);
    void setSort(SortBy);

    // ---- passing glances (not undoable) ----
    void preview(int latent);
    void endPreview();
    void flip(bool toOther);        ///< B in place of A, for as long
    void hover(int element);        ///< -1: nothing
    void mark(int element);         ///< the views show where it lies, and nothing else changes; -1: none
    void wantShuffle(const QObject* who, bool wanted);  ///< a lab is open: shuffle every new result
    void shuffleNow();

  signals:
    void resultChanged();  ///< result(), or a part of it
    void viewChanged();
    void mapChanged();  ///< shownMap() or pinnedMap()
    void gridChanged();
    void likenessChanged();
    void elementChanged();
    void pointedChanged();  ///< the element hovered, or held
    void markChanged();
    void shuffleChanged();
    void busyChanged();
    void opened();  ///< a new file is shown
    void finished();
    void cancelled();
    void failed(const QString& name, const QString& sentence, int code);
    void modelsChanged();
    void modelOpened(const QString& path);  ///< a person's own; it is the model in use from now on

  private:
    static constexpr int kNoPreview = -2;
    using MapKey = std::tuple<int, int, int, api::Scale>;  ///< cross-attend, latent, head

    void open(api::OpenRequest, bool following = false);
    void handle(const api::Event&);
    void on(const api::Ready&);
    void on(const api::ModelProgress&);
    void on(const api::ModelOpened&);
    void on(const api::Opened&);
    void on(const api::CrossAttendDone&);
    void on(const api::LatentLayerDone&);
    void on(const api::LatentBlockDone&);
    void on(const api::Finished&);
    void on(const api::Failed&);
    void on(const api::Cancelled&);
    void on(const api::MapReady&);
    void on(const api::GridReady&);
    void on(const api::LikenessReady&);
    void on(const api::ElementReady&);
    void on(const api::ExplainProgress& e) { explanation_->take(e); }
    void on(const api::EvidenceReady& e) { explanation_->take(e); }
    void on(const api::CurvesReady& e) { explanation_->take(e); }
    void on(const api::WithoutReady& e) { explanation_->take(e); }
    void on(const api::PositionsReady& e) { labs_->take(e); }
    void on(const api::CostReady& e) { labs_->take(e); }
    void on(const api::PermutationReady&);
    void on(const api::RivalsReady& e) { rivals_->take(e); }
    void on(const api::TrialsReady& e) { trials_->take(e); }
    void on(const api::ComparisonReady& e) { rivals_->take(e); }
    void on(const api::SoundReady&) {}     // playing is the Player's
    void on(const api::SoloReady&) {}
    void on(const api::OutlineReady&) {}
    void on(const api::FramesReady&) {}
    void on(const api::PublishedReady& e) { hub_.take(e); }
    void on(const api::FetchProgress& e) { hub_.take(e); }
    void on(const api::Fetched&);
    void know(const api::ModelInfo&);
    void on(const api::FetchFailed& e) { hub_.take(e); }

    void change(const QString& words, int merge, const std::function<void(ViewState&)>& edit);
    void apply(const ViewState&);
    ResultPtr* resultOf(api::JobId);
    void update(ResultPtr&, const std::function<void(Result&)>& edit);
    void takeComing();
    void fitView();
    void setBusy(bool);
    void restorePrevious();
    std::optional<Place> place() const;
    void shuffleIfWanted();
    void refreshMap();
    void refreshGrid();
    void askGrid();
    void refreshLikeness();
    void askElement();
    void askElementNow();
    void forgetMaps();
    MapKey keyOf(const MapChoice& c) const { return {c.crossAttend, c.latent, c.head, view_.scale}; }
    MapPtr find(const MapKey&) const;
    MapPtr look(const MapChoice&, std::vector<MapKey>& missing) const;
    MapPtr fromGrid(const MapChoice&) const;
    MapPtr lessOther(const MapPtr&) const;

    EngineLink link_;
    HubModels hub_;
    QUndoStack undo_;
    Player* player_;
    Explanation* explanation_;
    RivalAnswers* rivals_;
    Trials* trials_;
    LabAnswers* labs_;
    QTimer dimTimer_;
    std::vector<api::ModelInfo> models_;
    QString kernels_, modelId_, openingName_;
    int threads_ = 1;
    api::Attend attend_ = api::Attend::automatic;
    std::optional<api::OpenRequest> lastOpened_, opening_;
    std::optional<Place> going_;  ///< until its file is open
    std::optional<Place> left_;   ///< what a run that is not finished yet leaves behind, to come back to
    std::optional<api::OpenRequest> previousOpened_;  ///< what previous_ was opened with
    std::optional<api::ModelProgress> loading_;
    std::string hyperparameters_;
    double start_ = api::own_start;
    api::Pose pose_;
    bool busy_ = false, dimmed_ = false, openedNew_ = false, following_ = false, movedOn_ = false;

    ResultPtr result_, previous_;  ///< previous_: to return to when a run is cancelled
    ViewState view_;
    ResultPtr coming_;             ///< of the next window, while it is computed
    std::map<MapKey, MapPtr> maps_;
    MapPtr shownMap_, otherMap_;
    MapKey shownKey_{-1, api::all_latents, api::all_heads, api::Scale::probability};
    GridPtr grid_;
    std::map<std::tuple<int, int, api::Scale>, GridPtr> grids_;  ///< cross-attend, head; of this result
    QTimer gridTimer_;     ///< asks for the grid once stepping through the cross-attends rests
    QTimer elementTimer_;  ///< asks about the element pointed at once the frame that shows it is painted
    int gridCross_ = -1, gridHead_ = api::all_heads;
    std::optional<api::LatentLikeness> likeness_;
    std::pair<int, int> likenessOf_{-1, -1};   ///< cross-attend and latent it was asked for
    bool flipped_ = false;
    std::optional<api::ElementInfo> element_;
    int hovered_ = -1, marked_ = -1;
    int preview_ = kNoPreview;
    Shuffle shuffle_;
    std::set<const QObject*> shuffleWanted_;
};

/// "reading 66.2 MB of 194.0 MB", "packing 34 of 118 tensors".
QString loadingWords(const LoadProgress&);

}  // namespace perceiver::ui
