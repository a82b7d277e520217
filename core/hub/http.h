// One HTTP request at a time, by libcurl: cancelled at once, redirects followed by hand so that the token
// goes to the hub's own address and to no other.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "base/cancel.h"
#include "hub/settings.h"

namespace perceiver::hub {

struct Answer {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< by name in lower case

    std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
    /// A header that is a number of bytes; -1 when it is missing or something else.
    std::int64_t bytes(const std::string& name) const;
};

struct Request {
    std::string url;
    bool head = false;      ///< headers only; a redirect that names the file's hash is itself the answer
    std::int64_t from = 0;  ///< first byte wanted
    /// Called once, before `body`, with the headers of a 2xx answer; then with every piece. Both may throw
    /// Error.
    std::function<void(const Answer&)> begun;
    std::function<void(std::span<const std::uint8_t>)> body;
};

/// The network's part of a failure, before or within an answer; not an Error, for what it means depends on
/// how far things were.
struct ConnectionFailed {
    std::string why;  ///< "its name can't be resolved"
};

class Client {
  public:
    explicit Client(const Settings& settings);  ///< throws Error{unreadable_model} in a build without libcurl
    ~Client();

    /// Throws ConnectionFailed; Error{cancelled}, within 100 ms of it; Error{unreadable_model} for redirects
    /// that lead nowhere or to an unprotected address.
    Answer send(const Request&, const CancelToken&);

  private:
    struct Curl;
    std::unique_ptr<Curl> curl_;
};

}  // namespace perceiver::hub
