// Input: media in, the input array out. This header is its part of a model's configuration, without tensors.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace perceiver::input {

/// Position features concatenated to each input element's data ("Perceiver", section 3.2 and appendix C).
/// Fourier layout: [raw position (d)] [sin: axis-major, band-minor] [cos: the same]; frequencies
/// linspace(1, max_resolution/2, num_bands) per axis, angle pi * f * x, x = linspace(-1, 1, n) over the grid.
struct PositionConfig {
    enum class Type { fourier, learned, none } type = Type::fourier;
    std::int64_t num_bands = 0;                 ///< fourier
    std::vector<double> max_resolution;         ///< fourier, one per axis (rows, columns for pictures)
    bool concat_position = true;                ///< fourier: the raw position goes in as well
    bool sine_only = false;                     ///< fourier: leave the cosines out
    std::int64_t channels = 0;                  ///< learned
    std::vector<std::int64_t> index_dims;       ///< learned: the grid the table was learned on

    /// Channels this adds to an element of a grid with that many axes.
    std::int64_t features(std::int64_t axes) const {
        if (type == Type::none) return 0;
        if (type == Type::learned) return channels;
        return axes * ((concat_position ? 1 : 0) + num_bands * (sine_only ? 1 : 2));
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

/// What turns a picture into the model's grid of pixels.
struct ImageConfig {
    std::int64_t channels = 3;
    std::int64_t height = 0, width = 0;         ///< 0: as the data is (arrays already prepared)
    enum class Fit { squash, center_crop } fit = Fit::center_crop;
    double crop_fraction = 1.0;                 ///< center_crop: side of the square as a part of the shorter side
    enum class Resample { bilinear, bicubic } resample = Resample::bilinear;   ///< antialiased when shrinking
    std::vector<double> mean, std;              ///< per channel, of values in 0..1; empty: 0 and 1
    /// When set, pictures go through it alone, and nothing above but channels counts.
    std::optional<ImageProcessorConfig> processor;
};

struct InputConfig {
    enum class Type { image } type = Type::image;
    ImageConfig image;
    PositionConfig position;
};

}  // namespace perceiver::input
