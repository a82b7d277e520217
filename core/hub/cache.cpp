#include "hub/cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/input_file.h"
#include "hub/paths.h"

namespace perceiver::hub {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t most_index_bytes = std::int64_t{64} << 20;

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

void make_folder(const fs::path& folder) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) fail_to_write(folder, failed.value());
}

/// A name beside `path` that no other process and no other thread uses.
fs::path beside(const fs::path& path) {
    static std::atomic<unsigned> number{0};
    fs::path temporary = path;
    return temporary += ".new-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
}

void rename_over(const fs::path& from, const fs::path& to) {
    std::error_code failed, ignored;
    fs::rename(from, to, failed);
    if (!failed) return;
    fs::remove(from, ignored);
    fail_to_write(to, failed.value());
}

/// The commit a refs file names; empty when there is none or it holds something else.
std::string commit_of(const fs::path& ref) {
    std::ifstream file(ref);
    std::string commit(41, '\0');
    file.read(commit.data(), static_cast<std::streamsize>(commit.size()));
    commit.resize(static_cast<std::size_t>(file.gcount()));
    while (!commit.empty() && (commit.back() == '\n' || commit.back() == '\r')) commit.pop_back();
    return is_hex(commit, 40) ? commit : std::string();
}

}  // namespace

void fail_to_write(const fs::path& path, int error) {
    throw Error(ErrorCode::out_of_resources,
                "Writing to the cache of fetched models failed: " + std::generic_category().message(error) +
                    " (" + path.string() + ").");
}

Selection whole_selection(const fs::path& folder) {
    std::vector<std::string> files;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
        if (is_file(entry->path())) files.push_back(entry->path().filename().string());
    const Selection found = select_files(files);
    if (found.index.empty()) return found;
    try {
        InputFile file(folder / found.index, ErrorCode::unreadable_model);
        if (file.size() > most_index_bytes) return {};
        std::vector<std::uint8_t> text;
        file.append(text, file.size());
        for (const auto& part : parse_index({reinterpret_cast<const char*>(text.data()), text.size()}))
            if (!is_file(folder / part)) return {};
        return found;
    } catch (const Error&) {
        return {};  // fetching it anew says what is wrong
    }
}

Cache::Cache(fs::path root, const Reference& r)
    : root_(std::move(root)),
      model_(root_ / ("models--" + r.owner + "--" + r.name)),
      locks_(root_ / ".locks" / model_.filename()),
      revision_(r.revision) {}

std::optional<fs::path> Cache::whole_snapshot() const {
    const std::string commit = is_hex(revision_, 40) ? revision_ : commit_of(model_ / "refs" / revision_);
    if (commit.empty() || whole_selection(snapshot(commit)).empty()) return {};
    return snapshot(commit);
}

void Cache::make_folders() const {
    for (const auto& folder : {model_ / "blobs", model_ / "snapshots", model_ / "refs", locks_})
        make_folder(folder);
}

void Cache::link(const std::string& commit, const std::string& file, const std::string& etag) const {
    const fs::path place = snapshot(commit) / file;
    make_folder(place.parent_path());
    const fs::path target = fs::path(blob(etag)).lexically_relative(place.parent_path()),
                   temporary = beside(place);
    std::error_code failed, ignored;
    fs::remove(temporary, ignored);
    fs::create_symlink(target, temporary, failed);
    if (failed) fail_to_write(place, failed.value());
    rename_over(temporary, place);
}

void Cache::remember(const std::string& commit) const {
    if (revision_ == commit) return;
    const fs::path ref = model_ / "refs" / revision_, temporary = beside(ref);
    make_folder(ref.parent_path());
    {
        std::ofstream file(temporary, std::ios::trunc);
        file << commit;
        if (!file.flush()) fail_to_write(ref, errno);
    }
    rename_over(temporary, ref);
}

Cache::Lock::Lock(const Cache& cache, const std::string& etag, const CancelToken& cancel) {
    const fs::path file = cache.locks_ / (etag + ".lock");
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail_to_write(file, errno);
    // A file system without locks (ENOLCK, ENOTSUP) goes without: what is fetched is checked before it gets
    // its name.
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && (errno == EWOULDBLOCK || errno == EINTR)) {
        if (cancel.cancelled()) {
            ::close(descriptor_);
            cancel.check();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

Cache::Lock::~Lock() { ::close(descriptor_); }

}  // namespace perceiver::hub
