#include "hub/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <exception>
#include <mutex>
#include <utility>

#include "base/error.h"

namespace perceiver::hub {
namespace {

constexpr int most_redirects = 10, poll_ms = 20;
constexpr std::size_t most_headers = 200;

struct FreeUrl {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

Url parse_url(const std::string& text) {
    Url url(curl_url());
    if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return nullptr;
    return url;
}

std::string part(const Url& url, CURLUPart which) {
    char* text = nullptr;
    const unsigned flags = which == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0;
    if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
    std::string copy(text);
    curl_free(text);
    return copy;
}

/// Scheme, host and port: what "the same server" means.
std::string origin(const std::string& text) {
    const Url url = parse_url(text);
    if (!url) return {};
    return part(url, CURLUPART_SCHEME) + "://" + part(url, CURLUPART_HOST) + ":" + part(url, CURLUPART_PORT);
}

bool is_encrypted(const std::string& url) { return origin(url).rfind("https:", 0) == 0; }

const char* words_for(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return "its name can't be resolved";
        case CURLE_COULDNT_CONNECT:
            return "it refuses the connection or isn't there";
        case CURLE_OPERATION_TIMEDOUT:
            return "it doesn't answer";
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
            return "its certificate can't be trusted";
        case CURLE_SSL_CONNECT_ERROR:
            return "no protected connection can be made";
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return "its address, HF_ENDPOINT, is not an http or https address";
        default:
            return "the connection broke off";
    }
}

/// What the callbacks of one transfer share. An exception can't pass through libcurl, so it waits here.
struct Transfer {
    const Request& request;
    Answer answer;
    bool begun = false;
    std::exception_ptr thrown;

    bool succeeded() const { return answer.status >= 200 && answer.status < 300; }
};

std::size_t take_header(char* text, std::size_t size, std::size_t count, void* user) {
    auto& answer = static_cast<Transfer*>(user)->answer;
    const std::string_view line(text, size * count);
    const auto space = [](unsigned char c) { return std::isspace(c) != 0; };
    if (line.rfind("HTTP/", 0) == 0) {  // a new answer: that before was "100 Continue"
        answer = {};
        const auto at = std::min(line.find(' ') + 1, line.size());
        std::from_chars(line.data() + at, line.data() + line.size(), answer.status);
    } else if (const auto colon = line.find(':');
               colon != line.npos && answer.headers.size() < most_headers) {
        std::string name(line.substr(0, colon));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        std::string value(line.substr(colon + 1));
        value.erase(value.begin(), std::find_if_not(value.begin(), value.end(), space));
        while (!value.empty() && space(static_cast<unsigned char>(value.back()))) value.pop_back();
        answer.headers[name] = value;
    }
    return size * count;
}

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    if (!transfer.succeeded())
        return size * count;  // a page of words about the failure: the status says enough
    try {
        if (!std::exchange(transfer.begun, true) && transfer.request.begun)
            transfer.request.begun(transfer.answer);
        if (transfer.request.body)
            transfer.request.body({reinterpret_cast<const std::uint8_t*>(data), size * count});
        return size * count;
    } catch (...) {
        transfer.thrown = std::current_exception();
        return 0;
    }
}

}  // namespace

std::int64_t Answer::bytes(const std::string& name) const {
    const std::string text = header(name);
    std::int64_t value = -1;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc() && end == text.data() + text.size() && value >= 0 ? value : -1;
}

struct Client::Curl {
    explicit Curl(const Settings& s) : settings(s), multi(curl_multi_init()), easy(curl_easy_init()) {
        if (!multi || !easy) throw Error(ErrorCode::out_of_resources, "There is not enough memory for this.");
    }
    ~Curl() {
        curl_easy_cleanup(easy);
        curl_multi_cleanup(multi);
    }

    void set_up(const std::string& url, Transfer& transfer);
    Answer one_hop(const std::string& url, const Request& request, const CancelToken& cancel);
    CURLcode wait(const Transfer& transfer, const CancelToken& cancel);

    const Settings settings;
    CURLM* multi;
    CURL* easy;
};

void Client::Curl::set_up(const std::string& url, Transfer& transfer) {
    curl_easy_reset(easy);  // the connection stays for the next request
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_NOBODY, transfer.request.head ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "PerceiverScope");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L << 10);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT,
                     1L);  // a name being looked up would hold a cancel up for seconds
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    if (transfer.request.from > 0)
        curl_easy_setopt(easy, CURLOPT_RANGE, (std::to_string(transfer.request.from) + "-").c_str());
}

CURLcode Client::Curl::wait(const Transfer& transfer, const CancelToken& cancel) {
    using Clock = std::chrono::steady_clock;
    auto last_moved = Clock::now();
    curl_off_t moved = -1;
    for (int running = 1; running > 0;) {
        cancel.check();
        if (curl_multi_perform(multi, &running) != CURLM_OK || transfer.thrown) return CURLE_WRITE_ERROR;
        curl_off_t connected = 0, now = 0;
        curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &now);
        curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
        now += connected > 0;  // until then the time limit for connecting is the one that counts
        if (now != moved || connected == 0) last_moved = Clock::now(), moved = now;
        if (Clock::now() - last_moved > settings.stall_timeout) return CURLE_OPERATION_TIMEDOUT;
        if (running > 0) curl_multi_poll(multi, nullptr, 0, poll_ms, nullptr);
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi, &left);
    return message ? message->data.result : CURLE_RECV_ERROR;
}

Answer Client::Curl::one_hop(const std::string& url, const Request& request, const CancelToken& cancel) {
    Transfer transfer{request, {}, false, nullptr};
    set_up(url, transfer);
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, curl_slist_free_all);
    if (!settings.token.empty() && origin(url) == origin(settings.endpoint)) {
        headers.reset(curl_slist_append(nullptr, ("Authorization: Bearer " + settings.token).c_str()));
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    }
    curl_multi_add_handle(multi, easy);
    CURLcode code = CURLE_OK;
    try {
        code = wait(transfer, cancel);
    } catch (...) {
        curl_multi_remove_handle(multi, easy);
        throw;
    }
    curl_multi_remove_handle(multi, easy);
    if (transfer.thrown) std::rethrow_exception(transfer.thrown);
    if (code != CURLE_OK) throw ConnectionFailed{words_for(code)};
    if (transfer.succeeded() && !transfer.begun && request.begun)
        request.begun(transfer.answer);  // without a body
    return transfer.answer;
}

Client::Client(const Settings& settings) {
    static std::once_flag once;  // curl_global_init is not to be called twice at a time
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    curl_ = std::make_unique<Curl>(settings);
}

Client::~Client() = default;

Answer Client::send(const Request& request, const CancelToken& cancel) {
    std::string url = request.url;
    for (int hops = 0; hops <= most_redirects; ++hops) {
        const Answer answer = curl_->one_hop(url, request, cancel);
        const std::string location = answer.header("location");
        const bool redirected = answer.status >= 300 && answer.status < 400 && !location.empty();
        if (!redirected || (request.head && !answer.header("x-linked-etag").empty())) return answer;
        const Url next = parse_url(url);
        if (!next || curl_url_set(next.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE) != CURLUE_OK)
            throw Error(ErrorCode::unreadable_model,
                        "The hub sends this program on to an address that isn't one.");
        const std::string to = part(next, CURLUPART_URL);
        if (is_encrypted(url) && !is_encrypted(to))
            throw Error(ErrorCode::unreadable_model,
                        "The hub sends this program on to an unprotected address, which it doesn't follow.");
        url = to;
    }
    throw Error(ErrorCode::unreadable_model,
                "The hub sends this program on from address to address without end.");
}

}  // namespace perceiver::hub
