// Damaged pictures: one sentence or a note, never a crash, another exception or a word on stderr.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "media/image.h"
#include "support/expect_error.h"
#include "support/media_samples.h"

namespace perceiver::media {
namespace {

using namespace samples;

ByteVector first_bytes(const ByteVector& bytes, std::size_t count) {
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}

// The picture, or nothing when it is refused with a sentence. Anything else fails the test.
std::optional<Image> decoded_or_refused(const ByteVector& bytes) {
    try {
        Image image = decode_image(bytes);
        EXPECT_EQ(image.rgb.size(), static_cast<std::size_t>(3 * image.width * image.height));
        return image;
    } catch (const Error& e) {
        EXPECT_TRUE(e.code == ErrorCode::unreadable_input || e.code == ErrorCode::out_of_resources)
            << e.what();
        EXPECT_LT(std::strlen(e.sentence()), 200u);
        EXPECT_EQ(std::strchr(e.sentence(), '\n'), nullptr);
        return std::nullopt;
    }
}

class DamagedImage : public testing::Test {
  protected:
    void SetUp() override { testing::internal::CaptureStderr(); }
    void TearDown() override { EXPECT_EQ(testing::internal::GetCapturedStderr(), ""); }
};

TEST_F(DamagedImage, cut_anywhere_is_refused_or_noted) {
    for (const auto& file : pictures_of_every_kind()) {
        SCOPED_TRACE(file.name);
        for (std::size_t n = 0; n < file.bytes.size(); n += n < 100 ? 1 : 7) {
            const auto image = decoded_or_refused(first_bytes(file.bytes, n));
            EXPECT_FALSE(image && n < 20) << n;
        }
    }
}

TEST_F(DamagedImage, changed_bytes_are_survived) {
    for (const auto& file : pictures_of_every_kind()) {
        SCOPED_TRACE(file.name);
        for (std::size_t at = 0; at < file.bytes.size(); at += at < 200 ? 1 : 13)
            for (const int change : {0x01, 0x80, 0xff}) {
                auto bytes = file.bytes;
                bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ change);
                decoded_or_refused(bytes);
            }
    }
}

TEST_F(DamagedImage, zeros_in_the_middle_are_survived) {
    for (const auto& file : pictures_of_every_kind()) {
        SCOPED_TRACE(file.name);
        for (std::size_t at = 16; at < file.bytes.size(); at += 16) {
            auto bytes = file.bytes;
            std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                        std::min<std::size_t>(16, bytes.size() - at), 0);
            decoded_or_refused(bytes);
        }
    }
}

TEST_F(DamagedImage, a_jpeg_cut_short_shows_its_upper_part_and_says_how_much_is_missing) {
    const Picture picture = gradient(160, 320);
    const auto bytes = jpeg(picture);
    const Image whole = decode_image(bytes);
    const auto image = decoded_or_refused(first_bytes(bytes, bytes.size() / 2));
    ASSERT_TRUE(image);
    EXPECT_EQ(image->height, 320);
    ASSERT_EQ(image->notes.size(), 1u);
    int percent = 0;
    ASSERT_EQ(std::sscanf(image->notes[0].c_str(),
                          "The file is cut short: the lower %d %% of the picture is missing.", &percent),
              1);
    EXPECT_GT(percent, 20);
    EXPECT_LT(percent, 80);
    const auto shown = static_cast<std::ptrdiff_t>(160 * 3 * (320 * (99 - percent) / 100));
    EXPECT_TRUE(std::equal(image->rgb.begin(), image->rgb.begin() + shown, whole.rgb.begin()));
    EXPECT_FALSE(std::equal(image->rgb.begin() + shown, image->rgb.end(), whole.rgb.begin() + shown));
}

TEST_F(DamagedImage, a_jpeg_without_its_end_mark_is_whole) {
    const auto bytes = jpeg(gradient(64, 64));
    const auto image = decoded_or_refused(first_bytes(bytes, bytes.size() - 2));
    ASSERT_TRUE(image);
    EXPECT_TRUE(image->notes.empty());
    EXPECT_EQ(image->rgb, decode_image(bytes).rgb);
}

TEST_F(DamagedImage, a_progressive_jpeg_cut_short_lacks_detail) {
    const auto bytes = jpeg(gradient(160, 320), true);
    const auto image = decoded_or_refused(first_bytes(bytes, bytes.size() * 2 / 3));
    ASSERT_TRUE(image);
    EXPECT_EQ(image->notes,
              std::vector<std::string>{"The file is cut short: the picture lacks some of its detail."});
}

TEST_F(DamagedImage, a_jpeg_of_which_nothing_is_left_is_refused) {
    const auto bytes = jpeg(gradient(160, 320));
    const std::array<std::uint8_t, 2> scan{0xff, 0xda};
    const auto at = std::ranges::search(bytes, scan).begin() - bytes.begin();
    const auto failure =
        failure_of([&] { decode_image(first_bytes(bytes, static_cast<std::size_t>(at) + 20)); });
    EXPECT_EQ(failure.code, ErrorCode::unreadable_input);
    EXPECT_EQ(failure.sentence, "The file is cut short.");
}

TEST_F(DamagedImage, a_damaged_jpeg_is_shown_with_a_note) {
    auto bytes = jpeg(gradient(160, 320));
    const auto middle = static_cast<std::ptrdiff_t>(bytes.size() / 2);
    std::fill_n(bytes.begin() + middle, 40, 0xff);
    const auto image = decoded_or_refused(bytes);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->notes,
              std::vector<std::string>{"The file is damaged: parts of the picture may be wrong."});
}

TEST_F(DamagedImage, a_gif_cut_short_shows_what_is_there) {
    const auto bytes = gif(160, 160);
    const auto image = decoded_or_refused(first_bytes(bytes, bytes.size() * 2 / 3));
    ASSERT_TRUE(image);
    EXPECT_EQ(image->notes,
              std::vector<std::string>{"The file is cut short: a part of the picture is missing."});
}

TEST_F(DamagedImage, other_formats_cut_short_are_refused) {
    const Picture picture = gradient(64, 64);
    for (const auto& bytes : {png(picture), webp(picture), bmp(picture), rle_bmp(64, 64)})
        EXPECT_EQ(failure_of([&] { decode_image(first_bytes(bytes, bytes.size() * 2 / 3)); }).sentence,
                  "The file is cut short.");
    for (const auto& bytes : {tiff(64, 64, picture.pixels), compressed_tiff(picture)})
        EXPECT_EQ(failure_of([&] { decode_image(first_bytes(bytes, bytes.size() * 2 / 3)); }).code,
                  ErrorCode::unreadable_input);
}

TEST_F(DamagedImage, what_is_no_picture_says_what_would_be) {
    const std::string sentence = "This is not a picture of a known kind (JPEG, PNG, WebP, BMP, GIF, TIFF or AVIF).";
    const std::string text = "Dear reader, this is a text, whatever its name ends in.\n";
    EXPECT_EQ(failure_of([&] { decode_image(ByteVector(text.begin(), text.end())); }).sentence, sentence);
    EXPECT_EQ(failure_of([&] { decode_image(ByteVector(5000)); }).sentence, sentence);
    EXPECT_EQ(failure_of([&] { decode_image({}); }).sentence, "The file is empty.");
    for (const auto& file : pictures_of_every_kind()) {
        ByteVector nonsense(file.bytes.begin(),
                            file.bytes.begin() + 18);  // enough to be taken for its format
        nonsense.resize(400, 0xa5);
        EXPECT_EQ(failure_of([&] { decode_image(nonsense); }).code == ErrorCode::usage, false) << file.name;
    }
}

TEST_F(DamagedImage, unsupported_kinds_say_so) {
    const auto sentence = [](const TiffOptions& options) {
        return failure_of([&] { decode_image(tiff(4, 4, ByteVector(1024), options)); }).sentence;
    };
    EXPECT_EQ(sentence({.sample_format = 2}), "A TIFF of signed or complex numbers is not supported.");
    EXPECT_EQ(sentence({.bits = 32}), "A TIFF of integers beyond 16 bits is not supported.");
    EXPECT_EQ(sentence({.samples = 60}), "A TIFF with 60 channels is not supported.");
    EXPECT_EQ(sentence({.bits = 16, .samples = 4, .photometric = 5}),
              "A TIFF of this colour model with 16 bits is not supported.");
    EXPECT_EQ(sentence({.bits = 4, .samples = 3, .photometric = 2}),
              "A TIFF of this colour model with 4 bits is not supported.");
    auto lossless = claiming("JPEG", 16, 16);
    lossless[3] = 0xc3;
    EXPECT_EQ(failure_of([&] { decode_image(lossless); }).sentence, "This kind of JPEG is not supported.");
}

}  // namespace
}  // namespace perceiver::media
