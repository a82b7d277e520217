#include "hub/digest.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/input_file.h"

namespace perceiver::hub {

std::string digest_of_file(const std::filesystem::path& path, Digest kind, const CancelToken& cancel) {
    constexpr std::int64_t piece = std::int64_t{4} << 20;  // some 10 ms between two looks at the token
    InputFile file(path, ErrorCode::out_of_resources);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    bool good = context &&
                EVP_DigestInit_ex(context.get(), kind == Digest::sha256 ? EVP_sha256() : EVP_sha1(), nullptr);
    if (kind == Digest::git_blob) {
        const std::string header = "blob " + std::to_string(file.size());
        good = good && EVP_DigestUpdate(context.get(), header.c_str(),
                                        header.size() + 1);  // with the zero at its end
    }
    std::vector<std::uint8_t> bytes;
    for (std::int64_t left = file.size(); good && left > 0; left -= static_cast<std::int64_t>(bytes.size())) {
        cancel.check();
        bytes.clear();
        file.append(bytes, std::min(left, piece));
        good = EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (!good || !EVP_DigestFinal_ex(context.get(), digest.data(), &size))
        throw Error(ErrorCode::out_of_resources, "The checksum of a fetched file can't be computed.");
    constexpr const char* digits = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 15];
    }
    return hex;
}

}  // namespace perceiver::hub
