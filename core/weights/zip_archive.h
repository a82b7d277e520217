// A zip archive as torch.save writes it, by libzip: records by name, stored as they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/limits.h"

struct zip;

namespace perceiver::weights {

class ZipArchive {
  public:
    /// Throws Error: unreadable_model (no archive, too many records, two of one name, records that overlap),
    /// out_of_resources (past limits.model_bytes).
    ZipArchive(const std::filesystem::path& path, const Limits& limits);
    explicit ZipArchive(std::span<const std::uint8_t> bytes, const Limits& limits);

    struct Record {
        std::uint64_t index = 0, bytes = 0;
        bool stored = true;  ///< not compressed
    };
    const std::map<std::string, Record>& records() const noexcept { return records_; }
    std::int64_t file_bytes() const noexcept { return file_bytes_; }

    /// All bytes of a record of at most `most` bytes, its checksum verified. Throws Error{unreadable_model,
    /// cancelled}.
    std::vector<std::uint8_t> read(const std::string& name, std::uint64_t most, const CancelToken& cancel) const;

  private:
    void list_records();
    struct Close {
        void operator()(zip*) const noexcept;
    };
    std::unique_ptr<zip, Close> zip_;
    std::map<std::string, Record> records_;
    std::int64_t file_bytes_ = 0;
};

}  // namespace perceiver::weights
