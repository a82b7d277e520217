// Pictures of every format made in code: by the format's own library where it writes the kind, else byte by
// byte.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "support/files.h"

namespace perceiver::samples {

/// Pixels with 3 (RGB) or 4 (RGBA) 8-bit channels.
struct Picture {
    int width = 0, height = 0, channels = 3;
    ByteVector pixels;

    std::uint8_t& at(int x, int y, int c) {
        return pixels[static_cast<std::size_t>((y * width + x) * channels + c)];
    }
    std::uint8_t at(int x, int y, int c) const {
        return pixels[static_cast<std::size_t>((y * width + x) * channels + c)];
    }
};

/// A smooth picture without symmetry: red grows to the right, green downwards, blue from corner to corner.
Picture gradient(int width, int height);
/// The same with an alpha that grows from 0 at the left to 255 at the right.
Picture translucent_gradient(int width, int height);
/// The picture that is shown when `stored` is the file's content and has this EXIF orientation: as the
/// standard words it, "the 0th row is at the visual top (...) and the 0th column at the visual left (...)".
Picture shown_upright(const Picture& stored, int orientation);

ByteVector jpeg(const Picture& picture, bool progressive = false);
ByteVector grey_jpeg(const Picture& picture);  ///< of the red channel
/// One colour of ink in every pixel, 0 to 255 of C, M, Y, K. `adobe`: inverted and marked so, as Adobe's
/// programs write.
ByteVector cmyk_jpeg(int width, int height, std::array<std::uint8_t, 4> ink, bool adobe);
ByteVector png(const Picture& picture);  ///< RGB or RGBA
ByteVector png16(const std::vector<std::uint16_t>& grey, int width, int height);
ByteVector palette_png(int width, int height);  ///< columns in turn red, green, blue, transparent
ByteVector bit_png(int width, int height);      ///< 1 bit: black and white columns in turn
ByteVector webp(const Picture& picture);        ///< lossless
ByteVector lossy_webp(const Picture& picture);
/// An animation of `frames` frames on a canvas of width x height, the first being `picture` at (x, y), both
/// even.
ByteVector animated_webp(const Picture& picture, int width, int height, int x, int y, int frames);
ByteVector bmp(const Picture& picture);                   ///< 24 bits, or 32 with alpha masks
ByteVector bmp_of_zero_alpha(const Picture& rgb);         ///< 32 bits of which the fourth byte is left 0
ByteVector palette_bmp(int width, int height, int bits);  ///< a chessboard, red at (0, 0), and black
ByteVector bmp_of_15_bits(const Picture& rgb);            ///< five bits a channel, without masks
ByteVector os2_bmp(const Picture& rgb);                   ///< the oldest header
ByteVector rle_bmp(int width, int height);                ///< 8-bit run lengths: row y is all colour y % 4
/// `frames` frames; the first covers (x, y, picture's size) of the canvas in `colours` colours; index 0
/// transparent.
struct GifOptions {
    int canvas_width = 0, canvas_height = 0, x = 0, y = 0, frames = 1;
    bool interlaced = false, transparent = false;
};
ByteVector gif(int width, int height, const GifOptions& options = {});
/// The colour of (x, y) in gif()'s frames; at transparent pixels of `transparent` ones, white.
std::array<std::uint8_t, 3> gif_colour(int x, int y, bool transparent);

struct TiffOptions {
    int bits = 8, samples = 3, photometric = 2, sample_format = 1, orientation = 0, extra_sample = -1,
        pages = 1;
    bool big_endian = false, big_tiff = false;
};
/// Uncompressed; `data` holds the samples of one page in the byte order asked for.
ByteVector tiff(int width, int height, const ByteVector& data, const TiffOptions& options = {});
ByteVector compressed_tiff(const Picture& picture, int strip_rows = 8);  ///< LZW
/// Numbers of 2, 4 or 8 bytes as a TIFF's `data`.
template <class T>
ByteVector samples_of(const std::vector<T>& numbers, bool big_endian = false);

/// 32 x 16 pixels, the left half red, the right one blue. With another brand than "avif" the same item claims to be
/// what that says.
ByteVector avif(const std::string& brand = "avif");

/// EXIF data that gives an orientation and nothing else, with or without the "Exif\0\0" before it.
ByteVector exif(int orientation, bool prefixed, bool big_endian = false);
ByteVector jpeg_with_exif(const ByteVector& file, const ByteVector& exif_data);
ByteVector png_with_exif(const ByteVector& file, const ByteVector& exif_data);
ByteVector webp_with_exif(const ByteVector& file, int width, int height, const ByteVector& exif_data);

/// A file whose header claims a size, with next to nothing behind it.
ByteVector claiming(const std::string& format, std::uint32_t width, std::uint32_t height);

/// A good picture of every kind above, by name.
struct NamedFile {
    std::string name, format;
    ByteVector bytes;
};
std::vector<NamedFile> pictures_of_every_kind();

}  // namespace perceiver::samples
