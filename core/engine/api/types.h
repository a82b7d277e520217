// What crosses between the engine and whoever shows its work (window, report, tests): plain structs, no torch, no Qt.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace perceiver::api {

using JobId = std::uint64_t;        ///< one opened file run through one model; grows
using RequestId = std::uint64_t;    ///< one question about a finished job; chosen by the asker

inline constexpr int all_latents = -1;   ///< mean over latents
inline constexpr int all_heads = -1;     ///< mean over heads

/// probability: attention after the softmax, sums to 1 over the input array; times M it reads "times uniform".
/// logit: the score before the softmax, q.k / sqrt(channels per head); means are means of scores.
enum class Scale { probability, logit };
enum class Attend { automatic, dense, separable };
enum class Precision { float32, bfloat16 };
/// travel: the elements move with their position features (the paper's protocol, table 2); stay: they move under them.
enum class Arm { travel, stay };

/// [height, width, 3] 8-bit RGB, row-major.
struct Picture {
    int width = 0, height = 0;
    std::vector<std::uint8_t> rgb;
};
using PicturePtr = std::shared_ptr<const Picture>;

/// One number per input element, in the grid's order (row-major). low and high are its smallest and largest value.
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
    std::string title, summary, knows, does_not_know, data, licence_note, recipe, test_split, trained_with;
    double accuracy = 0, accuracy_low = 0, accuracy_high = 0;   ///< part of 1; 0: not measured
    std::int64_t accuracy_n = 0;
    std::int64_t parameters = 0, file_bytes = 0;
    int classes = 0;
    std::string head;               ///< "mean", "decoder" (Perceiver IO), "none"
    int input_rows = 0, input_cols = 0, token_channels = 0;     ///< of an image model: M = rows x cols elements of C channels
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

/// The opened file. `view` is what the model sees, one pixel per input element; it covers `crop_*` of the picture
/// (in pixels of `picture`, which may be a reduced copy of the file's `width` x `height`).
struct FileInfo {
    std::string path, name, format, sha256;
    int width = 0, height = 0;
    std::int64_t bytes = 0;
    PicturePtr picture, view;
    double crop_x = 0, crop_y = 0, crop_width = 0, crop_height = 0;
    std::vector<std::string> notes;
};

struct Timings {                    ///< milliseconds
    double load_model = 0, decode = 0, encode = 0, total = 0;
    std::vector<double> cross_attend, latent;
};

/// One small map per latent, and what sorting needs. `thumbs` is [latents, rows, cols].
struct LatentGrid {
    int latents = 0, rows = 0, cols = 0;
    Scale scale = Scale::probability;
    std::vector<float> thumbs, low, high;
    std::vector<float> entropy_bits;            ///< of each latent's attention over the input array (mean over heads)
};

/// One input element, asked about from the reverse side.
struct ElementInfo {
    int element = 0, row = 0, col = 0;
    std::uint8_t rgb[3] = {0, 0, 0};
    float attention = 0, logit = 0;             ///< of the latent (or mean) and head asked for
    std::vector<std::pair<int, float>> readers; ///< latents that read it most, with their attention; up to 5
};

/// The same file through the same model once more, with its input array really permuted (dense attention).
struct PermutationResult {
    Arm arm = Arm::travel;
    std::uint64_t seed = 0;
    PicturePtr input;                           ///< the picture as the model receives it
    std::vector<Prediction> predictions;        ///< sorted, most probable first
    double largest_logit_difference = 0;        ///< against the dense attention on the array in order
    double milliseconds = 0;
};

}  // namespace perceiver::api
