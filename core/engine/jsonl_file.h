// Findings, one line a file, that a later run goes on with.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/score.h"

namespace perceiver::engine {

class JsonlFile {
  public:
    /// What a line says of its file that a run needs which goes on.
    struct Line {
        std::string path, model;
        std::optional<Class> expected, answered;
    };

    /// Opens `path` for more ("-": standard output, which holds nothing yet). A last line that was never finished is
    /// taken off. Throws Error: usage (there is something else in it), out_of_resources (can't be written).
    explicit JsonlFile(const std::string& path);

    const std::vector<Line>& lines() const { return lines_; }
    /// `file` as utf8() has it.
    bool has(const std::string& file) const { return files_.contains(file); }
    /// Throws Error{out_of_resources}.
    void append(const std::string& findings);

  private:
    struct Close {
        void operator()(std::FILE* file) const {
            if (file != stdout) std::fclose(file);
        }
    };

    std::string path_;
    std::vector<Line> lines_;
    std::set<std::string> files_;
    std::unique_ptr<std::FILE, Close> out_;
};

}  // namespace perceiver::engine
