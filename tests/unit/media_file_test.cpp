// Reading files from disk, and what can be in the way.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "media/image.h"
#include "support/expect_error.h"
#include "support/media_samples.h"

namespace perceiver::media {
namespace {

using namespace samples;

class ReadFile : public testing::Test {
  protected:
    Failure failure(const std::filesystem::path& path, const Limits& limits = {}) {
        return failure_of([&] { read_file(path, limits); });
    }
    const TemporaryFolder folder_;
    const ByteVector some_ = png(gradient(5, 5));
};

TEST_F(ReadFile, returns_the_bytes_under_any_name) {
    for (const std::string& name :
         {std::string("a.png"), std::string("Stra\u00dfe \u65e5\u672c \U0001f600.png"),
          std::string("\xff\xfe not UTF-8"), std::string(255, 'n'), std::string("-rf *\n")}) {
        write_file(folder_.path / name, some_);
        EXPECT_EQ(read_file(folder_.path / name), some_);
    }
}

TEST_F(ReadFile, reads_past_one_chunk) {
    ByteVector large((std::size_t{16} << 20) * 2 + 12'345);
    for (std::size_t i = 0; i < large.size(); i += 1000) large[i] = static_cast<std::uint8_t>(i / 1000);
    write_file(folder_.path / "large", large);
    EXPECT_EQ(read_file(folder_.path / "large"), large);
}

TEST_F(ReadFile, says_what_is_in_the_way) {
    write_file(folder_.path / "file", some_);
    write_file(folder_.path / "empty", {});
    EXPECT_EQ(failure(folder_.path / "none").sentence, "There is no such file.");
    EXPECT_EQ(failure("").sentence, "There is no such file.");
    EXPECT_EQ(failure(folder_.path).sentence, "This is a folder, not a file.");
    EXPECT_EQ(failure(folder_.path / "file" / "below").sentence,
              "There is no such file: a part of its path is not a folder.");
    EXPECT_EQ(failure(folder_.path / "empty").sentence, "The file is empty.");
    EXPECT_EQ(failure(folder_.path / std::string(256, 'n')).sentence, "The name of this file is too long.");
    std::filesystem::create_symlink("loop", folder_.path / "loop");
    EXPECT_EQ(failure(folder_.path / "loop").code, ErrorCode::unreadable_input);
    EXPECT_EQ(failure(folder_.path / "none").code, ErrorCode::unreadable_input);
}

TEST_F(ReadFile, does_not_wait_for_a_pipe_or_read_a_device) {
    const auto pipe = folder_.path / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(failure(pipe).sentence, "This is not a regular file.");
    EXPECT_EQ(failure("/dev/zero").sentence, "This is not a regular file.");
}

// Root may read everything: for its lifetime, whoever runs the tests is somebody else.
class NotRoot {
  public:
    NotRoot() : was_root_(::geteuid() == 0), is_root_(was_root_ && ::seteuid(65'534) != 0) {}
    NotRoot(const NotRoot&) = delete;
    NotRoot& operator=(const NotRoot&) = delete;
    ~NotRoot() {
        if (was_root_ && ::seteuid(0) != 0) std::abort();
    }
    bool is_root() const { return is_root_; }

  private:
    bool was_root_, is_root_;
};

TEST_F(ReadFile, needs_permission) {
    write_file(folder_.path / "locked", some_);
    std::filesystem::permissions(folder_.path, std::filesystem::perms::all);
    std::filesystem::permissions(folder_.path / "locked", std::filesystem::perms::none);
    const NotRoot somebody;
    if (somebody.is_root()) GTEST_SKIP() << "root may read everything, and can't become somebody else here";
    const auto refused = failure(folder_.path / "locked");
    EXPECT_EQ(refused.code, ErrorCode::unreadable_input);
    EXPECT_EQ(refused.sentence, "There is no permission to read this file.");
}

TEST_F(ReadFile, holds_to_the_limit_before_it_reads) {
    write_file(folder_.path / "file", some_);
    Limits limits;
    limits.file_bytes = static_cast<std::int64_t>(some_.size());
    EXPECT_EQ(read_file(folder_.path / "file", limits), some_);
    --limits.file_bytes;
    EXPECT_EQ(failure(folder_.path / "file", limits).code, ErrorCode::out_of_resources);
    std::filesystem::resize_file(folder_.path / "file", std::uintmax_t{1} << 40);
    EXPECT_EQ(failure(folder_.path / "file").sentence,
              "The file is 1099511627776 bytes; the limit is 2147483648.");
}

}  // namespace
}  // namespace perceiver::media
