#include "support/hub_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <stdexcept>

namespace perceiver::samples {
namespace {

std::string hex_digest(const EVP_MD* kind, const std::string& header, const ByteVector& bytes) {
    std::string whole = header;
    whole.append(bytes.begin(), bytes.end());
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(whole.data(), whole.size(), digest.data(), &size, kind, nullptr);
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", digest[i]);
        hex += two;
    }
    return hex;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

bool send_all(int connection, const char* data, std::size_t size) {
    while (size > 0) {
        const ssize_t sent = ::send(connection, data, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        data += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

}  // namespace

std::string sha256_of(const ByteVector& bytes) { return hex_digest(EVP_sha256(), {}, bytes); }
std::string git_blob_of(const ByteVector& bytes) {
    std::string header = "blob " + std::to_string(bytes.size());
    header.push_back('\0');
    return hex_digest(EVP_sha1(), header, bytes);
}

struct HubServer::Reply {
    std::string status = "200 OK";
    std::map<std::string, std::string> headers;
    ByteVector body;
    std::size_t send = std::string::npos;  ///< bytes of the body that go out
    bool chunked = false, stall = false;
};

HubServer::HubServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("the test's server has no port");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

HubServer::~HubServer() {
    stopping_ = true;
    release();
    acceptor_.join();
    for (auto& connection : connections_) connection.join();
    ::close(listener_);
}

void HubServer::accept_all() {
    while (!stopping_) {
        pollfd ready{listener_, POLLIN, 0};
        if (::poll(&ready, 1, 20) <= 0) continue;
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection >= 0) connections_.emplace_back([this, connection] { serve_one(connection); });
    }
}

// ---- what a test says ----

void HubServer::serve(const std::string& repository, const std::string& revision, const std::string& commit,
                      std::map<std::string, ByteVector> files) {
    const std::lock_guard lock(mutex_);
    for (const std::string& name : {revision, commit})
        repositories_[repository + " " + name] = {commit, files};
}

void HubServer::store_on(HubServer& storage) {
    const std::lock_guard lock(mutex_);
    storage_ = &storage;
}

void HubServer::fail(const std::string& part, Fault fault, int times) {
    const std::lock_guard lock(mutex_);
    rules_.push_back({part, fault, times});
}

void HubServer::release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
}

void HubServer::wait_for_stall() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stalled_ > 0; });
}

void HubServer::stall() {
    std::unique_lock lock(mutex_);
    ++stalled_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
    --stalled_;
}

std::vector<HubServer::Seen> HubServer::seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
}

std::size_t HubServer::count(const std::string& part) const {
    const auto all = seen();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const Seen& s) { return contains(s.method + " " + s.path, part); }));
}

void HubServer::forget() {
    const std::lock_guard lock(mutex_);
    seen_.clear();
    rules_.clear();
}

Fault HubServer::fault_of(const Seen& request) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(request);
    for (auto& rule : rules_)
        if (rule.times > 0 && contains(request.method + " " + request.path, rule.part)) {
            --rule.times;
            return rule.fault;
        }
    return Fault::none;
}

// ---- answers ----

void HubServer::serve_one(int connection) {
    std::string text;
    while (text.find("\r\n\r\n") == text.npos && text.size() < 65536 && !stopping_) {
        pollfd ready{connection, POLLIN, 0};
        if (::poll(&ready, 1, 20) <= 0) continue;
        char piece[4096];
        const ssize_t got = ::recv(connection, piece, sizeof piece, 0);
        if (got <= 0) break;
        text.append(piece, static_cast<std::size_t>(got));
    }
    Seen request;
    request.method = text.substr(0, text.find(' '));
    const std::size_t at = std::min(request.method.size() + 1, text.size());
    request.path = text.substr(at, text.find(' ', at) - at);
    for (std::size_t line = text.find("\r\n"); line != text.npos; line = text.find("\r\n", line + 2)) {
        const std::size_t colon = text.find(": ", line), end = text.find("\r\n", line + 2);
        if (colon != text.npos && end != text.npos && colon < end)
            request.headers[lower(text.substr(line + 2, colon - line - 2))] =
                text.substr(colon + 2, end - colon - 2);
    }
    if (!request.path.empty()) {
        const Fault fault = fault_of(request);
        if (fault == Fault::stall_first) stall();
        Reply reply = answer(request, fault);
        if (reply.chunked)
            reply.headers["Transfer-Encoding"] = "chunked";
        else
            reply.headers.emplace("Content-Length", std::to_string(reply.body.size()));
        std::string head = "HTTP/1.1 " + reply.status + "\r\nConnection: close\r\n";
        for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
        head += "\r\n";
        bool good = send_all(connection, head.data(), head.size());
        const std::size_t send = std::min(reply.send, reply.body.size());
        if (request.method != "HEAD" && reply.chunked) {
            for (std::size_t from = 0; good && from < send; from += 1000) {
                const std::size_t size = std::min<std::size_t>(1000, send - from);
                char length[24];
                const int digits = std::snprintf(length, sizeof length, "%zx\r\n", size);
                good = send_all(connection, length, static_cast<std::size_t>(digits)) &&
                       send_all(connection, reinterpret_cast<const char*>(reply.body.data()) + from, size) &&
                       send_all(connection, "\r\n", 2);
            }
            if (good) send_all(connection, "0\r\n\r\n", 5);
        } else if (request.method != "HEAD") {
            good = good && send_all(connection, reinterpret_cast<const char*>(reply.body.data()), send);
            if (reply.stall) {
                stall();
                send_all(connection, reinterpret_cast<const char*>(reply.body.data()) + send,
                         reply.body.size() - send);
            }
        }
    }
    ::shutdown(connection, SHUT_RDWR);
    ::close(connection);
}

HubServer::Reply HubServer::answer(const Seen& request, Fault fault) {
    const auto refused = [](const std::string& status, const std::string& code = {}) {
        Reply reply;
        reply.status = status;
        if (!code.empty()) reply.headers["X-Error-Code"] = code;
        const std::string words = "<html>" + status + "</html>";
        reply.body.assign(words.begin(), words.end());
        return reply;
    };
    switch (fault) {
        case Fault::not_found:
            return refused("404 Not Found", "EntryNotFound");
        case Fault::unauthorized:
            return refused("401 Unauthorized", "RepoNotFound");
        case Fault::forbidden:
            return refused("403 Forbidden", "GatedRepo");
        case Fault::unknown_revision:
            return refused("404 Not Found", "RevisionNotFound");
        case Fault::busy:
            return refused("429 Too Many Requests");
        case Fault::broken:
            return refused("503 Service Unavailable");
        default:
            break;
    }
    if (fault == Fault::loop || fault == Fault::moved) {
        Reply reply = refused("307 Temporary Redirect");
        reply.headers["Location"] = fault == Fault::loop ? request.path : "/moved" + request.path;
        return reply;
    }
    const std::string path = request.path.rfind("/moved/", 0) == 0 ? request.path.substr(6) : request.path;
    if (contains(path, "/resolve/") || path.rfind("/storage/", 0) == 0)
        return answer_file(request, path, fault);

    const std::string api = "/api/models/", revision = "/revision/";
    const std::size_t at = path.find(revision);
    if (path.rfind(api, 0) != 0 || at == path.npos) return refused("404 Not Found");
    std::string wanted = path.substr(at + revision.size());
    for (std::size_t slash = 0; (slash = wanted.find("%2F")) != wanted.npos;) wanted.replace(slash, 3, "/");
    const std::lock_guard lock(mutex_);
    const auto found = repositories_.find(path.substr(api.size(), at - api.size()) + " " + wanted);
    if (found == repositories_.end()) return refused("401 Unauthorized", "RepoNotFound");
    std::string json =
        R"({"id":"x","sha":")" + found->second.commit + R"(","siblings":[{"rfilename":".gitattributes"})";
    for (const auto& [name, bytes] : found->second.files) json += R"(,{"rfilename":")" + name + R"("})";
    json += "]}";
    if (fault == Fault::not_json) json = "{\"sha\": [";
    Reply reply;
    reply.body.assign(json.begin(), json.end());
    return reply;
}

HubServer::Reply HubServer::answer_file(const Seen& request, const std::string& path, Fault fault) {
    const std::lock_guard lock(mutex_);
    if (const auto stored = stored_.find(path); stored != stored_.end())
        return send_bytes(request, stored->second, "\"a-tag-of-the-storage\"", fault);
    const std::size_t at = path.find("/resolve/");
    if (at == path.npos) return {"404 Not Found", {}, {}};
    const std::string rest = path.substr(at + 9), commit = rest.substr(0, rest.find('/'));
    const std::string name = rest.substr(std::min(commit.size() + 1, rest.size()));
    const auto repository = repositories_.find(path.substr(1, at - 1) + " " + commit);
    if (repository == repositories_.end() || !repository->second.files.count(name))
        return {"404 Not Found", {{"X-Error-Code", "EntryNotFound"}}, {}};
    const ByteVector& bytes = repository->second.files.at(name);
    const bool large = bytes.size() >= large_bytes;
    std::string tag = large ? sha256_of(bytes) : git_blob_of(bytes);
    if (fault == Fault::wrong_tag) tag = sha256_of({1, 2, 3});
    Reply reply;
    if (!large || !storage_) {
        reply = send_bytes(request, bytes, "\"" + tag + "\"", fault);
    } else {
        const std::string place = "/storage/" + sha256_of(bytes);
        {
            const std::lock_guard other(storage_->mutex_);
            storage_->stored_[place] = bytes;
        }
        reply.status = "302 Found";
        reply.headers["Location"] = storage_->endpoint() + place;
        reply.headers["X-Linked-Size"] = std::to_string(bytes.size());
        if (fault != Fault::no_tag) reply.headers["X-Linked-Etag"] = "\"" + tag + "\"";
    }
    reply.headers["X-Repo-Commit"] = commit;
    return reply;
}

HubServer::Reply HubServer::send_bytes(const Seen& request, const ByteVector& bytes, const std::string& tag,
                                       Fault fault) {
    Reply reply;
    std::size_t from = 0;
    if (const auto range = request.headers.find("range");
        range != request.headers.end() && fault != Fault::ignore_range) {
        from = std::stoul(range->second.substr(range->second.find('=') + 1));
        const std::size_t said = from - (fault == Fault::bad_range ? 1 : 0);
        reply.status = "206 Partial Content";
        reply.headers["Content-Range"] = "bytes " + std::to_string(said) + "-" +
                                         std::to_string(bytes.size() - 1) + "/" +
                                         std::to_string(bytes.size());
    }
    reply.body.assign(bytes.begin() + static_cast<std::ptrdiff_t>(std::min(from, bytes.size())), bytes.end());
    if (fault != Fault::no_tag) reply.headers["ETag"] = tag;
    const std::size_t size = reply.body.size();
    reply.chunked = fault == Fault::chunked || fault == Fault::endless || fault == Fault::early_end;
    if (fault == Fault::cut || fault == Fault::stall || fault == Fault::early_end) reply.send = size / 2;
    reply.stall = fault == Fault::stall;
    if (fault == Fault::short_length) reply.headers["Content-Length"] = std::to_string(size - 1);
    if (fault == Fault::long_length || fault == Fault::endless) reply.body.push_back(7);
    if (fault == Fault::other_bytes && size > 0) reply.body[size / 2] ^= 1;
    return reply;
}

}  // namespace perceiver::samples
