#include "hub/reference.h"

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "hub/paths.h"

namespace perceiver::hub {
namespace {

constexpr std::string_view scheme = "hub:", default_revision = "main";
constexpr std::size_t longest_name = 96;

/// As the hub names people and models; "--" is what the cache puts for the slash between them.
bool is_name(std::string_view text) {
    return text.size() <= longest_name && is_safe_path(text) && text.find('/') == text.npos &&
           text.find("--") == text.npos && text.front() != '-' && text.front() != '.';
}

}  // namespace

std::string Reference::text() const {
    return std::string(scheme) + repository() + (revision == default_revision ? "" : "@" + revision);
}

bool is_reference(std::string_view text) { return text.substr(0, scheme.size()) == scheme; }

Reference parse_reference(std::string_view text) {
    if (is_reference(text)) text.remove_prefix(scheme.size());
    Reference r;
    const std::size_t at = text.find('@');
    if (at != text.npos) r.revision = text.substr(at + 1);
    const std::string_view repository = text.substr(0, at);
    const std::size_t slash = std::min(repository.find('/'), repository.size());
    r.owner = repository.substr(0, slash);
    r.name = repository.substr(std::min(slash + 1, repository.size()));
    if (!is_name(r.owner) || !is_name(r.name) || !is_safe_path(r.revision))
        throw Error(ErrorCode::unreadable_model,
                    "A model of the hub is named OWNER/NAME or OWNER/NAME@REVISION, as in "
                    "deepmind/vision-perceiver-fourier.");
    return r;
}

}  // namespace perceiver::hub
