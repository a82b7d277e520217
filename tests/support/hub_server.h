// A hub on this machine for tests: HTTP/1.1 on a port of 127.0.0.1, with the hub's addresses and headers, and
// with every way of failing that a test asks for. No other host is ever talked to.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/files.h"

namespace perceiver::samples {

/// What goes wrong with the answer to a request.
enum class Fault {
    none,
    cut,               ///< half of the bytes, then the connection closes
    short_length,      ///< Content-Length is one less than announced
    long_length,       ///< one more, with the byte
    endless,           ///< chunked, and more bytes than announced
    early_end,         ///< chunked, and an orderly end after half of the bytes
    other_bytes,       ///< as many, one of them different
    chunked,           ///< nothing wrong: no Content-Length
    ignore_range,      ///< nothing wrong: the whole file whatever was asked for
    bad_range,         ///< 206 that begins elsewhere
    stall,             ///< half of the bytes, then nothing until the server ends or release()
    stall_first,       ///< not even a status line
    not_found,         ///< 404
    unauthorized,      ///< 401
    forbidden,         ///< 403
    unknown_revision,  ///< 404 as the hub says it of a revision
    busy,              ///< 429
    broken,            ///< 503
    no_tag,            ///< without ETag and X-Linked-Etag
    wrong_tag,         ///< a SHA-256, but of something else
    not_json,          ///< words in place of the listing
    loop,              ///< redirects to itself
    moved,             ///< a relative redirect to the same below /moved
};

class HubServer {
  public:
    HubServer();
    ~HubServer();
    HubServer(const HubServer&) = delete;
    HubServer& operator=(const HubServer&) = delete;

    std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }

    /// A repository at a commit. Files of at least `large_bytes` are large ones: found by redirect, tagged by
    /// SHA-256.
    void serve(const std::string& repository, const std::string& revision, const std::string& commit,
               std::map<std::string, ByteVector> files);
    static constexpr std::size_t large_bytes = 1000;
    /// Large files are sent by this server, as the hub sends them from another host.
    void store_on(HubServer& storage);

    /// The next `times` requests whose method and path ("GET /o/n/resolve/...") contain `part` get this
    /// fault.
    void fail(const std::string& part, Fault fault, int times = 1 << 20);
    void release();  ///< stalled answers go on
    void wait_for_stall();

    struct Seen {
        std::string method, path;
        std::map<std::string, std::string> headers;  ///< by name in lower case
    };
    std::vector<Seen> seen() const;
    std::size_t count(const std::string& part) const;  ///< of seen requests that contain it
    void forget();                                     ///< what was seen, and all faults

  private:
    struct Served {
        std::string commit;
        std::map<std::string, ByteVector> files;
    };
    struct Rule {
        std::string part;
        Fault fault;
        int times;
    };
    struct Reply;
    void accept_all();
    void serve_one(int connection);
    Reply answer(const Seen& request, Fault fault);
    Reply answer_file(const Seen& request, const std::string& path, Fault fault);
    Reply send_bytes(const Seen& request, const ByteVector& bytes, const std::string& tag, Fault fault);
    Fault fault_of(const Seen& request);
    void stall();

    int listener_ = -1, port_ = 0;
    std::atomic<bool> stopping_{false};
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, Served> repositories_;  // by "owner/name" + " " + revision
    std::map<std::string, ByteVector> stored_;    // large files by their path on this server
    std::list<Rule> rules_;
    std::vector<Seen> seen_;
    HubServer* storage_ = nullptr;
    bool released_ = false;
    int stalled_ = 0;
    std::list<std::thread> connections_;
    std::thread acceptor_;
};

/// As the hub names contents.
std::string sha256_of(const ByteVector& bytes);
std::string git_blob_of(const ByteVector& bytes);

}  // namespace perceiver::samples
