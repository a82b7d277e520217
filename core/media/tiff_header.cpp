// TIFF and BigTIFF directories, as far as a picture's size and layout. EXIF is a TIFF without a picture.
#include <algorithm>

#include "media/byte_reader.h"
#include "media/image_header.h"

namespace perceiver::media {
namespace {

constexpr std::int64_t most_pages = 10'000;  // counted for a note; a loop of directories would never end

struct Entry {
    std::uint16_t tag = 0, type = 0;
    std::uint64_t count = 0, value_at = 0;
};

class Directories {
  public:
    explicit Directories(std::span<const std::uint8_t> bytes)
        : reader_(bytes,
                  !bytes.empty() && bytes[0] == 'I' ? ByteReader::Order::little : ByteReader::Order::big) {
        if (!reader_.says(0, "II") && !reader_.says(0, "MM")) bad_picture("The TIFF is damaged.");
        const auto magic = reader_.u16(2);
        if (magic != 42 && magic != 43) bad_picture("The TIFF is damaged.");
        big_ = magic == 43;
        first_ = big_ ? reader_.u64(8) : reader_.u32(4);
    }

    std::uint64_t first() const { return first_; }
    std::uint64_t entries(std::uint64_t directory) const {
        const std::uint64_t count = big_ ? reader_.u64(directory) : reader_.u16(directory);
        if (count > 65'535) bad_picture("The TIFF is damaged.");
        return count;
    }
    std::uint64_t next(std::uint64_t directory) const {
        const std::uint64_t end = directory + head() + entries(directory) * entry_size();
        return big_ ? reader_.u64(end) : reader_.u32(end);
    }
    Entry entry(std::uint64_t directory, std::uint64_t index) const {
        const std::uint64_t at = directory + head() + index * entry_size();
        Entry e{reader_.u16(at), reader_.u16(at + 2), big_ ? reader_.u64(at + 4) : reader_.u32(at + 4),
                at + (big_ ? 12 : 8)};
        if (e.count > (big_ ? 8u : 4u) / item_size(e.type))
            e.value_at = big_ ? reader_.u64(e.value_at) : reader_.u32(e.value_at);
        return e;
    }
    /// Value `index` of an entry of whole numbers.
    std::uint64_t value(const Entry& e, std::uint64_t index = 0) const {
        if (index >= e.count) bad_picture("The TIFF is damaged.");
        switch (e.type) {
            case 1:
                return reader_.u8(e.value_at + index);
            case 3:
                return reader_.u16(e.value_at + 2 * index);
            case 4:
                return reader_.u32(e.value_at + 4 * index);
            case 16:
                return reader_.u64(e.value_at + 8 * index);
            default:
                bad_picture("The TIFF is damaged.");
        }
    }

  private:
    std::uint64_t head() const { return big_ ? 8 : 2; }
    std::uint64_t entry_size() const { return big_ ? 20 : 12; }
    static std::uint64_t item_size(std::uint16_t type) {
        constexpr std::uint8_t sizes[] = {1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 1, 1, 8, 8, 8};
        return type < std::size(sizes) ? sizes[type] : 1;
    }

    ByteReader reader_;
    bool big_ = false;
    std::uint64_t first_ = 0;
};

std::int64_t bounded(std::uint64_t value, std::uint64_t most) {
    if (value > most) bad_picture("The TIFF is damaged.");
    return static_cast<std::int64_t>(value);
}

void take(TiffHeader& header, const Directories& file, const Entry& e) {
    const auto number = [&] { return bounded(file.value(e), 0xffffffffu); };
    const auto small = [&] { return static_cast<int>(bounded(file.value(e), 65'535)); };
    switch (e.tag) {
        case 256:
            header.width = number();
            break;
        case 257:
            header.height = number();
            break;
        case 258:
            header.bits = small();
            break;
        case 262:
            header.photometric = small();
            break;
        case 274:
            header.orientation = small();
            break;
        case 277:
            header.samples = small();
            break;
        case 322:
            header.tile_width = number();
            break;
        case 323:
            header.tile_height = number();
            break;
        case 338:
            header.extra_sample = small();
            break;
        case 339:
            header.sample_format = small();
            break;
        default:
            break;
    }
}

}  // namespace

TiffHeader read_tiff_header(std::span<const std::uint8_t> bytes) {
    const Directories file(bytes);
    TiffHeader header;
    const std::uint64_t count = file.entries(file.first());
    for (std::uint64_t i = 0; i < count; ++i) take(header, file, file.entry(file.first(), i));
    if (header.orientation < 1 || header.orientation > 8) header.orientation = 1;
    try {
        for (auto at = file.next(file.first()); at != 0 && header.pages < most_pages; at = file.next(at))
            ++header.pages;
    } catch (const Error&) {
        // A damaged list of further pages doesn't hurt the first.
    }
    return header;
}

int exif_orientation(std::span<const std::uint8_t> exif) try {
    const ByteReader reader(exif, ByteReader::Order::big);
    const Directories file(reader.says(0, std::string_view("Exif\0\0", 6)) ? exif.subspan(6) : exif);
    const std::uint64_t count = file.entries(file.first());
    for (std::uint64_t i = 0; i < count; ++i) {
        const Entry e = file.entry(file.first(), i);
        if (e.tag != 274) continue;
        const std::uint64_t value = file.value(e);
        return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    }
    return 1;
} catch (const Error&) {
    return 1;
}

}  // namespace perceiver::media
