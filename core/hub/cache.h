// The cache of fetched models on the disk, in the layout other tools share: models--OWNER--NAME with blobs
// named by their content, snapshots of relative links to them by commit, refs from revisions to commits.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/cancel.h"
#include "hub/listing.h"
#include "hub/reference.h"

namespace perceiver::hub {

class Cache {
  public:
    Cache(std::filesystem::path root, const Reference& reference);

    /// The folder with a whole model at the reference's revision; nothing when a file of it is missing.
    std::optional<std::filesystem::path> whole_snapshot() const;

    std::filesystem::path snapshot(const std::string& commit) const { return model_ / "snapshots" / commit; }
    std::filesystem::path blob(const std::string& etag) const { return model_ / "blobs" / etag; }
    std::filesystem::path partial(const std::string& etag) const {
        return model_ / "blobs" / (etag + ".incomplete");
    }

    /// The folders that fetching writes to. This and what follows throw Error{out_of_resources} with the
    /// folder's name when it can't be written.
    void make_folders() const;
    /// snapshots/COMMIT/FILE -> the blob, replaced in one step.
    void link(const std::string& commit, const std::string& file, const std::string& etag) const;
    /// refs/REVISION: from now on that commit is what the revision means here.
    void remember(const std::string& commit) const;

    /// While it lives, no other program that keeps to the layout fetches that blob.
    class Lock {
      public:
        /// Waits for whoever holds it; `cancel` ends the waiting.
        Lock(const Cache&, const std::string& etag, const CancelToken& cancel);
        ~Lock();
        Lock(const Lock&) = delete;
        Lock& operator=(const Lock&) = delete;

      private:
        int descriptor_ = -1;
    };

  private:
    std::filesystem::path root_, model_, locks_;
    std::string revision_;
};

/// The weights in a folder that holds a model: one file, or its index; empty when a file is missing.
Selection whole_selection(const std::filesystem::path& folder);

/// "The folder ... can't be written: no space left on the device." The code is out_of_resources.
[[noreturn]] void fail_to_write(const std::filesystem::path& path, int error);

}  // namespace perceiver::hub
