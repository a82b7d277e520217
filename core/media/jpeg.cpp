// JPEG by libjpeg, with its warnings as notes: a picture cut short is worth showing as far as it goes.
// clang-format off
#include <cstdio>   // jpeglib.h needs FILE
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <algorithm>
#include <array>
#include <cmath>
#include <csetjmp>

#include "media/byte_reader.h"
#include "media/decoders.h"

namespace perceiver::media {
namespace {

// A progressive file may repeat tiny scans, each costing a pass over the picture; real ones have about ten.
constexpr int most_scans = 200;

// libjpeg reports errors by a call that must not return, so each step below runs under its own setjmp, in a
// function without objects that a jump would skip over.
class Decoder {
  public:
    jpeg_decompress_struct info{};
    bool source_ended = false;  ///< libjpeg asked for bytes past the end of the file
    bool data_ended = false;    ///< a block lacked its bits; the next two are of the first time
    JDIMENSION rows_before = 0;
    bool any_before = false;  ///< a row of blocks was whole before that
    bool damaged = false;

    explicit Decoder(const Pace& pace) : pace_(pace) {
        info.err = jpeg_std_error(&errors_);
        errors_.error_exit = on_error;
        errors_.emit_message = on_message;
        info.client_data = this;
    }
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    ~Decoder() { jpeg_destroy_decompress(&info); }

    bool read_header(Bytes bytes) {
        if (setjmp(escape_)) return false;
        jpeg_create_decompress(&info);
        jpeg_mem_src(&info, bytes.data(), bytes.size());
        jpeg_read_header(&info, TRUE);
        return true;
    }
    bool start() {
        if (setjmp(escape_)) return false;
        progress_.progress_monitor = on_progress;
        info.progress = &progress_;
        jpeg_start_decompress(&info);
        return true;
    }
    bool read_row(std::uint8_t* row) {
        if (setjmp(escape_)) return false;
        return jpeg_read_scanlines(&info, &row, 1) == 1;
    }
    void check_cancel() const { pace_.check(); }
    std::string message() {
        std::array<char, JMSG_LENGTH_MAX> text{};
        errors_.format_message(reinterpret_cast<j_common_ptr>(&info), text.data());
        return text.data();
    }
    bool unsupported() const {
        const int code = errors_.msg_code;
        return code == JERR_SOF_UNSUPPORTED || code == JERR_BAD_PRECISION || code == JERR_ARITH_NOTIMPL ||
               code == JERR_NOT_COMPILED || code == JERR_CONVERSION_NOTIMPL || code == JERR_CCIR601_NOTIMPL ||
               code == JERR_COMPONENT_COUNT;
    }

  private:
    static Decoder& of(j_common_ptr common) { return *static_cast<Decoder*>(common->client_data); }
    static void on_error(j_common_ptr common) { std::longjmp(of(common).escape_, 1); }
    static void on_progress(j_common_ptr common) {
        Decoder& self = of(common);
        if (self.info.input_scan_number > most_scans || self.pace_.cancelled())
            ERREXIT(&self.info, JERR_BAD_PROGRESSION);
    }
    static void on_message(j_common_ptr common, int level) {
        if (level >= 0) return;  // a trace
        Decoder& self = of(common);
        const int code = common->err->msg_code;
        if (code == JWRN_JPEG_EOF) {
            self.source_ended = true;
        } else if (code == JWRN_HIT_MARKER && !self.data_ended) {
            self.data_ended = true;
            self.rows_before = self.info.output_scanline;
            self.any_before = self.info.input_scan_number > 1 || self.info.input_iMCU_row > 0;
        } else if (code != JWRN_HIT_MARKER && code != JWRN_ADOBE_XFORM) {
            self.damaged = true;
        }
    }

    const Pace& pace_;
    jpeg_error_mgr errors_{};
    jpeg_progress_mgr progress_{};
    std::jmp_buf escape_{};
};

[[noreturn]] void refuse(Decoder& decoder) {
    decoder.check_cancel();
    if (decoder.source_ended) bad_picture("The file is cut short.", decoder.message());
    if (decoder.unsupported()) bad_picture("This kind of JPEG is not supported.", decoder.message());
    bad_picture("The JPEG is damaged.", decoder.message());
}

// Ink on white paper. Adobe's programs store 255 for no ink, others 0.
void cmyk_to_rgb(const std::uint8_t* from, std::uint8_t* to, std::int64_t width, bool adobe) {
    const unsigned flip = adobe ? 0 : 255;
    for (; width > 0; --width, from += 4, to += 3)
        for (int c = 0; c < 3; ++c)
            to[c] = static_cast<std::uint8_t>(((from[c] ^ flip) * (from[3] ^ flip) + 127) / 255);
}

void note_damage(Image& image, Decoder& decoder) {
    if (decoder.data_ended && decoder.source_ended) {
        if (jpeg_has_multiple_scans(&decoder.info)) {
            image.notes.emplace_back("The file is cut short: the picture lacks some of its detail.");
        } else {
            const double missing =
                1.0 - static_cast<double>(decoder.rows_before) / static_cast<double>(image.height);
            const long percent = std::clamp(std::lround(100 * missing), 1L, 99L);
            image.notes.push_back("The file is cut short: the lower " + std::to_string(percent) +
                                  " % of the picture is missing.");
        }
    }
    if (decoder.damaged || (decoder.data_ended && !decoder.source_ended))
        image.notes.emplace_back("The file is damaged: parts of the picture may be wrong.");
}

}  // namespace

Image decode_jpeg(Bytes bytes, const ImageHeader& header, const Pace& pace) {
    Decoder decoder(pace);
    auto& info = decoder.info;
    if (!decoder.read_header(bytes)) refuse(decoder);
    if (info.image_width != header.width || info.image_height != header.height)
        bad_picture("The JPEG is damaged.");
    const bool cmyk = info.num_components == 4;
    info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    if (!decoder.start()) refuse(decoder);

    Image image = white_image(header, pace);
    std::vector<std::uint8_t> ink(cmyk ? static_cast<std::size_t>(header.width * 4) : 0);
    for (std::int64_t y = 0; y < header.height; ++y) {
        pace.check();
        std::uint8_t* row = image.rgb.data() + y * header.width * 3;
        if (!decoder.read_row(cmyk ? ink.data() : row)) refuse(decoder);
        if (cmyk) cmyk_to_rgb(ink.data(), row, header.width, info.saw_Adobe_marker);
    }
    if (decoder.data_ended && !decoder.any_before) refuse(decoder);
    if (cmyk) image.notes.emplace_back("CMYK converted without a colour profile");
    note_damage(image, decoder);
    return image;
}

}  // namespace perceiver::media
