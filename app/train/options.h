// The command line of perceiverscope-train.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace perceiver {

struct Options {
    std::string command;  ///< "pack", "train", "evaluate", "export", "card", "convert", "plot"
    std::string help;     ///< not empty: print it and leave
    bool version = false;
    std::string input, output;  ///< what the command reads and what it writes
    std::string pack, recipe, split, labels, card, hyperparameters;
    std::string start;      ///< train: a bundle to start from
    std::int64_t size = 0;  ///< pack: side to which pictures are brought; 0: as they are
    int threads = 0;        ///< 0: the recipe's, or all
    double minutes = 0;     ///< 0: as the recipe says
    std::int64_t steps = 0;
    std::string table, columns, test;  ///< pack: a table of the files, its columns, what marks the test split
    std::string pattern;               ///< pack: of files' names, its first group the label
    std::int64_t points = 1024;        ///< pack: of a cloud or surface
    double seconds = 5;                ///< pack: of a sound or film
    double frame_rate = 25;            ///< pack: frames a second of a film
    bool grey = false;                 ///< pack: of a film luma alone
    int rate = 16000;                  ///< pack: samples a second
    std::int64_t views = 1;
    std::vector<double> noise;         ///< evaluate: decibels by which sounds are louder than noise, each measured
    std::optional<std::uint64_t> permute;  ///< evaluate: of a rival's test pictures
    bool resume = false, record = false;
    std::string only;                    ///< pack: the one split that goes in
    std::int64_t sample = 0;             ///< pack: so many examples of every split; 0: all
    bool quiet = false;                  ///< pack: nothing to stdout
    bool all = false, check = false;     ///< evaluate: every bundle of the folder `input`; a sample of the examples
    std::string data = "../shared/data", cache;  ///< evaluate: the folder of all data; where packs of it are kept
};

/// Throws Error{usage}.
Options read_options(int argc, const char* const* argv);

}  // namespace perceiver
