// Files and folders that tests make and leave nothing of.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace perceiver::samples {

using ByteVector = std::vector<std::uint8_t>;

ByteVector file_bytes(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const ByteVector& bytes);

/// A folder of its own that vanishes with it.
class TemporaryFolder {
  public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();
    const std::filesystem::path path;
};

}  // namespace perceiver::samples
