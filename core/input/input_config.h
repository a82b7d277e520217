// Input: media in, the input array out. This header is its part of a model's configuration, without tensors.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace perceiver::input {

/// Position features concatenated to each input element's data ("Perceiver", section 3.2 and appendix C).
/// Fourier frequencies are per axis f = 1 ... max_resolution/2 in num_bands steps, the angle is pi * f * x, and x runs
/// over linspace(-1, 1, n) of the grid, or is the point itself.
struct PositionConfig {
    enum class Type { fourier, learned, none } type = Type::fourier;

    /// How a Fourier vector is laid out. `by_function`, DeepMind's: [raw position (d)] [sin: axis-major, band-minor]
    /// [cos: the same]. `by_axis`, perceiver-pytorch's: for every axis [sin] [cos] [raw position].
    enum class Order { by_function, by_axis } order = Order::by_function;
    /// How the frequencies are spread. `geometric`: equal ratios (perceiver-pytorch 0.2.1 to 0.7.1).
    enum class Spacing { linear, geometric } spacing = Spacing::linear;
    std::int64_t num_bands = 0;                 ///< fourier
    std::vector<std::int64_t> axis_bands;       ///< fourier: of each axis, 0 leaving its raw position; empty: num_bands
    std::vector<double> max_resolution;         ///< fourier, one per axis (time, rows, columns)
    bool concat_position = true;                ///< fourier: the raw position goes in as well
    bool sine_only = false;                     ///< fourier: leave the cosines out

    std::int64_t channels = 0;                  ///< learned: width of the table
    std::vector<std::int64_t> index_dims;       ///< learned: the grid the table was learned on
    std::int64_t projected_channels = 0;        ///< learned: a Linear to this many follows (Perceiver IO); 0: none

    std::int64_t bands(std::int64_t axis) const {
        return axis_bands.empty() ? num_bands : axis_bands[static_cast<std::size_t>(axis)];
    }
    /// Channels this adds to an element of an input with that many axes.
    std::int64_t features(std::int64_t axes) const {
        if (type == Type::none) return 0;
        if (type == Type::learned) return projected_channels ? projected_channels : channels;
        std::int64_t waves = axes * num_bands;
        if (!axis_bands.empty()) waves = std::accumulate(axis_bands.begin(), axis_bands.end(), std::int64_t{0});
        return (concat_position ? axes : 0) + waves * (sine_only ? 1 : 2);
    }
};

/// Hugging Face's PerceiverImageProcessor, as preprocessor_config.json sets it up (its defaults here): centre crop,
/// resize, rescale, normalise, in this order, each of which can be left out.
struct ImageProcessorConfig {
    bool do_center_crop = true;
    std::int64_t crop_height = 256, crop_width = 256;   ///< the crop is size / crop_size of the picture's shorter side
    /// Odd margins: false puts the crop at (H - crop) / 2, true at (H - crop + 1) / 2, as DeepMind's code does and the
    /// first releases of the PerceiverFeatureExtractor did.
    bool crop_rounds_up = false;
    bool do_resize = true;
    std::int64_t height = 224, width = 224;
    /// Numbered as in the files, which is Pillow's numbering.
    enum class Resample { nearest = 0, lanczos, bilinear, bicubic, box, hamming } resample = Resample::bicubic;
    bool do_rescale = true;
    double rescale_factor = 1.0 / 255;
    bool do_normalize = true;
    std::array<double, 3> mean{0.485, 0.456, 0.406}, std{0.229, 0.224, 0.225};
};

/// What turns a picture into the model's grid of elements.
struct ImageConfig {
    std::int64_t channels = 3;
    std::int64_t height = 0, width = 0;         ///< 0: as the data is (arrays already prepared)
    enum class Fit { squash, center_crop } fit = Fit::center_crop;
    double crop_fraction = 1.0;                 ///< center_crop: side of the square as a part of the shorter side
    /// center_crop: where the crop's middle lies, across and down, in parts of the picture; as near as the edges allow.
    std::array<double, 2> crop_centre{0.5, 0.5};
    enum class Resample { bilinear, bicubic } resample = Resample::bilinear;   ///< antialiased when shrinking
    std::vector<double> mean, std;              ///< per channel, of values in 0..1; empty: 0 and 1
    /// When set, pictures go through it alone, and of what stands above only channels counts.
    std::optional<ImageProcessorConfig> processor;

    /// What an element's data is. `pixels`: its pixel. `patches`: its block of pixels, (dy, dx, channel), channel
    /// fastest. `conv1x1`: a 1x1 convolution of the pixel. `conv_pool`: 7x7 convolution of stride 2 without bias, batch
    /// norm (eps 1e-5, stored statistics), ReLU, 3x3 max pool of stride 2: a quarter of the picture's side.
    enum class Prepare { pixels, patches, conv1x1, conv_pool } prepare = Prepare::pixels;
    std::array<std::int64_t, 2> patch{1, 1};    ///< patches: (dy, dx)
    std::int64_t conv_channels = 0;             ///< conv1x1, conv_pool
    /// conv_pool. `symmetric`: 3 pixels around, none for the pool (Hugging Face: 224 -> 55). `same`: as TensorFlow
    /// pads, (2, 3) and (0, 1) (DeepMind: 224 -> 56).
    enum class Padding { symmetric, same } padding = Padding::symmetric;

    std::int64_t data_channels() const {
        if (prepare == Prepare::conv1x1 || prepare == Prepare::conv_pool) return conv_channels;
        return channels * (prepare == Prepare::patches ? patch[0] * patch[1] : 1);
    }
    /// Elements along an axis (0: rows, 1: columns) of a picture of `pixels` pixels along it.
    std::int64_t elements(std::int64_t pixels, int axis) const {
        if (prepare == Prepare::patches) return pixels / patch[static_cast<std::size_t>(axis)];
        if (prepare != Prepare::conv_pool) return pixels;
        if (padding == Padding::same) return ((pixels + 1) / 2 + 1) / 2;
        return ((pixels - 1) / 2 + 1 - 3) / 2 + 1;
    }
};

/// Sound: consecutive samples are cut into patches, one element each ("Perceiver", section 4.2).
struct AudioConfig {
    std::int64_t samples_per_patch = 1;
    std::int64_t sample_rate = 0, samples = 0;  ///< Hz, and how many the model reads; 0: as the data is
    double rms = 0;                             ///< a sound is first brought to this root mean square; 0: left alone
    double mu = 0;                              ///< then x becomes sign(x) ln(1 + mu |x|) / ln(1 + mu); 0: left alone
};

/// Sound as a picture of how loud it is at which pitch and when: patches of mels x frames, one element each (the data
/// order: mel, then frame, frame fastest).
/// Frame t is the samples around t * hop, zeros beyond both ends, times a periodic Hann window of `window` samples in
/// the middle of `fft`; |DFT|^2 of it goes through `mels` triangles. Their corners are mels + 2 places from `low` to
/// `high` Hz evenly apart on the mel scale of HTK, 2595 log10(1 + f / 700); each is linear in Hz and divided by the sum
/// of its own weights. An element's numbers are (ln(power + floor) - mean) / std.
struct SpectrogramConfig {
    std::int64_t sample_rate = 0;               ///< Hz
    std::int64_t fft = 0, window = 0, hop = 0;  ///< samples
    std::int64_t mels = 0, frames = 0;          ///< frames the model reads; 0: as the data is
    double low = 0, high = 0;                   ///< Hz
    double floor = 1e-4, mean = 0, std = 1;
    std::array<std::int64_t, 2> patch{1, 1};    ///< (mels, frames)
    bool seek = false;                          ///< a longer sound is read where it is loudest, unless told where

    /// Samples that `frames` frames stand for.
    std::int64_t samples() const { return frames * hop; }
};

/// Film: blocks of frames x rows x columns, data order (dt, dy, dx, channel), channel fastest.
struct VideoConfig {
    std::int64_t channels = 3;
    std::array<std::int64_t, 3> patch{1, 1, 1};             ///< (dt, dy, dx)
    std::int64_t frames = 0, height = 0, width = 0;         ///< 0: as the data is
    double frame_rate = 0;                                  ///< frames per second; 0: as the data is
    std::vector<double> mean, std;                          ///< as ImageConfig
    double crop_fraction = 1.0;                             ///< of the largest box of the model's own shape
    std::array<double, 2> crop_centre{0.5, 0.5};            ///< as ImageConfig
    double mean_frame = 0;                                  ///< so much of the mean over its frames is taken off a film
};

/// A cloud: elements are points, their data `features` numbers each, their position the point itself.
struct PointsConfig {
    std::int64_t dims = 3, features = 0;
    std::int64_t points = 0;                                ///< how many the model reads; 0: as the data is
    /// What is done to a cloud first. `unit_ball`: its mean to 0, its farthest point to distance 1. `unit_cube`: the
    /// middle of its box to 0, the box's longest side to -1 ... 1.
    enum class Fit { none, unit_ball, unit_cube } fit = Fit::none;
};

/// One element that holds a one-hot class (Perceiver IO's multimodal autoencoder).
struct LabelConfig {
    std::int64_t classes = 0;
};

struct Modality;

/// One input array. Elements are [data, position features]; of several modalities every element also gets its
/// modality's learned padding, up to the widest one's channels plus min_padding ("Perceiver", section 4.2).
struct InputConfig {
    enum class Type { image, audio, spectrogram, video, points, label, multimodal } type = Type::image;
    ImageConfig image;
    AudioConfig audio;
    SpectrogramConfig spectrogram;
    VideoConfig video;
    PointsConfig points;
    LabelConfig label;
    PositionConfig position;
    std::int64_t min_padding = 0;               ///< multimodal
    std::vector<Modality> modalities;  ///< multimodal: in the order of their names, which is that of the elements

    std::int64_t axes() const;                  ///< coordinates of an element's position
    std::int64_t data_channels() const;
    std::int64_t token_channels() const;        ///< C
};

struct Modality {
    std::string name;
    InputConfig input;
    bool has_mask_token = false;                ///< there is a learned token that stands for a masked element
    bool masked = false;  ///< every element of it is that token (Perceiver IO: the label, when running)
};

inline std::int64_t InputConfig::axes() const {
    switch (type) {
        case Type::image: case Type::spectrogram: return 2;
        case Type::audio: return 1;
        case Type::video: return 3;
        case Type::points: return points.dims;
        case Type::label: case Type::multimodal: break;
    }
    return 0;
}
inline std::int64_t InputConfig::data_channels() const {
    switch (type) {
        case Type::image: return image.data_channels();
        case Type::audio: return audio.samples_per_patch;
        case Type::spectrogram: return spectrogram.patch[0] * spectrogram.patch[1];
        case Type::video: return video.channels * video.patch[0] * video.patch[1] * video.patch[2];
        case Type::points: return points.features;
        case Type::label: return label.classes;
        case Type::multimodal: break;
    }
    return 0;
}
inline std::int64_t InputConfig::token_channels() const {
    if (type != Type::multimodal) return data_channels() + position.features(axes());
    std::int64_t widest = 0;
    for (const auto& m : modalities) widest = std::max(widest, m.input.token_channels());
    return widest + min_padding;
}

}  // namespace perceiver::input
