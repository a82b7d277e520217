// What crosses between the engine and whoever shows its work (window, report, tests): plain structs, no torch, no Qt.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace perceiver::api {

using JobId = std::uint64_t;        ///< one opened file run through one model; grows
using RequestId = std::uint64_t;    ///< one question about a finished job; chosen by the asker

inline constexpr int all_latents = -1;   ///< mean over latents
inline constexpr int all_heads = -1;     ///< mean over heads

/// probability: attention after the softmax, sums to 1 over the input array; times M it reads "times uniform".
/// logit: the score before the softmax, q.k / sqrt(channels per head); means are means of scores. The other two are one
/// map less another of that scale, below 0 as well: made by whoever shows them, no question is answered in them.
enum class Scale { probability, logit, probability_difference, logit_difference };
inline bool is_difference(Scale s) { return s == Scale::probability_difference || s == Scale::logit_difference; }
enum class Attend { automatic, dense, separable };
enum class Precision { float32, bfloat16 };
/// travel: the elements move with their position features (the paper's protocol, table 2); stay: they move under them;
/// none: the position features are taken away (all 0), from a model that was trained with them; jitter: nothing is
/// shuffled, points move a little: what a cloud has in place of stay and none, since a point is its position.
enum class Arm { travel, stay, none, jitter };
/// What of a film changes places: tiles along every axis; whole frames; or patches, alike in every frame.
enum class Along { both, frames, patches };
/// How an input array is shuffled: tiles of `block` elements along every axis that is shuffled, and of the tiles a
/// part.
struct ShuffleOptions {
    std::uint64_t seed = 0;
    int block = 1;
    double fraction = 1;
    Along along = Along::both;
    bool operator==(const ShuffleOptions&) const = default;
};
/// What a file is. A film may have sound; a cloud may have been a mesh.
enum class Kind { image, audio, video, points };

/// [height, width, 3] 8-bit RGB, row-major.
struct Picture {
    int width = 0, height = 0;
    std::vector<std::uint8_t> rgb;
};
using PicturePtr = std::shared_ptr<const Picture>;

/// How many elements lie along each axis, row-major in this order. A spectrogram's rows are bands of pitch (the lowest
/// first) and its columns times, a sound's columns are patches of samples, a cloud's are its points.
struct Grid {
    int frames = 1, rows = 0, cols = 0;
    int count() const { return frames * rows * cols; }
    bool operator==(const Grid&) const = default;
};

/// The elements of the input array that belong to one modality, and where in the file they lie: elements `first` to
/// first + grid.count() - 1. The model may have many (sound, film, and a label that no file holds).
struct InputPart {
    std::string name;                 ///< the model's word for it; empty when it has only one modality
    bool label = false;               ///< a masked class, of which the file holds nothing
    Kind kind = Kind::image;          ///< image, video: of the crop; audio: of the sound; points: of the cloud
    int first = 0;
    Grid grid;
    /// Audio: column c stands for start + c * step ... + step seconds of the file; video: frame f does likewise. An
    /// image taken from a film: `start` is its time, step 0.
    double start = 0, step = 0;
    std::vector<double> hertz;        ///< of a spectrogram: rows + 1 edges of its bands, ascending; else empty
};

/// One number per input element, in the order of places (InputPart), whichever order the array was in: element i's
/// value is values[i]. low and high are its smallest and largest value. rows x cols is all of it: of one modality the
/// last axis are the columns; of several, one row.
struct Map {
    int rows = 0, cols = 0;
    Scale scale = Scale::probability;
    float low = 0, high = 0;
    std::vector<float> values;
};

struct Prediction {
    std::string label;
    int index = 0;
    float probability = 0, logit = 0;
};

/// Shapes and sharing of one cross-attend or latent block, for the architecture strip. `shared_with` is the position
/// (0-based, counted among its own kind) of the first one with the same weights, -1 if that is itself.
struct CrossInfo {
    int weights = 0, shared_with = -1, heads = 1, qk_channels = 0, v_channels = 0;
};
struct BlockInfo {
    int weights = 0, shared_with = -1, layers = 1, heads = 1;
};
struct StageInfo {
    CrossInfo cross;
    std::vector<BlockInfo> blocks;
};

/// A model as the picker and the strip show it.
struct ModelInfo {
    std::string id;                 ///< what --model takes: a bundled name, a path, or hub:OWNER/NAME
    std::string format;             ///< "bundle", "Hugging Face", "perceiver-pytorch", "perceiver-2021"
    std::string reads;              ///< kind of file: "image", "audio", "video", "points", "multimodal"
    std::vector<std::string> notes; ///< what to know before believing an answer: NaN weights, guessed settings
    std::string path, sha256;
    std::string title, summary, knows, does_not_know, data, licence_note, recipe, test_split, measured_too,
        trained_with;
    double accuracy = 0, accuracy_low = 0, accuracy_high = 0;   ///< part of 1; 0: not measured
    std::int64_t accuracy_n = 0;
    std::int64_t parameters = 0, file_bytes = 0;
    int classes = 0;
    std::string head;               ///< "mean", "decoder" (Perceiver IO), "none"
    int input_elements = 0, token_channels = 0;                 ///< M x C; M is 0 where it is as the file is
    int input_rows = 0, input_cols = 0;                         ///< as Map's; M = rows x cols
    /// "32 x 32 pixels", "8 x 31 patches of a mel spectrogram, 5.0 s"
    std::string input_words;
    /// kinds of file; an image model takes a film frame by frame
    std::vector<Kind> runs_over;
    /// of sound or film it reads at once; 0: not so, or as the file is
    double window_seconds = 0;
    int latents = 0, latent_channels = 0;
    std::string positions;          ///< "Fourier features, 16 bands, max resolution 32"
    std::vector<StageInfo> stages;
    std::vector<std::string> labels;
    std::string config_json;
};

/// A published model that the program knows of, on the hub or fetched already.
struct PublishedModel {
    std::string id;                 ///< what --model takes: "hub:deepmind/vision-perceiver-fourier"
    std::string title, knows, reads, licence;   ///< reads: the kinds of file, "pictures"
    std::int64_t bytes = 0;         ///< of its weights, about
    bool here = false;              ///< it opens without any network
};

/// How loud a sound is at which pitch and when, for drawing. Row 0 is the lowest pitch, column c begins at
/// start + c * step seconds of the file.
struct Spectrogram {
    int rows = 0, cols = 0;
    double start = 0, step = 0;
    float low = 0, high = 0;                    ///< decibels, below full scale
    std::vector<float> decibels;                ///< [rows, cols]
    std::vector<double> hertz;                  ///< rows + 1 edges
};

/// The sound of a file, and the window of it that the model's input array was made from.
struct SoundInfo {
    double duration = 0;                        ///< seconds of the whole file, as it claims; 0: unknown
    int file_rate = 0, file_channels = 0;
    double start = 0, seconds = 0;              ///< the window
    int rate = 0;
    std::vector<float> samples;                 ///< the window, one channel of `rate` samples a second, full scale 1
    Spectrogram spectrogram;                    ///< of the window
};

/// A film, and the window of it that was read: its frames as they look and as the model sees them.
struct FilmInfo {
    double duration = 0;                        ///< seconds, as the file claims; 0: unknown
    double rate = 0;                            ///< frames a second of the file, about; 0: unknown
    bool has_sound = false;
    double start = 0, seconds = 0;              ///< the window
    std::vector<double> times;                  ///< when each frame read shows
    std::vector<PicturePtr> frames, view;       ///< of the same length; view: empty when no modality sees them
};

/// How a cloud or mesh is turned before a model reads it: models know shapes that stand upright and face one way.
struct Pose {
    enum class Up { automatic, x, y, z };
    static constexpr int surest = -1, as_usual = -2;
    /// the file's axis that becomes z; automatic: y of glTF and OBJ, else z
    Up up = Up::automatic;
    /// Quarter turns about z after that, counterclockwise from above, 0 to 3. surest: of the four, the one with the
    /// most probable answer. as_usual: that for files whose kind knows no facing (glTF, OBJ, STL), else none.
    int quarters = as_usual;
    bool operator==(const Pose&) const = default;
};

/// The points of a file in the model's own coordinates.
struct Cloud {
    std::vector<float> xyz;                     ///< [n, 3], element i of the input array is point i
    std::vector<std::uint8_t> rgb;              ///< [n, 3], or empty
    std::vector<float> others;                  ///< [m, 3] points of the file the model did not get, for drawing
    std::int64_t file_points = 0, file_faces = 0;
    Pose pose;                                  ///< as it was turned: an axis and 0 to 3
    bool surest = false;                        ///< the quarter turns are the model's own choice
};

/// The opened file. Of a picture, `view` is what the model sees, one pixel per input element unless elements are
/// patches; it covers `crop_*` of the picture (in pixels of `picture`, which may be a reduced copy of the file's
/// `width` x `height`). Of a film `picture` and `view` are the first frame read, and crop_* holds for all of them.
/// Sounds and clouds have no picture.
struct FileInfo {
    std::string path, name, format, sha256;
    Kind kind = Kind::image;
    int width = 0, height = 0;
    std::int64_t bytes = 0;
    PicturePtr picture, view;
    double crop_x = 0, crop_y = 0, crop_width = 0, crop_height = 0;
    std::vector<InputPart> parts;               ///< in the order of the elements
    std::shared_ptr<const SoundInfo> sound;     ///< of a sound; of a film when the model heard it
    std::shared_ptr<const FilmInfo> film;
    std::shared_ptr<const Cloud> cloud;
    std::vector<Arm> arms{Arm::travel, Arm::stay};   ///< of a shuffle: none can stay where elements are but positions
    /// By Along: the largest tiles of which there are at least two, which have somewhere to go. 0: nothing lies along
    /// it.
    std::array<int, 3> largest_tile{1, 0, 0};
    std::vector<std::string> notes;
};

struct Timings {                    ///< milliseconds
    double load_model = 0, decode = 0, encode = 0, total = 0;
    std::vector<double> cross_attend, latent;
};

/// One small map per latent, and what sorting needs. `thumbs` is [latents, rows, cols], see api/thumbnail.h: not a
/// number where nothing lies.
struct LatentGrid {
    int latents = 0, rows = 0, cols = 0;
    Scale scale = Scale::probability;
    std::vector<float> thumbs, low, high;
    std::vector<float> entropy_bits;            ///< of each latent's attention over the input array (mean over heads)
};

/// One input element, asked about from the reverse side.
struct ElementInfo {
    int element = 0, row = 0, col = 0;          ///< row and column as Map's
    /// of a picture's or film's element: the middle of what the model sees there
    std::uint8_t rgb[3] = {0, 0, 0};
    float attention = 0, logit = 0;             ///< of the latent (or mean) and head asked for
    std::vector<std::pair<int, float>> readers; ///< latents that read it most, with their attention; up to 5
    std::vector<std::vector<float>> reading;    ///< [cross-attends][latents] attention to it, mean over heads
};

/// How alike the latents' maps of one cross-attend are: by cosine, place by place.
struct LatentLikeness {
    std::vector<float> to_one;                  ///< [latents] to the latent asked about; empty when none was
    /// all latents, like beside like; the cluster each belongs to, along the order
    std::vector<int> order, cluster;
};

/// A rival (a ResNet, a ViT, a Transformer of pictures) as its card says it.
struct RivalInfo {
    std::string id, path;                       ///< id: "rival-resnet-cifar10"
    std::string type, name;                     ///< "resnet", "vit", "transformer"; "ResNet", "ViT", "Transformer"
    std::string title, summary, recipe, test_split, trained_with;
    double accuracy = 0, accuracy_low = 0, accuracy_high = 0;   ///< part of 1, as it was trained; 0: not measured
    std::int64_t accuracy_n = 0, parameters = 0;
    /// Seed of the one shuffle of its elements it was trained under and still sees everything through; 0: none.
    std::uint64_t permutation = 0;
    int rows = 0, cols = 0;                     ///< of its elements
    std::int64_t receptive_field = 0;           ///< elements that one unit of the first layer reads
    std::vector<std::string> labels;
};

/// What a rival says to the picture, and to it under the same shuffle as the model's (of its own elements; one that was
/// trained under a shuffle sees this one through its own).
struct RivalAnswer {
    std::shared_ptr<const RivalInfo> rival;
    std::vector<Prediction> predictions, shuffled;   ///< sorted, most probable first
    double largest_logit_difference = 0;
    bool same_answer = false;                   ///< the most probable class is still the same
    bool nothing_moved = false;                 ///< its own grid has too few tiles of that size
};

/// One line of the paper's Table 2, or of ours.
struct ComparisonRow {
    std::string model;                          ///< "ResNet-50 (FF)"; FF: it gets Fourier features of the positions
    std::string id, permuted_id;                ///< of ours: the bundles
    double raw = 0, permuted = 0;               ///< accuracy trained and tested so, part of 1; 0: not measured
    double raw_low = 0, raw_high = 0, permuted_low = 0, permuted_high = 0;   ///< of ours: 95 % intervals
    std::int64_t n = 0;                         ///< of ours: pictures it was measured on
    std::int64_t receptive_field = 0;
    /// Training on shuffled elements is the same computation, as their positions travel with them: one training is
    /// both.
    bool invariant = false;
};
struct ComparisonTable {
    std::string paper_title, our_title;         ///< on what data it was measured
    std::vector<ComparisonRow> paper, ours;
};

/// The same file through the same model once more, with its input array really permuted (dense attention).
struct PermutationResult {
    Arm arm = Arm::travel;
    ShuffleOptions shuffle;
    std::string nothing_moved;                  ///< why, where every element stayed in its place
    PicturePtr input;                           ///< the picture as the model receives it; null for sounds and clouds
    std::vector<PicturePtr> frames;             ///< a film's frames as the model receives them
    std::vector<float> sound;                   ///< what the model receives, made to be heard, at SoundInfo::rate
    std::shared_ptr<const Spectrogram> spectrogram;   ///< of that sound
    std::vector<Prediction> predictions;        ///< sorted, most probable first
    double largest_logit_difference = 0;        ///< against the dense attention on the array in order
    std::optional<double> in_float64;           ///< the same through the plain model in float64, where asked for
    std::vector<int> from;                      ///< [M] whose data each element got; empty where nothing was shuffled
    std::shared_ptr<const Cloud> cloud;         ///< the points as they were moved; else null
    int cross_attend = 0;                       ///< of the maps, mean over latents and heads:
    Map as_computed, put_back;                  ///< in the order of the shuffled array; where its data came from
    double largest_map_difference = 0;          ///< of put_back, against the array in order
    double milliseconds = 0;
    std::vector<RivalAnswer> rivals;            ///< headless, where they were asked for
};

}  // namespace perceiver::api
