// In a build without libcurl: models already in the cache open, others can't be fetched, and that is said.
#include "base/error.h"
#include "hub/digest.h"
#include "hub/http.h"

namespace perceiver::hub {

struct Client::Curl {};

Client::Client(const Settings&) {
    throw Error(ErrorCode::unreadable_model,
                "This build fetches no models: it was made without libcurl. Models that other tools fetched "
                "still work.");
}
Client::~Client() = default;

// Nobody comes past the constructor.
Answer Client::send(const Request&, const CancelToken&) { return {}; }
std::int64_t Answer::bytes(const std::string&) const { return -1; }
std::string digest_of_file(const std::filesystem::path&, Digest, const CancelToken&) { return {}; }

}  // namespace perceiver::hub
