#include "weights/sha256.h"

#ifdef PERCEIVERSCOPE_SHA256

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/input_file.h"

namespace perceiver::weights {
namespace {

class Digest {
  public:
    Digest() : context_(EVP_MD_CTX_new()) {
        check(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
    }
    void add(std::span<const std::uint8_t> bytes) {
        check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
    }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        check(EVP_DigestFinal_ex(context_.get(), digest.data(), &size));
        constexpr const char* digits = "0123456789abcdef";
        std::string text;
        for (unsigned i = 0; i < size; ++i) {
            text += digits[digest[i] >> 4];
            text += digits[digest[i] & 15];
        }
        return text;
    }

  private:
    static void check(bool done) {
        if (!done) throw Error(ErrorCode::out_of_resources, "The SHA-256 of the file can't be computed.");
    }
    struct Free {
        void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
    Digest digest;
    digest.add(bytes);
    return digest.hex();
}

std::string sha256_of_file(const std::filesystem::path& path, const CancelToken& cancel, LoadMeter* meter) {
    InputFile file(path, ErrorCode::unreadable_model);
    Digest digest;
    std::vector<std::uint8_t> chunk;
    for (std::int64_t left = file.size(); left > 0; left -= static_cast<std::int64_t>(chunk.size())) {
        cancel.check();
        chunk.clear();
        file.append(chunk, std::min<std::int64_t>(left, 4 << 20));
        digest.add(chunk);
        if (meter) meter->add(static_cast<std::int64_t>(chunk.size()));
    }
    return digest.hex();
}

}  // namespace perceiver::weights

#else

namespace perceiver::weights {

std::string sha256_hex(std::span<const std::uint8_t>) { return {}; }
std::string sha256_of_file(const std::filesystem::path&, const CancelToken&, LoadMeter*) { return {}; }

}  // namespace perceiver::weights

#endif
