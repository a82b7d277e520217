// The engine as its users see it: requests in, events out. Everything slow happens on the engine's own threads; the
// sink is called from them, or from within open() and cancel(), one event at a time, and must return quickly and not
// call the engine (the window posts to its own thread).
#pragma once

#include <functional>
#include <optional>
#include <variant>

#include "base/error.h"
#include "base/limits.h"
#include "base/load_progress.h"
#include "engine/api/evidence.h"
#include "engine/api/labs.h"
#include "engine/api/trials.h"
#include "engine/api/types.h"

namespace perceiver::api {

/// Where a model's window begins when nobody says: at 0, or where the model seeks.
inline constexpr double own_start = -1;

struct OpenRequest {
    /// of any Kind; or a model, which is loaded and told as ModelOpened
    std::string path;
    std::optional<std::vector<std::uint8_t>> bytes;   ///< pasted picture: used instead of the file; path is its name
    std::string model;                                ///< ModelInfo::id; empty: the default for the kind of file
    Attend attend = Attend::automatic;
    std::string hyperparameters{};                    ///< JSON object for a perceiver-pytorch checkpoint that lacks it
    /// seconds into a sound or film at which the model's window begins
    double start = own_start;
    bool or_default = false;                          ///< a model that doesn't read this kind gives way to the default
    Pose pose{};                                      ///< of a cloud or mesh
};
struct MapRequest {
    RequestId request = 0;
    JobId job = 0;
    int cross_attend = 0, latent = all_latents, head = all_heads;
    Scale scale = Scale::probability;
};
struct GridRequest {
    RequestId request = 0;
    JobId job = 0;
    int cross_attend = 0;
    Scale scale = Scale::probability;
    int max_side = 32;                                ///< larger maps are averaged down to this
    int head = all_heads;
};
struct LikenessRequest {
    RequestId request = 0;
    JobId job = 0;
    int cross_attend = 0, latent = all_latents;       ///< all_latents: only the clusters
};
struct ElementRequest {
    RequestId request = 0;
    JobId job = 0;
    int cross_attend = 0, latent = all_latents, head = all_heads, element = 0;
};
struct PermuteRequest {
    RequestId request = 0;
    JobId job = 0;
    ShuffleOptions shuffle{};
    std::vector<Arm> arms{Arm::travel, Arm::stay};
    int cross_attend = 0;                             ///< of the maps
    bool in_float64 = false;                          ///< as well
};
/// What the rivals say to the newest finished job's picture, in order and under the same shuffle of their own elements.
struct RivalsRequest {
    RequestId request = 0;
    JobId job = 0;
    ShuffleOptions shuffle{};
    std::vector<Arm> arms{Arm::travel, Arm::stay, Arm::none};
};
/// The permutation experiment over many seeds, of one file or of all below a folder; goes on beside whatever else runs.
struct TrialsRequest {
    RequestId request = 0;
    std::string path;                                 ///< class folders in it give accuracy as well
    std::string model;                                ///< ModelInfo::id; empty: the default for each kind of file
    std::string hyperparameters{};                    ///< as OpenRequest's
    ShuffleOptions shuffle{};                         ///< with the first seed
    int seeds = 1;
    std::vector<Arm> arms{Arm::travel, Arm::stay, Arm::none, Arm::jitter};
    bool rivals = true;                               ///< as well, where they can be asked
};
/// The paper's Table 2, and ours.
struct ComparisonRequest {};
/// A piece of the newest finished job's file for playing, as the file sounds, however long it is.
struct SoundRequest {
    RequestId request = 0;
    JobId job = 0;
    double start = 0, seconds = 1;
    int rate = 48000, channels = 2;
};
/// The window's sound as cross-attend, latent and head hear it: every time and pitch as loud as its attention, the most
/// read at full loudness.
struct SoloRequest {
    RequestId request = 0;
    JobId job = 0;
    int cross_attend = 0, latent = all_latents, head = all_heads;
};
/// Lowest and highest sample in so many bins over the whole file; told as it goes on.
struct OutlineRequest {
    RequestId request = 0;
    JobId job = 0;
    int bins = 2000;
};
/// Frames for playing: the one that shows at `start` and those after it.
struct FramesRequest {
    RequestId request = 0;
    JobId job = 0;
    double start = 0;
    int count = 1;
    double rate = 0;                                  ///< frames a second; 0: every frame the film has
    int side = 960;                                   ///< of the longer side, at most
};
/// Maps of what spoke for class `target`, one EvidenceReady each.
struct EvidenceRequest {
    RequestId request = 0;
    JobId job = 0;
    int target = 0;
    std::vector<Evidence> kinds{Evidence::attention, Evidence::rollout, Evidence::relevance};
};
/// Deletion and insertion by `values` [M], larger is more important: some fifty runs of the model.
struct CurvesRequest {
    RequestId request = 0;
    JobId job = 0;
    int target = 0;
    std::vector<float> values;
};
/// The model once more without these elements, really left out.
struct WithoutRequest {
    RequestId request = 0;
    JobId job = 0;
    std::vector<int> elements;
};
/// How alike the positions of an element of the input array are to those of all others of its modality.
struct PositionsRequest {
    RequestId request = 0;
    JobId job = 0;
    int element = middle_element;
};
/// What the job's run cost, part by part.
struct CostRequest {
    RequestId request = 0;
    JobId job = 0;
};
struct PublishedRequest {};
/// A model of the hub by name: "hub:OWNER/NAME" or "hub:OWNER/NAME@REVISION".
struct FetchRequest {
    std::string model;
};

// ---- events ----
struct Ready { std::vector<ModelInfo> models; std::string kernels; int threads = 1; };   ///< the engine is up
/// Of a job whose model takes a moment to load; `name` is the model's, as a person knows it.
struct ModelProgress { JobId job; std::string name; LoadProgress at; };
/// The opened file was a model: it is loaded, and runs whatever is opened with its id. The end of its job.
struct ModelOpened { JobId job; ModelInfo model; };
struct Opened { JobId job; FileInfo file; ModelInfo model; double decode_ms, encode_ms; };
/// mean over latents and heads
struct CrossAttendDone { JobId job; int index; Map mean; double ms; bool separable; };
/// Told now and then, where a block takes long: layers 0 to `layer` of it are done.
struct LatentLayerDone { JobId job; int stage; int block; int layer; };
struct LatentBlockDone { JobId job; int stage; int block; double ms; };
struct Finished { JobId job; std::vector<Prediction> predictions; Timings timings; };     ///< all classes, sorted
struct Failed { JobId job; std::string name; ErrorCode code; std::string sentence; };     ///< nothing else changed
struct Cancelled { JobId job; };                                                          ///< asked for, or made stale
struct MapReady { MapRequest asked; Map map; };
struct GridReady { GridRequest asked; std::shared_ptr<const LatentGrid> grid; };
struct LikenessReady { LikenessRequest asked; LatentLikeness likeness; };
struct ElementReady { ElementRequest asked; ElementInfo element; };
/// [frames, channels]; end: of the file
struct SoundReady { SoundRequest asked; std::vector<float> samples; bool end = false; };
/// one channel, as long as the window
struct SoloReady { SoloRequest asked; std::vector<float> samples; int rate = 0; };
struct OutlineReady { OutlineRequest asked; std::vector<float> low, high; double seconds_per_bin = 0, seconds = 0;
                      bool complete = false; };
struct FramesReady { FramesRequest asked; std::vector<double> times; std::vector<PicturePtr> frames;
                     bool end = false; };
struct PermutationReady { RequestId request; JobId job; PermutationResult result; };      ///< one per arm
/// One per arm; or one alone that says why they can't be asked beside this model or file, and (of a picture) which
/// bundled model they can be asked beside.
struct RivalsReady { RivalsRequest asked; Arm arm; std::vector<RivalAnswer> answers;
                     std::string why_not, model_beside; };
/// As far as it has come, now and then and at the end. `failed`: why it ended without having looked at any file.
struct TrialsReady { RequestId request; TrialsResult result; double part; bool end; std::string failed; };
struct ComparisonReady { ComparisonTable table; };
/// Of the EvidenceRequest or CurvesRequest at work: the part of it that is done.
struct ExplainProgress { RequestId request; JobId job; double part; };
struct EvidenceReady { RequestId request; JobId job; EvidenceMap evidence; };
struct CurvesReady { RequestId request; JobId job; EvidenceCurves curves; };
/// left: elements
struct WithoutReady { RequestId request; JobId job; int left; std::vector<Prediction> predictions; double ms; };
struct PositionsReady { PositionsRequest asked; PositionLikeness likeness; };
struct CostReady { CostRequest asked; CostTable cost; };
struct PublishedReady { std::vector<PublishedModel> models; std::string cache; };         ///< cache: the folder
/// Of a FetchRequest, or of a job whose model is fetched first; bytes of all its files, total 0: not known yet.
struct FetchProgress { std::string model, file; std::int64_t bytes, total; double bytes_per_second, seconds_left; };
struct Fetched { std::string asked; ModelInfo model; };                                   ///< it opens from now on
struct FetchFailed { std::string asked; ErrorCode code; std::string sentence; };          ///< code cancelled: asked for
using Event = std::variant<Ready, ModelProgress, ModelOpened, Opened, CrossAttendDone, LatentLayerDone, LatentBlockDone,
                           Finished, Failed, Cancelled, MapReady, GridReady, LikenessReady, ElementReady, SoundReady,
                           SoloReady, OutlineReady, FramesReady, PermutationReady, RivalsReady, TrialsReady,
                           ComparisonReady, ExplainProgress, EvidenceReady, CurvesReady, WithoutReady, PositionsReady,
                           CostReady, PublishedReady, FetchProgress, Fetched, FetchFailed>;
using Sink = std::function<void(const Event&)>;

/// What the drawn report is made from.
struct ReportData {
    FileInfo file;
    ModelInfo model;
    std::vector<Map> maps;                      ///< one per cross-attend, as asked for by --latent, --head, --scale
    std::string map_words;                      ///< "mean over 64 latents, probability"
    std::vector<Prediction> predictions;        ///< sorted
    Timings timings;
    std::vector<PermutationResult> permutations;
};
/// How often each class was answered for each: of the files whose folder is named after a class of the model.
struct Confusion {
    std::string title, model;                   ///< the folders, and the models' ids
    std::vector<std::string> labels;            ///< of every class that was there or was answered
    std::vector<std::int64_t> counts;           ///< [labels, labels]: rows were there, columns were answered
    std::int64_t correct = 0, files = 0;
    double accuracy = 0, low = 0, high = 0;     ///< part of 1, and its 95 % interval
};
/// Draw into `path` (.png, .svg, .pdf by its ending). Throw Error.
struct ReportWriter {
    std::function<void(const ReportData&, const std::string& path)> report;
    std::function<void(const Confusion&, const std::string& path)> confusion;
};

enum class Lab { none, cost, positions, senses };
enum class Device { cpu, cuda };
/// One of `count` shares of all files, counted from 1.
struct Shard {
    int index = 1, count = 1;
};

struct HeadlessOptions {
    std::vector<std::string> inputs;            ///< files, and folders of them
    std::string model, report, json, map;       ///< empty: not asked for; json "-" is stdout
    std::string jsonl, confusion;               ///< likewise
    std::string hyperparameters;                ///< as OpenRequest's
    int cross_attend = all_latents;             ///< for --map; all_latents (-1) stands for all
    int latent = all_latents, head = all_heads;
    Scale scale = Scale::probability;
    double start = own_start;                   ///< seconds into a sound or film
    Pose pose{};                                ///< of clouds and meshes
    std::optional<std::uint64_t> permute;
    int block = 1;                              ///< see ShuffleOptions
    double fraction = 1;
    Along along = Along::both;
    int seeds = 1;                              ///< permute's and those after it, counted in `csv` and in words
    std::string csv;                            ///< how often answers stay and are right, a line for each model and arm
    std::vector<Arm> arms{Arm::travel, Arm::stay};
    /// class to explain by name or index, "answer": the one answered; empty: none
    std::string evidence;
    bool rivals = false;                        ///< ask them under the same shuffle
    Attend attend = Attend::automatic;
    Lab lab = Lab::none;                        ///< in place of running the model
    Shard shard;
};

struct EngineOptions {
    int threads = 0;                            ///< 0: all processors
    std::string resources;                      ///< folder that holds models/
    Device device = Device::cpu;                ///< cuda: refused with Error{out_of_resources}, see headless()
    /// of every model's products; bfloat16 only where kernels() can, else Failed
    Precision precision = Precision::float32;
    Limits limits{};                            ///< of everything that is read
};

class Engine {
  public:
    virtual ~Engine() = default;                ///< cancels what runs, joins the threads; no event after it returns

    /// Starts a job; whatever ran before is cancelled as stale. What was shown stays valid until Opened arrives.
    virtual JobId open(OpenRequest) = 0;
    virtual void cancel(JobId) = 0;
    /// Questions about the newest finished job. Of each kind the newest wins: older unanswered ones are dropped.
    virtual void ask(MapRequest) = 0;
    virtual void ask(GridRequest) = 0;
    virtual void ask(LikenessRequest) = 0;
    virtual void ask(ElementRequest) = 0;
    virtual void ask(PermuteRequest) = 0;
    virtual void ask(RivalsRequest) = 0;
    virtual void stop_rivals() = 0;             ///< running or waiting; nothing more is heard of them
    virtual void ask(TrialsRequest) = 0;
    virtual void stop_trials() = 0;             ///< likewise
    virtual void ask(ComparisonRequest) = 0;
    virtual void ask(SoundRequest) = 0;
    virtual void ask(SoloRequest) = 0;
    virtual void ask(OutlineRequest) = 0;
    virtual void ask(FramesRequest) = 0;
    virtual void ask(EvidenceRequest) = 0;
    virtual void ask(CurvesRequest) = 0;
    virtual void ask(WithoutRequest) = 0;
    virtual void ask(PositionsRequest) = 0;
    virtual void ask(CostRequest) = 0;
    virtual void ask(PublishedRequest) = 0;
    /// Ends evidence, curves and what is asked without some elements, running or waiting; nothing more is heard of
    /// them.
    virtual void stop_explaining() = 0;
    /// Fetches beside whatever runs, one model at a time: a new request ends the one before. What came of a fetch that
    /// ended early is kept, and the next goes on from there.
    virtual void fetch(FetchRequest) = 0;
    virtual void cancel_fetch() = 0;

    virtual std::vector<ModelInfo> models() const = 0;   ///< bundled ones, best first
    virtual std::vector<PublishedModel> published() const = 0;
    virtual ComparisonTable comparison() const = 0;      ///< the paper's Table 2, and ours from the bundles' cards
    /// Throws Error{unreadable_model}. `hyperparameters` as OpenRequest's.
    virtual ModelInfo model_info(const std::string& id_or_path, const std::string& hyperparameters = {}) const = 0;
    virtual std::string kernels() const = 0;             ///< which BLAS, oneDNN and vector kernels run, one line each

    /// The same work without a window: every input in turn, results to files and stdout, progress and errors to
    /// stderr. Returns the exit code (ErrorCode). `writer` is empty when this build draws nothing.
    virtual int headless(const HeadlessOptions&, const ReportWriter& writer,
                         const std::function<bool()>& cancelled) = 0;
};

}  // namespace perceiver::api

/// The engine module's one door: perceiverscope-engine.so exports it. The caller owns the result. An Engine made with
/// an empty sink has no threads and serves headless() and the calls that return something.
extern "C" perceiver::api::Engine* perceiverscope_create_engine(const perceiver::api::EngineOptions&,
                                                                perceiver::api::Sink);
