#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numeric>
#include <system_error>

#include "base/error.h"
#include "hub/cache.h"
#include "hub/digest.h"
#include "hub/http.h"
#include "hub/hub.h"
#include "hub/meter.h"
#include "hub/partial_file.h"
#include "hub/paths.h"

namespace perceiver::hub {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t most_text_bytes = std::int64_t{64} << 20;  // of a listing, a configuration, an index

[[noreturn]] void bad(const std::string& sentence) { throw Error(ErrorCode::unreadable_model, sentence); }

std::string megabytes(std::int64_t bytes) {
    return bytes < 1'000'000 ? std::to_string((bytes + 999) / 1000) + " kB"
                             : std::to_string(std::llround(double(bytes) / 1e6)) + " MB";
}

/// Without the mark of a weak tag and without quotes.
std::string plain_etag(std::string etag) {
    if (etag.rfind("W/", 0) == 0) etag.erase(0, 2);
    etag.erase(std::remove(etag.begin(), etag.end(), '"'), etag.end());
    return etag;
}

/// What "Content-Range: bytes 5-9/10" says it begins with; -1 when it says something else.
std::int64_t range_begin(const std::string& header) {
    const std::string unit = "bytes ";
    std::int64_t from = -1;
    if (header.rfind(unit, 0) == 0)
        std::from_chars(header.data() + unit.size(), header.data() + header.size(), from);
    return from;
}

/// A file of the model as the hub announces it.
struct Remote {
    std::string file, etag;
    std::int64_t size = 0;
};

class Fetch {
  public:
    Fetch(const Reference& reference, const Settings& settings, const ProgressCallback& tell,
          const CancelToken& cancel)
        : reference_(reference),
          settings_(settings),
          cancel_(cancel),
          cache_(settings.cache, reference),
          client_(settings),
          meter_(tell) {}

    fs::path run();

  private:
    Listing list();
    Remote look_up(const std::string& file);
    std::vector<Remote> look_up(const std::vector<std::string>& files);
    void check_room(const std::vector<Remote>& files) const;
    void get(const Remote& remote, std::int64_t before);
    void download(const Remote& remote, PartialFile& partial, std::int64_t before);
    void verify(const Remote& remote, const PartialFile& partial) const;
    Answer ask(const Request& request);
    [[noreturn]] void refuse(const Answer& answer) const;
    std::int64_t here(const Remote& remote) const;
    std::string address(const std::string& file) const {
        return settings_.endpoint + "/" + reference_.repository() + "/resolve/" + commit_ + "/" + file;
    }

    const Reference& reference_;
    const Settings& settings_;
    const CancelToken& cancel_;
    const Cache cache_;
    Client client_;
    Meter meter_;
    std::string commit_;
};

// ---- asking ----

[[noreturn]] void Fetch::refuse(const Answer& answer) const {
    const std::string model = reference_.repository(), why = answer.header("x-error-code");
    const std::string token = "Put a token made on the hub into HF_TOKEN";
    if (why == "RevisionNotFound")
        bad("The model " + model + " has no revision \"" + reference_.revision + "\".");
    if (answer.status == 404) bad("There is no model " + model + " on the hub: check the spelling.");
    if (answer.status == 401)  // what the hub also says of names nobody has
        bad(settings_.token.empty()
                ? "There is no model " + model +
                      " on the hub, or only for who shows a token: check the spelling. " + token +
                      " to show one."
                : "The hub doesn't accept the token, or there is no model " + model + ": check both.");
    if (answer.status == 403)
        bad("The hub doesn't give " + model + " to everybody: accept its conditions on its page. " + token +
            ".");
    if (answer.status == 429)
        bad("The hub asks for patience: it had too many questions. Try again in some minutes.");
    if (answer.status >= 500)
        bad("The hub has a problem of its own (HTTP " + std::to_string(answer.status) +
            "): try again later.");
    bad("The hub gives an answer this program doesn't understand (HTTP " + std::to_string(answer.status) +
        ").");
}

/// A question whose failure leaves nothing behind.
Answer Fetch::ask(const Request& request) {
    try {
        Answer answer = client_.send(request, cancel_);
        if (answer.status < 200 || (answer.status >= 300 && answer.header("x-linked-etag").empty()))
            refuse(answer);
        return answer;
    } catch (const ConnectionFailed& failed) {
        bad("The hub can't be reached (" + failed.why +
            "); models that came with the program or were fetched before still work.");
    }
}

Listing Fetch::list() {
    std::string revision = reference_.revision;
    for (std::size_t at = 0; (at = revision.find('/', at)) != revision.npos;) revision.replace(at, 1, "%2F");
    std::string text;
    Request request;
    request.url = settings_.endpoint + "/api/models/" + reference_.repository() + "/revision/" + revision;
    request.body = [&](std::span<const std::uint8_t> bytes) {
        if (text.size() + bytes.size() > std::size_t(most_text_bytes))
            bad("The hub's list of the model's files is too long.");
        text.append(bytes.begin(), bytes.end());
    };
    ask(request);
    return parse_listing(text);
}

Remote Fetch::look_up(const std::string& file) {
    Request request;
    request.url = address(file);
    request.head = true;
    const Answer answer = ask(request);
    const std::string linked = answer.header("x-linked-etag");
    Remote remote{file, plain_etag(linked.empty() ? answer.header("etag") : linked),
                  answer.bytes("x-linked-size")};
    if (remote.size < 0 && answer.status < 300)
        remote.size = answer.bytes("content-length");  // else the redirect's own
    if ((!is_hex(remote.etag, 64) && !is_hex(remote.etag, 40)) || remote.size < 0)
        bad("The hub doesn't say how long " + file + " is and what its checksum is.");
    return remote;
}

std::vector<Remote> Fetch::look_up(const std::vector<std::string>& files) {
    std::vector<Remote> remotes;
    for (const auto& file : files) remotes.push_back(look_up(file));
    return remotes;
}

// ---- getting ----

/// Bytes of it that are on the disk, whole or in part.
std::int64_t Fetch::here(const Remote& remote) const {
    std::error_code failed;
    if (fs::exists(cache_.blob(remote.etag), failed)) return remote.size;
    const auto size = fs::file_size(cache_.partial(remote.etag), failed);
    return failed ? 0 : std::min(static_cast<std::int64_t>(size), remote.size);
}

void Fetch::check_room(const std::vector<Remote>& files) const {
    std::int64_t total = 0, missing = 0;
    for (const auto& remote : files) {
        if (remote.size > settings_.model_bytes - total)
            throw Error(ErrorCode::out_of_resources, "The model is larger than the " +
                                                         megabytes(settings_.model_bytes) +
                                                         " that this program takes.");
        total += remote.size;
        missing += remote.size - here(remote);
    }
    std::error_code unknown;
    const fs::space_info room = fs::space(settings_.cache, unknown);
    if (!unknown && room.available < static_cast<std::uintmax_t>(missing))
        throw Error(ErrorCode::out_of_resources, "The disk is too full: the model takes " +
                                                     megabytes(missing) + ", and " +
                                                     megabytes(std::int64_t(room.available)) +
                                                     " are free in " + settings_.cache.string() + ".");
}

void Fetch::download(const Remote& remote, PartialFile& partial, std::int64_t before) {
    meter_.move_to(before + partial.size());
    const auto wrong_size = [&] {
        partial.remove();
        bad("The hub sends another number of bytes for " + remote.file +
            " than it announced: nothing was kept of it.");
    };
    Request request;
    request.url = address(remote.file);
    request.from = partial.size();
    // No If-Range: the server behind the redirect has tags of its own. The partial file's name is the
    // content's, asked just now, and its checksum is taken at the end.
    request.begun = [&](const Answer& answer) {
        if (request.from > 0 &&
            (answer.status != 206 || range_begin(answer.header("content-range")) != request.from)) {
            if (answer.status == 206) wrong_size();
            partial.clear();
            meter_.move_to(before);
        }
        const std::int64_t length = answer.bytes("content-length");
        if (length >= 0 && length != remote.size - partial.size()) wrong_size();
    };
    request.body = [&](std::span<const std::uint8_t> bytes) {
        if (std::int64_t(bytes.size()) > remote.size - partial.size()) wrong_size();
        partial.append(bytes);
        meter_.add(std::int64_t(bytes.size()));
    };
    std::string why = "the connection broke off";
    try {
        const Answer answer = client_.send(request, cancel_);
        if (answer.status == 416) wrong_size();  // there are fewer bytes than are here
        if (answer.status < 200 || answer.status >= 300) refuse(answer);
    } catch (const ConnectionFailed& failed) {
        why = failed.why;
    }
    if (partial.size() == remote.size) return;
    bad("The hub sent " + megabytes(partial.size()) + " of the " + megabytes(remote.size) + " of " +
        remote.file + ", then failed (" + why + "): what came is kept, and the next try goes on from there.");
}

void Fetch::verify(const Remote& remote, const PartialFile& partial) const {
    const Digest kind = remote.etag.size() == 64 ? Digest::sha256 : Digest::git_blob;
    if (digest_of_file(partial.path(), kind, cancel_) == remote.etag) return;
    partial.remove();
    bad(std::string("The bytes that came for ") + remote.file + " are not the ones the hub announced (" +
        (kind == Digest::sha256 ? "SHA-256" : "git's SHA-1") + "): they were deleted. Try again.");
}

/// Afterwards the blob is there, checked. Whatever goes wrong, what is left is nothing or a partial file to
/// go on from. `before`: bytes of the files before this one.
void Fetch::get(const Remote& remote, std::int64_t before) {
    const Cache::Lock lock(cache_, remote.etag, cancel_);
    std::error_code ignored;
    if (!fs::exists(cache_.blob(remote.etag), ignored)) {
        PartialFile partial(cache_.partial(remote.etag));
        if (partial.size() > remote.size) partial.clear();
        if (partial.size() < remote.size) download(remote, partial, before);
        verify(remote, partial);
        partial.become(cache_.blob(remote.etag));
    }
    meter_.move_to(before + remote.size);
    meter_.tell();
}

fs::path Fetch::run() {
    meter_.tell();
    const Listing listing = list();
    commit_ = listing.commit;
    const Selection chosen = select_files(listing.files);
    if (chosen.empty())
        bad("The model " + reference_.repository() +
            " has no weights that this program reads (safetensors or PyTorch).");
    cache_.make_folders();

    std::vector<std::string> texts = chosen.descriptions, weights{chosen.weights};
    if (!chosen.index.empty()) texts.push_back(chosen.index);
    std::vector<Remote> all = look_up(texts);
    check_room(all);
    for (const auto& remote : all) {
        if (remote.size > most_text_bytes)
            bad("The file " + remote.file + " is too long for what it should hold.");
        get(remote, 0);
    }
    if (!chosen.index.empty()) {
        std::ifstream index(cache_.blob(all.back().etag));
        weights = parse_index(std::string(std::istreambuf_iterator<char>(index), {}));
    }
    const std::vector<Remote> large = look_up(weights);
    check_room(large);
    const auto sum = [](std::int64_t total, const Remote& remote) { return total + remote.size; };
    const std::int64_t total = std::accumulate(large.begin(), large.end(), std::int64_t{0}, sum);
    std::int64_t before = 0;
    for (const auto& remote : large) {
        meter_.begin(remote.file, before + here(remote), total);
        get(remote, before);
        before += remote.size;
    }

    all.insert(all.end(), large.begin(), large.end());
    for (const auto& remote : all) cache_.link(commit_, remote.file, remote.etag);
    cache_.remember(commit_);  // last: until then the revision means what it meant before
    return cache_.snapshot(commit_);
}

}  // namespace

std::optional<fs::path> cached(const Reference& reference, const Settings& settings) {
    return Cache(settings.cache, reference).whole_snapshot();
}

fs::path fetch(const Reference& reference, const Settings& settings, const ProgressCallback& tell,
               const CancelToken& cancel) {
    if (const auto here = cached(reference, settings)) return *here;
    if (settings.offline)
        bad("The model " + reference.repository() +
            " is not on this machine, and HF_HUB_OFFLINE says not to ask the hub; models that came with the "
            "program or "
            "were fetched before still work.");
    return Fetch(reference, settings, tell, cancel).run();
}

}  // namespace perceiver::hub
