// hub:OWNER/NAME[@REVISION]: the name of a model on the hub.
#pragma once

#include <string>
#include <string_view>

namespace perceiver::hub {

struct Reference {
    std::string owner, name;
    std::string revision = "main";  ///< a branch, a tag, a commit; slashes are allowed, as in refs/pr/1

    std::string repository() const { return owner + "/" + name; }
    std::string text() const;  ///< as parse_reference() takes it; the revision only when it is not main
    bool operator==(const Reference&) const = default;
};

/// Whether the text begins with "hub:".
bool is_reference(std::string_view text);

/// The part before "hub:" may be missing. Every part is safe as the name of a folder and in an address.
/// Throws Error{unreadable_model}.
Reference parse_reference(std::string_view text);

}  // namespace perceiver::hub
