// The first page of a TIFF by libtiff, from memory; integers through its own conversion to RGB, floating
// point by us.
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>

#include "media/byte_reader.h"
#include "media/decoders.h"

namespace perceiver::media {
namespace {

struct Source {
    Bytes bytes;
    const Pace& pace;
    std::uint64_t at = 0;
    std::string complaint;  ///< libtiff's last
};
Source& source_of(thandle_t handle) { return *static_cast<Source*>(handle); }

tmsize_t read_some(thandle_t handle, void* into, tmsize_t count) {
    Source& source = source_of(handle);
    if (count <= 0 || source.at >= source.bytes.size() || source.pace.cancelled()) return 0;
    const auto n =
        std::min<std::uint64_t>(static_cast<std::uint64_t>(count), source.bytes.size() - source.at);
    for (std::uint64_t done = 0; done < n; done += bytes_at_once) {
        if (source.pace.cancelled()) return 0;
        std::memcpy(static_cast<std::uint8_t*>(into) + done, source.bytes.data() + source.at + done,
                    std::min<std::uint64_t>(bytes_at_once, n - done));
    }
    source.at += n;
    return static_cast<tmsize_t>(n);
}
tmsize_t write_nothing(thandle_t, void*, tmsize_t) { return 0; }
toff_t seek(thandle_t handle, toff_t offset, int whence) {
    Source& source = source_of(handle);
    source.at = offset + (whence == SEEK_CUR ? source.at : whence == SEEK_END ? source.bytes.size() : 0);
    return source.at;
}
int close_nothing(thandle_t) { return 0; }
toff_t size_of(thandle_t handle) { return source_of(handle).bytes.size(); }
int remember(TIFF*, void* handle, const char*, const char* format, va_list arguments) {
    std::array<char, 256> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    source_of(handle).complaint = text.data();
    return 1;
}
int ignore_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

struct Close {
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
    void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};
using Tiff = std::unique_ptr<TIFF, Close>;

Tiff open(Source& source, const Limits& limits) {
    const std::unique_ptr<TIFFOpenOptions, Close> options(TIFFOpenOptionsAlloc());
    if (!options) throw std::bad_alloc();
    // A picture may be one strip; eight bytes a pixel is four channels of 16 bits.
    TIFFOpenOptionsSetMaxSingleMemAlloc(
        options.get(), static_cast<tmsize_t>(std::max<std::int64_t>(limits.pixels, 1 << 20) * 8));
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), remember, &source);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignore_warning, nullptr);
    return Tiff(TIFFClientOpenExt("", "rm", &source, read_some, write_nothing, seek, close_nothing, size_of,
                                  nullptr, nullptr, options.get()));
}

[[noreturn]] void refuse(const Source& source) {
    source.pace.check();
    bad_picture("The TIFF is damaged or cut short.", source.complaint);
}

void check_kind(const TiffHeader& tiff, const Limits& limits) {
    if (tiff.samples < 1 || tiff.samples > 8)
        bad_picture("A TIFF with " + std::to_string(tiff.samples) + " channels is not supported.");
    if (tiff.tile_width != 0 || tiff.tile_height != 0) {
        // A tile is decoded whole, however little of it the picture needs.
        if (tiff.tile_width == 0 || tiff.tile_height == 0) bad_picture("The TIFF is damaged.");
        check_size(tiff.tile_width, tiff.tile_height, limits);
    }
    constexpr int whole = SAMPLEFORMAT_UINT, floating = SAMPLEFORMAT_IEEEFP, unknown = SAMPLEFORMAT_VOID;
    if (tiff.sample_format != whole && tiff.sample_format != floating && tiff.sample_format != unknown)
        bad_picture("A TIFF of signed or complex numbers is not supported.");
    if (tiff.sample_format == floating && ((tiff.bits != 32 && tiff.bits != 64) || tiff.tile_width != 0))
        bad_picture("A TIFF of floating-point numbers in tiles or of 16 bits is not supported.");
    if (tiff.sample_format != floating && tiff.bits > 16)
        bad_picture("A TIFF of integers beyond 16 bits is not supported.");
    // libtiff turns colours of whole bytes into RGB, and ink and the like of one byte.
    if ((tiff.bits > 8 && tiff.photometric >= PHOTOMETRIC_SEPARATED) ||
        (tiff.bits < 8 && tiff.photometric >= PHOTOMETRIC_RGB && tiff.photometric != PHOTOMETRIC_PALETTE))
        bad_picture("A TIFF of this colour model with " + std::to_string(tiff.bits) +
                    " bits is not supported.");
}

struct Conversion : TIFFRGBAImage {
    Conversion(TIFF* file, std::array<char, 1024>& why) : TIFFRGBAImage{} {
        if (!TIFFRGBAImageOK(file, why.data()) || !TIFFRGBAImageBegin(this, file, 1, why.data()))
            bad_picture("This kind of TIFF is not supported.", why.data());
        req_orientation = ORIENTATION_TOPLEFT;
    }
    Conversion(const Conversion&) = delete;
    Conversion& operator=(const Conversion&) = delete;
    ~Conversion() { TIFFRGBAImageEnd(this); }
};

/// Whether libtiff can give the rows one by one, in order: no tiles or planes, no colours that rows share,
/// and a compression that goes by rows.
bool has_rows(const Conversion& conversion, TIFF* file) {
    static constexpr std::array<std::uint16_t, 10> by_rows{
        COMPRESSION_NONE,     COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4,
        COMPRESSION_LZW,      COMPRESSION_JPEG,     COMPRESSION_DEFLATE,   COMPRESSION_ADOBE_DEFLATE,
        COMPRESSION_PACKBITS, COMPRESSION_ZSTD};
    std::uint16_t compression = COMPRESSION_NONE;
    TIFFGetFieldDefaulted(file, TIFFTAG_COMPRESSION, &compression);
    if (std::ranges::find(by_rows, compression) == by_rows.end()) return false;
    std::array<std::uint16_t, 2> shared{1, 1};
    if (conversion.photometric == PHOTOMETRIC_YCBCR)
        TIFFGetFieldDefaulted(file, TIFFTAG_YCBCRSUBSAMPLING, &shared[0], &shared[1]);
    return conversion.isContig && !TIFFIsTiled(file) && shared[0] == 1 && shared[1] == 1;
}

/// libtiff's pixels over white.
class WhitePaper {
  public:
    WhitePaper(Image& image, bool alpha) : to_(image.rgb.data()), alpha_(alpha) {}
    void add(std::span<const std::uint32_t> pixels) {
        for (const std::uint32_t pixel : pixels) {
            // libtiff has multiplied alpha in, so the white still to be added is what alpha leaves.
            const unsigned white = alpha_ ? 255 - TIFFGetA(pixel) : 0;
            transparent_ |= white != 0;
            for (const unsigned colour : {TIFFGetR(pixel), TIFFGetG(pixel), TIFFGetB(pixel)})
                *to_++ = static_cast<std::uint8_t>(std::min(colour + white, 255u));
        }
    }
    bool transparent() const { return transparent_; }

  private:
    std::uint8_t* to_;
    bool alpha_, transparent_ = false;
};

/// Row by row where there are rows, since libtiff decodes a strip, which may be the whole picture, in one
/// piece.
void draw(TIFF* file, const Source& source, const ImageHeader& header, WhitePaper& paper) {
    std::array<char, 1024> why{};
    Conversion conversion(file, why);
    const auto width = static_cast<std::uint32_t>(header.width),
               height = static_cast<std::uint32_t>(header.height);
    if (has_rows(conversion, file)) {
        std::vector<std::uint8_t> row(TIFFScanlineSize64(file));
        std::vector<std::uint32_t> pixels(width);
        if (row.empty()) refuse(source);
        for (std::uint32_t y = 0; y < height; ++y) {
            source.pace.check();
            if (TIFFReadScanline(file, row.data(), y, 0) != 1) refuse(source);
            conversion.put.contig(&conversion, pixels.data(), 0, y, width, 1, 0, 0, row.data());
            paper.add(pixels);
        }
        return;
    }
    const auto raster = std::make_unique_for_overwrite<std::uint32_t[]>(std::size_t{width} * height);
    if (!TIFFRGBAImageGet(&conversion, raster.get(), width, height)) refuse(source);
    for (std::uint32_t y = 0; y < height; ++y) {
        source.pace.check();
        paper.add({raster.get() + std::size_t{y} * width, width});
    }
}

Image decode_integers(TIFF* file, const Source& source, const TiffHeader& tiff, const ImageHeader& header) {
    Image image = white_image(header, source.pace);
    WhitePaper paper(
        image, tiff.extra_sample == EXTRASAMPLE_ASSOCALPHA || tiff.extra_sample == EXTRASAMPLE_UNASSALPHA);
    draw(file, source, header, paper);
    if (paper.transparent()) image.notes.emplace_back(alpha_note);
    if (tiff.bits == 16) image.notes.emplace_back(depth_note);
    return image;
}

// The first one or three channels, [height, width, channels].
std::vector<float> read_floats(TIFF* file, const Source& source, const TiffHeader& tiff, int channels) {
    std::uint16_t planar = PLANARCONFIG_CONTIG;
    TIFFGetFieldDefaulted(file, TIFFTAG_PLANARCONFIG, &planar);
    const bool together = planar == PLANARCONFIG_CONTIG;
    const std::size_t item = static_cast<std::size_t>(tiff.bits) / 8,
                      step = item * (together ? static_cast<std::size_t>(tiff.samples) : 1);
    std::vector<std::uint8_t> row(static_cast<std::size_t>(tiff.width) * step);
    if (TIFFScanlineSize64(file) > row.size()) refuse(source);
    const auto size = static_cast<std::size_t>(tiff.width * tiff.height * channels);
    std::vector<float> out;
    out.reserve(size);
    while (out.size() < size) {
        source.pace.check();
        out.resize(std::min(size, out.size() + bytes_at_once / sizeof(float)));
    }
    for (int c = 0; c < channels; ++c) {
        if (together && c > 0) break;
        for (std::int64_t y = 0; y < tiff.height; ++y) {
            source.pace.check();
            if (TIFFReadScanline(file, row.data(), static_cast<std::uint32_t>(y),
                                 static_cast<std::uint16_t>(c)) != 1)
                refuse(source);
            for (std::int64_t x = 0; x < tiff.width; ++x)
                for (int k = together ? 0 : c; k < (together ? channels : c + 1); ++k) {
                    const std::uint8_t* from = row.data() + static_cast<std::size_t>(x) * step +
                                               (together ? static_cast<std::size_t>(k) * item : 0);
                    float& to = out[static_cast<std::size_t>((y * tiff.width + x) * channels + k)];
                    double wide = 0;
                    if (item == sizeof to)
                        std::memcpy(&to, from, item);
                    else
                        std::memcpy(&wide, from, item), to = static_cast<float>(wide);
                }
        }
    }
    return out;
}

std::string number_text(float value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4g", static_cast<double>(value));
    return text.data();
}

// 0 to 1 is black to white; a picture that leaves that range is stretched into it.
Image decode_floats(TIFF* file, const Source& source, const TiffHeader& tiff, const ImageHeader& header) {
    const int channels = tiff.samples >= 3 ? 3 : 1;
    const std::vector<float> values = read_floats(file, source, tiff, channels);
    float low = 0, high = 1;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i % bytes_at_once == 0) source.pace.check();
        if (std::isfinite(values[i])) low = std::min(low, values[i]), high = std::max(high, values[i]);
    }
    const double scale = 255 / (static_cast<double>(high) - low);
    Image image = white_image(header, source.pace);
    for (std::size_t i = 0; i < image.rgb.size(); ++i) {
        if (i % bytes_at_once == 0) source.pace.check();
        const double value = values[channels == 3 ? i : i / 3];
        image.rgb[i] = static_cast<std::uint8_t>(
            std::isnan(value) ? 0 : std::clamp((value - low) * scale + 0.5, 0.0, 255.0));
    }
    image.notes.push_back(low < 0 || high > 1 ? "numbers from " + number_text(low) + " to " +
                                                    number_text(high) + " stretched to 0 to 255"
                                              : "floating-point numbers reduced to 8 bits");
    return image;
}

}  // namespace

Image decode_tiff(Bytes bytes, const ImageHeader& header, const Limits& limits, const Pace& pace) {
    const TiffHeader tiff = read_tiff_header(bytes);
    check_kind(tiff, limits);
    Source source{bytes, pace, 0, {}};
    const Tiff file = open(source, limits);
    if (!file) refuse(source);
    std::uint32_t width = 0, height = 0;
    TIFFGetField(file.get(), TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(file.get(), TIFFTAG_IMAGELENGTH, &height);
    if (width != header.width || height != header.height) refuse(source);
    // The picture is turned upright later, as every format's is; libtiff would do half of it.
    TIFFSetField(file.get(), TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    return tiff.sample_format == SAMPLEFORMAT_IEEEFP ? decode_floats(file.get(), source, tiff, header)
                                                     : decode_integers(file.get(), source, tiff, header);
}

}  // namespace perceiver::media
