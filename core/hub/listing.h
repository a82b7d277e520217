// What a repository of the hub holds, and which of its files make a model. Foreign JSON is read here and
// nowhere else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace perceiver::hub {

struct Listing {
    std::string commit;  ///< 40 hexadecimal digits
    std::vector<std::string> files;
};

/// The answer of /api/models/OWNER/NAME/revision/REVISION. Files whose names are not is_safe_path() are left
/// out. Throws Error{unreadable_model}.
Listing parse_listing(std::string_view json);

/// The files that an index (model.safetensors.index.json, pytorch_model.bin.index.json) spreads the weights
/// over, each once. Throws Error{unreadable_model}.
std::vector<std::string> parse_index(std::string_view json);

/// The files of a model.
struct Selection {
    std::vector<std::string> descriptions;  ///< config.json, preprocessor_config.json, as far as there are
    std::string index;                      ///< not empty: names the files with the weights
    std::string weights;                    ///< not empty: the one file with the weights

    bool empty() const { return index.empty() && weights.empty(); }
};

/// Safetensors before pickles, one file before many; a repository with a single .safetensors file of another
/// name is one of this program's bundles. Empty when there is nothing this program reads.
Selection select_files(const std::vector<std::string>& files);

}  // namespace perceiver::hub
