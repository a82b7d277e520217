// In a build without libcurl: models already in the cache open, others can't be fetched, and that is said.
#include "base/error.h"
#include "hub/http.h"

namespace perceiver::hub {

struct Client::Curl {};

Client::Client(const Settings&) {
    throw Error(ErrorCode::unreadable_model,
                "This build fetches no models: it was made without libcurl. Models that other tools fetched "
                "still work.");
}
Client::~Client() = default;
Answer Client::send(const Request&, const CancelToken&) { return {}; }
std::int64_t Answer::bytes(const std::string&) const { return -1; }

}  // namespace perceiver::hub
