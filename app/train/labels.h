// The names of a data set's labels.
#pragma once

#include <string>
#include <vector>

#include "options.h"

namespace perceiver {

/// Those of --labels, else of IN/classes.txt, else `found`, a name a line.
std::vector<std::string> labels_for(const Options& o, std::vector<std::string> found);

/// The lines of a text of at most 1 MB, none of them empty. Throws Error{unreadable_input}.
std::vector<std::string> lines_of(const std::string& path);

}  // namespace perceiver
