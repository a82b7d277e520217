// Good pictures of every kind come out as the pixels that were put in.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "media/decoders.h"
#include "media/kind.h"
#include "media/orientation.h"
#include "support/av_samples.h"
#include "support/expect_error.h"
#include "support/media_samples.h"

namespace perceiver::media {
namespace {

using namespace samples;

void expect_pixels(const Image& image, const Picture& wanted, int tolerance = 0) {
    ASSERT_EQ(image.width, wanted.width);
    ASSERT_EQ(image.height, wanted.height);
    ASSERT_EQ(image.rgb.size(), static_cast<std::size_t>(3 * image.width * image.height));
    int worst = 0;
    for (std::size_t i = 0; i < image.rgb.size(); ++i)
        worst = std::max(worst, std::abs(image.rgb[i] - wanted.pixels[i]));
    EXPECT_LE(worst, tolerance);
}

std::array<int, 3> pixel(const Image& image, std::int64_t x, std::int64_t y) {
    const auto* p = &image.rgb[static_cast<std::size_t>(3 * (y * image.width + x))];
    return {p[0], p[1], p[2]};
}
using Colour = std::array<int, 3>;
constexpr Colour white{255, 255, 255}, red{255, 0, 0}, green{0, 255, 0}, blue{0, 0, 255}, black{0, 0, 0};

bool notes_say(const Image& image, const std::string& words) {
    return std::ranges::any_of(image.notes,
                               [&](const auto& note) { return note.find(words) != std::string::npos; });
}

// RGBA over white, in exact arithmetic.
Picture over_white(const Picture& rgba) {
    Picture out{rgba.width, rgba.height, 3, {}};
    for (std::size_t i = 0; i < rgba.pixels.size(); i += 4)
        for (std::size_t c = 0; c < 3; ++c) {
            const double alpha = rgba.pixels[i + 3] / 255.0;
            out.pixels.push_back(
                static_cast<std::uint8_t>(rgba.pixels[i + c] * alpha + 255 * (1 - alpha) + 0.5));
        }
    return out;
}

TEST(ImageFormat, is_told_by_content) {
    for (const auto& file : pictures_of_every_kind())
        EXPECT_EQ(image_format(file.bytes), file.format) << file.name;
    const std::string text = "BMW is a maker of cars, and this a text.";
    EXPECT_EQ(image_format({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}), "");
    EXPECT_EQ(image_format({}), "");
}

TEST(DecodeImage, every_kind_has_its_format_and_size) {
    for (const auto& file : pictures_of_every_kind()) {
        SCOPED_TRACE(file.name);
        const Image image = decode_image(file.bytes);
        EXPECT_EQ(image.format, file.format);
        EXPECT_EQ(std::max(image.width, image.height), 33);
        EXPECT_EQ(std::min(image.width, image.height), 20);
        EXPECT_EQ(image.rgb.size(), 33u * 20 * 3);
    }
}

TEST(DecodeImage, lossless_kinds_are_exact_and_lossy_ones_near) {
    for (const auto& [w, h] : {std::pair{33, 20}, {1, 1}, {1, 17}, {64, 3}}) {
        SCOPED_TRACE(std::to_string(w) + " x " + std::to_string(h));
        const Picture picture = gradient(w, h);
        expect_pixels(decode_image(png(picture)), picture);
        expect_pixels(decode_image(bmp(picture)), picture);
        expect_pixels(decode_image(webp(picture)), picture);
        expect_pixels(decode_image(os2_bmp(picture)), picture);
        expect_pixels(decode_image(bmp_of_15_bits(picture)), picture, 7);
        expect_pixels(decode_image(compressed_tiff(picture)), picture);
        expect_pixels(decode_image(tiff(w, h, picture.pixels)), picture);
    }
    const Picture picture = gradient(64, 48);
    expect_pixels(decode_image(jpeg(picture)), picture, 12);
    expect_pixels(decode_image(jpeg(picture, true)), picture, 12);
    expect_pixels(decode_image(lossy_webp(picture)), picture, 30);
    EXPECT_TRUE(decode_image(jpeg(picture)).notes.empty());
}

TEST(DecodeImage, alpha_is_laid_over_white) {
    const Picture rgba = translucent_gradient(256, 5), wanted = over_white(rgba);
    expect_pixels(decode_image(png(rgba)), wanted, 1);
    expect_pixels(decode_image(webp(rgba)), wanted, 1);
    expect_pixels(decode_image(bmp(rgba)), wanted, 1);
    expect_pixels(decode_image(tiff(256, 5, rgba.pixels, {.samples = 4, .extra_sample = 2})), wanted, 2);
    EXPECT_TRUE(notes_say(decode_image(png(rgba)), "laid over white"));
    EXPECT_TRUE(decode_image(png(gradient(4, 4))).notes.empty());
}

TEST(DecodeImage, premultiplied_alpha_of_a_tiff_is_not_multiplied_again) {
    const Picture rgba = translucent_gradient(64, 5), wanted = over_white(rgba);
    Picture multiplied = rgba;
    for (std::size_t i = 0; i < multiplied.pixels.size(); ++i)
        if (i % 4 != 3)
            multiplied.pixels[i] =
                static_cast<std::uint8_t>(multiplied.pixels[i] * multiplied.pixels[i | 3] / 255);
    expect_pixels(decode_image(tiff(64, 5, multiplied.pixels, {.samples = 4, .extra_sample = 1})), wanted, 2);
    std::vector<std::uint16_t> straight16, multiplied16;
    for (std::size_t i = 0; i < rgba.pixels.size(); ++i) {
        straight16.push_back(static_cast<std::uint16_t>(rgba.pixels[i] * 257));
        multiplied16.push_back(static_cast<std::uint16_t>(multiplied.pixels[i] * 257));
    }
    expect_pixels(
        decode_image(tiff(64, 5, samples_of(straight16), {.bits = 16, .samples = 4, .extra_sample = 2})),
        wanted, 2);
    expect_pixels(
        decode_image(tiff(64, 5, samples_of(multiplied16), {.bits = 16, .samples = 4, .extra_sample = 1})),
        wanted, 2);
}

TEST(DecodeImage, a_fourth_byte_of_zeros_in_a_bmp_is_no_alpha) {
    const Picture picture = gradient(9, 7);
    expect_pixels(decode_image(bmp_of_zero_alpha(picture)), picture);
}

TEST(DecodeImage, grey_becomes_three_equal_channels) {
    const Image image = decode_image(grey_jpeg(gradient(64, 20)));
    for (std::int64_t x = 0; x < 64; ++x) {
        const auto [r, g, b] = pixel(image, x, 10);
        EXPECT_EQ(r, g);
        EXPECT_EQ(g, b);
        EXPECT_NEAR(r, 255 * x / 63, 6);
    }
}

TEST(DecodeImage, sixteen_bits_become_eight) {
    std::vector<std::uint16_t> grey(256 * 3);
    for (std::size_t i = 0; i < grey.size(); ++i)
        grey[i] = static_cast<std::uint16_t>(i * 65'535 / (grey.size() - 1));
    const Image from_png = decode_image(png16(grey, 256, 3));
    const Image from_tiff =
        decode_image(tiff(256, 3, samples_of(grey), {.bits = 16, .samples = 1, .photometric = 1}));
    const Image swapped = decode_image(tiff(
        256, 3, samples_of(grey, true), {.bits = 16, .samples = 1, .photometric = 1, .big_endian = true}));
    const Image inverted =
        decode_image(tiff(256, 3, samples_of(grey), {.bits = 16, .samples = 1, .photometric = 0}));
    for (std::size_t i = 0; i < grey.size(); ++i) {
        EXPECT_NEAR(from_png.rgb[3 * i], grey[i] / 257.0, 0.51);
        EXPECT_NEAR(from_tiff.rgb[3 * i], grey[i] / 257.0, 1);
        EXPECT_EQ(swapped.rgb[3 * i], from_tiff.rgb[3 * i]);
        EXPECT_EQ(inverted.rgb[3 * i], 255 - from_tiff.rgb[3 * i]);
    }
    EXPECT_TRUE(notes_say(from_png, "16-bit"));
    EXPECT_TRUE(notes_say(from_tiff, "16-bit"));
}

TEST(DecodeImage, floating_point_tiffs_are_scaled) {
    const TiffOptions grey{.bits = 32, .samples = 1, .photometric = 1, .sample_format = 3};
    const Image plain = decode_image(tiff(3, 1, samples_of(std::vector<float>{0, 0.5, 1}), grey));
    EXPECT_EQ(pixel(plain, 0, 0), black);
    EXPECT_NEAR(pixel(plain, 1, 0)[0], 128, 1);
    EXPECT_EQ(pixel(plain, 2, 0), white);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const Image stretched = decode_image(tiff(4, 1, samples_of(std::vector<float>{-100, 0, 100, nan}), grey));
    EXPECT_EQ(pixel(stretched, 0, 0), black);
    EXPECT_NEAR(pixel(stretched, 1, 0)[0], 128, 1);
    EXPECT_EQ(pixel(stretched, 2, 0), white);
    EXPECT_TRUE(notes_say(stretched, "numbers from -100 to 100 stretched"));
    const Image colour =
        decode_image(tiff(1, 1, samples_of(std::vector<double>{1, 0, 0}), {.bits = 64, .sample_format = 3}));
    EXPECT_EQ(pixel(colour, 0, 0), red);
}

TEST(DecodeImage, palettes_and_single_bits) {
    const Image palette = decode_image(palette_png(8, 3));
    const std::array<Colour, 4> columns{red, green, blue, white};
    for (std::int64_t x = 0; x < 8; ++x)
        EXPECT_EQ(pixel(palette, x, 1), columns[static_cast<std::size_t>(x % 4)]);
    const Image bits = decode_image(bit_png(20, 3));
    for (std::int64_t x = 0; x < 20; ++x) EXPECT_EQ(pixel(bits, x, 2), x % 2 ? white : black);
    const ByteVector rows{0x55, 0x55, 0x50, 0x55, 0x55, 0x50};
    const Image tiff_bits = decode_image(tiff(20, 2, rows, {.bits = 1, .samples = 1, .photometric = 1}));
    const Image inverted = decode_image(tiff(20, 2, rows, {.bits = 1, .samples = 1, .photometric = 0}));
    for (std::int64_t x = 0; x < 20; ++x) {
        EXPECT_EQ(pixel(tiff_bits, x, 1), x % 2 ? white : black);
        EXPECT_EQ(pixel(inverted, x, 1), x % 2 ? black : white);
    }
    for (const int depth : {1, 4, 8}) {
        const Image board = decode_image(palette_bmp(20, 3, depth));
        for (std::int64_t x = 0; x < 20; ++x) EXPECT_EQ(pixel(board, x, 1), x % 2 ? red : black) << depth;
    }
    const Image runs = decode_image(rle_bmp(10, 8));
    const std::array<Colour, 4> rows_of{black, red, green, blue};
    for (std::int64_t y = 0; y < 8; ++y)
        EXPECT_EQ(pixel(runs, 5, y), rows_of[static_cast<std::size_t>(y % 4)]);
}

TEST(DecodeImage, ink_of_a_cmyk_jpeg_has_its_colour_with_and_without_adobes_inversion) {
    struct Ink {
        std::array<std::uint8_t, 4> cmyk;
        Colour wanted;
    };
    const std::array<Ink, 6> inks{{{{0, 0, 0, 0}, white},
                                   {{0, 255, 255, 0}, red},
                                   {{255, 0, 255, 0}, green},
                                   {{255, 255, 0, 0}, blue},
                                   {{0, 0, 0, 255}, black},
                                   {{0, 128, 0, 64}, {191, 95, 191}}}};
    for (const bool adobe : {true, false})
        for (const auto& [cmyk, wanted] : inks) {
            const Image image = decode_image(cmyk_jpeg(17, 9, cmyk, adobe));
            EXPECT_TRUE(notes_say(image, "CMYK"));
            for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(pixel(image, 8, 4)[c], wanted[c], 4);
        }
}

TEST(DecodeImage, separated_tiffs_are_inks_too) {
    const Image image =
        decode_image(tiff(2, 1, {0, 255, 255, 0, 0, 0, 0, 255}, {.samples = 4, .photometric = 5}));
    EXPECT_EQ(pixel(image, 0, 0), red);
    EXPECT_EQ(pixel(image, 1, 0), black);
}

TEST(DecodeImage, a_gif_is_its_first_frame_on_its_canvas) {
    for (const bool interlaced : {false, true})
        for (const bool transparent : {false, true}) {
            const Image image = decode_image(gif(13, 11,
                                                 {.canvas_width = 20,
                                                  .canvas_height = 15,
                                                  .x = 4,
                                                  .y = 3,
                                                  .frames = 12,
                                                  .interlaced = interlaced,
                                                  .transparent = transparent}));
            ASSERT_EQ(image.width, 20);
            ASSERT_EQ(image.height, 15);
            EXPECT_TRUE(notes_say(image, "first frame of 12"));
            for (int y = 0; y < 15; ++y)
                for (int x = 0; x < 20; ++x) {
                    const bool inside = x >= 4 && x < 17 && y >= 3 && y < 14;
                    const auto c = inside ? gif_colour(x - 4, y - 3, transparent)
                                          : std::array<std::uint8_t, 3>{255, 255, 255};
                    EXPECT_EQ(pixel(image, x, y), (Colour{c[0], c[1], c[2]})) << x << "," << y;
                }
        }
}

TEST(DecodeImage, a_gif_whose_frame_passes_its_canvas_shows_the_whole_frame) {
    const Image image = decode_image(gif(13, 11, {.canvas_width = 5, .canvas_height = 5, .x = 2, .y = 1}));
    EXPECT_EQ(image.width, 15);
    EXPECT_EQ(image.height, 12);
}

TEST(DecodeImage, an_animated_webp_is_its_first_frame_on_its_canvas) {
    for (const Picture& frame : {gradient(16, 10), translucent_gradient(16, 10)}) {
        const Image image = decode_image(animated_webp(frame, 33, 20, 4, 2, 3));
        const Picture wanted = frame.channels == 4 ? over_white(frame) : frame;
        ASSERT_EQ(image.width, 33);
        ASSERT_EQ(image.height, 20);
        EXPECT_TRUE(notes_say(image, "first frame of 3"));
        EXPECT_EQ(pixel(image, 3, 2), white);
        for (int y = 0; y < 10; ++y)
            for (int x = 0; x < 16; ++x)
                for (int c = 0; c < 3; ++c)
                    EXPECT_NEAR(pixel(image, x + 4, y + 2)[static_cast<std::size_t>(c)], wanted.at(x, y, c),
                                1);
    }
}

TEST(DecodeImage, a_tiff_of_many_pages_is_its_first) {
    const Picture picture = gradient(8, 6);
    const Image image = decode_image(tiff(8, 6, picture.pixels, {.pages = 3}));
    expect_pixels(image, picture);
    EXPECT_TRUE(notes_say(image, "first page of 3"));
}

TEST(DecodeImage, big_tiffs_are_tiffs) {
    const Picture picture = gradient(8, 6);
    expect_pixels(decode_image(tiff(8, 6, picture.pixels, {.big_tiff = true})), picture);
    expect_pixels(decode_image(tiff(8, 6, picture.pixels, {.big_endian = true, .big_tiff = true})), picture);
}

class Orientation : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(, Orientation, testing::Range(1, 9));

TEST_P(Orientation, of_every_format_is_applied_once) {
    const int orientation = GetParam();
    const Picture stored = gradient(24, 16), upright = shown_upright(stored, orientation);
    for (const bool big_endian : {false, true}) {
        const auto prefixed = exif(orientation, true, big_endian),
                   bare = exif(orientation, false, big_endian);
        const Image image = decode_image(png_with_exif(png(stored), bare));
        expect_pixels(image, upright);
        EXPECT_EQ(notes_say(image, "upright"), orientation != 1);
        expect_pixels(decode_image(webp_with_exif(webp(stored), 24, 16, bare)), upright);
        expect_pixels(decode_image(webp_with_exif(webp(stored), 24, 16, prefixed)), upright);
        expect_pixels(decode_image(jpeg_with_exif(jpeg(stored), prefixed)), upright, 16);
        std::vector<std::uint16_t> deep;
        for (const auto value : stored.pixels) deep.push_back(static_cast<std::uint16_t>(value * 257));
        for (const bool big_tiff : {false, true}) {
            const TiffOptions eight{
                .orientation = orientation, .big_endian = big_endian, .big_tiff = big_tiff};
            TiffOptions sixteen = eight;
            sixteen.bits = 16;
            expect_pixels(decode_image(tiff(24, 16, stored.pixels, eight)), upright);
            expect_pixels(decode_image(tiff(24, 16, samples_of(deep, big_endian), sixteen)), upright);
        }
    }
}

TEST(Exif, that_is_damaged_is_left_alone) {
    const Picture stored = gradient(24, 16);
    auto good = exif(6, true);
    for (std::size_t n = 0; n < good.size(); ++n) {
        const ByteVector cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n));
        EXPECT_NO_THROW(decode_image(jpeg_with_exif(jpeg(stored), cut))) << n;
    }
    for (const int nonsense : {0, 9, 65'535})
        EXPECT_EQ(decode_image(jpeg_with_exif(jpeg(stored), exif(nonsense, true))).width, 24);
}

void decode(const ByteVector& bytes, const Pace& pace) {
    const ImageHeader header = read_image_header(bytes);
    if (header.format == "JPEG") decode_jpeg(bytes, header, pace);
    if (header.format == "PNG") decode_png(bytes, header, pace);
    if (header.format == "GIF") decode_gif(bytes, header, pace);
    if (header.format == "BMP") decode_bmp(bytes, header, pace);
    if (header.format == "TIFF") decode_tiff(bytes, header, {}, pace);
    if (header.format == "WebP") decode_webp(bytes, header, pace);
}

TEST(DecodeImage, every_decoder_hears_a_cancel_on_its_way) {
    const CancelToken cancel;
    cancel.cancel();
    for (const auto& file : pictures_of_every_kind()) {
        EXPECT_EQ(failure_of([&] { decode(file.bytes, cancel); }).code, ErrorCode::cancelled) << file.name;
        EXPECT_EQ(failure_of([&] { decode_image(file.bytes, {}, cancel); }).code, ErrorCode::cancelled)
            << file.name;
    }
}

TEST(DecodeImage, every_decoder_looks_for_a_cancel_all_along_a_large_picture) {
    constexpr int width = 2048, height = 2048;  // 12 megabytes of pixels
    const Picture rgb = gradient(width, height);
    Picture noise = rgb;  // which takes bytes, as photographs do
    for (std::uint32_t i = 0, state = 1; i < noise.pixels.size(); ++i)
        noise.pixels[i] ^= (state = state * 1'664'525 + 1'013'904'223) >> 28;
    const std::vector<NamedFile> files{{"jpeg", "", jpeg(rgb)},
                                       {"progressive jpeg", "", jpeg(rgb, true)},
                                       {"png", "", png(noise)},
                                       {"bmp", "", bmp(rgb)},
                                       {"bmp with alpha", "", bmp(translucent_gradient(width, height))},
                                       {"rle bmp", "", rle_bmp(width, height)},
                                       {"gif", "", gif(width, height, {width, height})},
                                       {"tiff of one strip", "", tiff(width, height, rgb.pixels)},
                                       {"tiff of one packed strip", "", compressed_tiff(rgb, height)},
                                       {"webp", "", lossy_webp(rgb)}};
    for (const auto& file : files) {
        const CancelToken never;
        const Pace pace(never);
        decode(file.bytes, pace);
        // White paper alone takes 3; the others come on the decoder's way.
        EXPECT_GE(pace.looks(), 3 + 10) << file.name;
    }
}

TEST(DecodeImage, white_paper_and_what_is_laid_over_it_can_be_stopped) {
    const CancelToken never;
    const Pace pace(never);
    ImageHeader header;
    header.width = 4096;
    header.height = 2048;
    Image image = white_image(header, pace);
    EXPECT_EQ(image.rgb, std::vector<std::uint8_t>(3 * 4096 * 2048, 255));
    EXPECT_GE(pace.looks(), 6);
    const auto before = pace.looks();
    std::vector<std::uint8_t> rgba(4 * 4096 * 2048, 255);
    rgba.back() = 0;
    EXPECT_TRUE(lay_over_white(rgba, image.rgb, pace)) << "the last pixel too";
    EXPECT_GE(pace.looks() - before, 8);
    const CancelToken cancel;
    cancel.cancel();
    const auto kept = image.rgb;
    EXPECT_EQ(failure_of([&] { turn_upright(image.rgb, image.width, image.height, 6, cancel); }).code,
              ErrorCode::cancelled);
    EXPECT_EQ(image.rgb, kept);
    EXPECT_EQ(image.width, 4096);
}

TEST(DecodeImage, a_packed_tiff_is_the_same_in_one_strip_and_in_many) {
    const Picture rgb = gradient(101, 77);
    expect_pixels(decode_image(compressed_tiff(rgb, 77)), rgb);
    expect_pixels(decode_image(compressed_tiff(rgb, 1)), rgb);
}

TEST(DecodeAvif, a_still_one_is_a_picture_and_an_animated_one_a_film) {
    EXPECT_EQ(kind_of(Source(avif())), MediaKind::image);
    EXPECT_EQ(kind_of(Source(avif("avis"))), MediaKind::video);
    EXPECT_EQ(image_format(avif()), "AVIF");
    if (!can_decode("av1")) GTEST_SKIP() << "this FFmpeg has no decoder of AV1";
    const Image image = decode_image(avif());
    EXPECT_EQ(image.format, "AVIF");
    ASSERT_EQ(image.width, 32);
    ASSERT_EQ(image.height, 16);
    const auto near = [&](std::int64_t x, Colour wanted) {
        for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(pixel(image, x, 8)[c], wanted[c], 12);
    };
    near(4, red);
    near(28, blue);
}

TEST(DecodeAvif, one_that_is_damaged_too_large_or_cancelled_is_refused) {
    const auto good = avif();
    for (std::size_t n = 12; n < good.size(); ++n) {
        const ByteVector cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n));
        EXPECT_EQ(failure_of([&] { decode_image(cut); }).code, ErrorCode::unreadable_input) << n;
    }
    const CancelToken cancel;
    cancel.cancel();
    EXPECT_EQ(failure_of([&] { decode_image(good, {}, cancel); }).code, ErrorCode::cancelled);
    if (!can_decode("av1")) GTEST_SKIP() << "this FFmpeg has no decoder of AV1";
    Limits limits;
    limits.pixels = 100;
    EXPECT_EQ(failure_of([&] { decode_image(good, limits); }).code, ErrorCode::out_of_resources);
}

TEST(EncodePng, comes_back_exactly) {
    for (const auto& [w, h] : {std::pair{1, 1}, {7, 5}, {300, 2}}) {
        const Picture picture = gradient(w, h);
        const auto bytes = encode_png(picture.pixels, w, h);
        EXPECT_EQ(image_format(bytes), "PNG");
        expect_pixels(decode_image(bytes), picture);
    }
}

}  // namespace
}  // namespace perceiver::media
