// How often the model is right about files that lie in folders named after its classes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/engine.h"

namespace perceiver::engine {

/// A class of a model.
struct Class {
    std::string label;
    int index = 0;
};

/// The class that one of `folders` (the first that fits) is named after: the whole label, or what stands before its
/// first comma where only one label begins so; case, spaces, underscores and hyphens don't count.
std::optional<Class> class_named(const std::vector<std::string>& folders, const std::vector<std::string>& labels);

class Score {
  public:
    void add(const Class& is, const Class& answered) { ++counts_[{key(is), key(answered)}]; }
    bool empty() const { return counts_.empty(); }
    /// Classes in the model's order; those of several models that share an index by their names.
    api::Confusion confusion() const;

  private:
    using Key = std::pair<int, std::string>;
    static Key key(const Class& c) { return {c.index, c.label}; }
    std::map<std::pair<Key, Key>, std::int64_t> counts_;
};

/// Accuracy, every class's own and what it was taken for most often, in lines.
std::string score_words(const api::Confusion& confusion);

}  // namespace perceiver::engine
