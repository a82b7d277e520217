// BMP, TIFF and WebP by OpenCV's imgcodecs, with what OpenCV gets wrong or leaves open put right around it.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <new>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include "media/byte_reader.h"
#include "media/decoders.h"

namespace perceiver::media {
namespace {

// As stored: EXIF is ours to read, once.
constexpr int as_stored = cv::IMREAD_UNCHANGED;
constexpr int as_colours = cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION;

cv::Mat decode(Bytes bytes, const ImageHeader& header, int flags) {
    [[maybe_unused]] static const auto quiet = cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    const std::string sentence = header.cut_short ? "The file is cut short." : "The " + header.format + " is damaged or of an unsupported kind.";
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw Error(ErrorCode::out_of_resources, "The file is too large for a " + header.format + ".");
    cv::Mat mat;
    try {
        const cv::Mat wrapped(1, static_cast<int>(bytes.size()), CV_8U, const_cast<std::uint8_t*>(bytes.data()));
        mat = cv::imdecode(wrapped, flags);
    } catch (const cv::Exception& e) {
        if (e.code == cv::Error::StsNoMem) throw std::bad_alloc();
        bad_picture(sentence, e.what());
    }
    if (mat.empty()) bad_picture(sentence);
    if (mat.cols != header.width || mat.rows != header.height) bad_picture("The " + header.format + " is damaged.");
    return mat;
}

enum class Alpha { straight, premultiplied, ignored };

// One value of 0 to 255 from an integer of 8 or 16 bits.
unsigned to_byte(std::uint8_t value) { return value; }
unsigned to_byte(std::uint16_t value) { return (value * 255u + 32'767u) / 65'535u; }

template <class T>
Image from_channels(const cv::Mat& mat, const ImageHeader& header, Alpha alpha, bool inverted) {
    Image image = white_image(header);
    const int channels = mat.channels();
    const bool grey = channels < 3, has_alpha = (channels == 2 || channels == 4) && alpha != Alpha::ignored;
    bool transparent = false;
    std::uint8_t* to = image.rgb.data();
    for (int y = 0; y < mat.rows; ++y) {
        const T* from = mat.ptr<T>(y);
        for (int x = 0; x < mat.cols; ++x, from += channels, to += 3) {
            const unsigned opacity = has_alpha ? to_byte(from[channels - 1]) : 255;
            transparent |= opacity != 255;
            for (int c = 0; c < 3; ++c) {
                const unsigned value = to_byte(from[grey ? 0 : 2 - c]) ^ (inverted ? 255u : 0u);
                to[c] = alpha == Alpha::premultiplied ? static_cast<std::uint8_t>(std::min(value + 255 - opacity, 255u))
                                                      : over_white(value, opacity);
            }
        }
    }
    if (transparent) image.notes.emplace_back(alpha_note);
    return image;
}

Image from_integers(const cv::Mat& mat, const ImageHeader& header, Alpha alpha, bool inverted = false) {
    if (mat.depth() == CV_8U) return from_channels<std::uint8_t>(mat, header, alpha, inverted);
    if (mat.depth() == CV_16U) return from_channels<std::uint16_t>(mat, header, alpha, inverted);
    bad_picture("The numbers in this " + header.format + " are of an unsupported kind.");
}

std::string number_text(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4g", value);
    return text.data();
}

// Floating-point samples: 0 to 1 is black to white, and a picture that leaves that range is stretched into it.
Image from_floats(const cv::Mat& mat, const ImageHeader& header) {
    cv::Mat values;
    mat.convertTo(values, CV_64F);
    const int channels = values.channels();
    const int colours = std::min(channels, 3);
    double low = 0, high = 1;
    for (int y = 0; y < values.rows; ++y) {
        const double* from = values.ptr<double>(y);
        for (std::int64_t i = 0; i < std::int64_t{values.cols} * channels; ++i)
            if (std::isfinite(from[i]) && i % channels < colours) low = std::min(low, from[i]), high = std::max(high, from[i]);
    }
    const double scale = 255 / (high - low);
    Image image = white_image(header);
    std::uint8_t* to = image.rgb.data();
    for (int y = 0; y < values.rows; ++y) {
        const double* from = values.ptr<double>(y);
        for (int x = 0; x < values.cols; ++x, from += channels)
            for (int c = 0; c < 3; ++c) {
                const double value = from[channels < 3 ? 0 : 2 - c];
                *to++ = static_cast<std::uint8_t>(std::isnan(value) ? 0 : std::clamp((value - low) * scale + 0.5, 0.0, 255.0));
            }
    }
    image.notes.push_back(low < 0 || high > 1 ? "numbers from " + number_text(low) + " to " + number_text(high) + " stretched to 0 to 255"
                                              : "floating-point numbers reduced to 8 bits");
    return image;
}

void check_tiff(const TiffHeader& tiff, const Limits& limits) {
    constexpr int photometric_rgb = 2;
    if (tiff.samples < 1 || tiff.samples > 8) bad_picture("A TIFF with " + std::to_string(tiff.samples) + " channels is not supported.");
    if (tiff.tile_width != 0 || tiff.tile_height != 0) {
        // A tile is decoded whole, however little of it the picture needs.
        if (tiff.tile_width <= 0 || tiff.tile_height <= 0) bad_picture("The TIFF is damaged.");
        check_size(tiff.tile_width, tiff.tile_height, limits);
    }
    if (tiff.sample_format != 1 && tiff.sample_format != 3 && tiff.sample_format != 4)
        bad_picture("A TIFF of signed or complex numbers is not supported.");
    if (tiff.sample_format != 3 && tiff.bits > 16) bad_picture("A TIFF of integers beyond 16 bits is not supported.");
    if (tiff.bits > 8 && tiff.photometric > photometric_rgb + 1)
        bad_picture("A TIFF of this colour model with " + std::to_string(tiff.bits) + " bits is not supported.");
}

}  // namespace

Image decode_bmp(Bytes bytes, const ImageHeader& header) {
    // OpenCV would print what it thinks of a file that ends early.
    if (header.cut_short) bad_picture("The file is cut short.");
    const cv::Mat mat = decode(bytes, header, as_stored);
    bool any_opaque = mat.channels() != 4;
    for (int y = 0; y < mat.rows && !any_opaque; ++y)
        for (int x = 0; x < mat.cols && !any_opaque; ++x) any_opaque = mat.ptr<std::uint8_t>(y)[4 * x + 3] != 0;
    // Many programs leave the fourth byte 0 and mean an opaque picture.
    return from_integers(mat, header, any_opaque ? Alpha::straight : Alpha::ignored);
}

Image decode_webp(Bytes bytes, const ImageHeader& header) {
    if (header.cut_short) bad_picture("The file is cut short.");
    const auto frame = first_webp_frame(bytes);
    if (!frame) return from_integers(decode(bytes, header, as_stored), header, Alpha::straight);

    const ImageHeader inner = read_image_header(frame->file);
    if (inner.width != frame->width || inner.height != frame->height || frame->x + frame->width > header.width ||
        frame->y + frame->height > header.height)
        bad_picture("The WebP is damaged.");
    const Image part = from_integers(decode(frame->file, inner, as_stored), inner, Alpha::straight);
    Image image = white_image(header);
    for (std::int64_t y = 0; y < part.height; ++y)
        std::copy_n(part.rgb.begin() + y * part.width * 3, part.width * 3,
                    image.rgb.begin() + ((frame->y + y) * image.width + frame->x) * 3);
    image.notes = part.notes;
    return image;
}

Image decode_tiff(Bytes bytes, const ImageHeader& header, const Limits& limits) {
    const TiffHeader tiff = read_tiff_header(bytes);
    check_tiff(tiff, limits);
    // OpenCV turns some TIFFs upright by itself and others half-way: it is shown none that needs it.
    std::vector<std::uint8_t> upright(bytes.begin(), bytes.end());
    if (tiff.orientation != 1 && tiff.orientation_at + 2 <= upright.size() && tiff.orientation_at != 0) {
        upright[tiff.orientation_at] = tiff.little_endian ? 1 : 0;
        upright[tiff.orientation_at + 1] = tiff.little_endian ? 0 : 1;
    }
    if (tiff.sample_format == 3) return from_floats(decode(upright, header, as_stored), header);
    const bool alpha = tiff.extra_sample == 1 || tiff.extra_sample == 2;
    // Eight bits come through libtiff's own conversion to RGB, which multiplies alpha in.
    if (tiff.bits <= 8) return from_integers(decode(upright, header, alpha ? as_stored : as_colours), header, Alpha::premultiplied);
    const Alpha kind = !alpha ? Alpha::ignored : tiff.extra_sample == 1 ? Alpha::premultiplied : Alpha::straight;
    Image image = from_integers(decode(upright, header, as_stored), header, kind, tiff.photometric == 0);
    image.notes.emplace_back(depth_note);
    return image;
}

}  // namespace perceiver::media
