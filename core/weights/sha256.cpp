#include "weights/sha256.h"

#ifdef PERCEIVERSCOPE_SHA256

#include <openssl/evp.h>

#include <array>

#include "base/error.h"

namespace perceiver::weights {

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw Error(ErrorCode::out_of_resources, "The SHA-256 of the file can't be computed.");
    constexpr const char* digits = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 15];
    }
    return hex;
}

}  // namespace perceiver::weights

#else

namespace perceiver::weights {

std::string sha256_hex(std::span<const std::uint8_t>) { return {}; }

}  // namespace perceiver::weights

#endif
