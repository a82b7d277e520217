// What perceiverscope-train can do. Every command throws Error with the file's name before the sentence.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"
#include "options.h"

namespace perceiver {

void make_pack(const Options&);
/// Whether IN is a folder of arrays: SPLIT_points.npy beside SPLIT_labels.npy; and the pack of such a folder.
bool holds_arrays(const Options&);
void pack_arrays(const Options&);
void train_model(const Options&);
void evaluate_bundle(const Options&);
void export_bundle(const Options&);
void print_card(const Options&);
void convert_model(const Options&);
void plot_run(const Options&);

/// A small text file. Throws Error{unreadable_input}.
std::string text_of_file(const std::string& path);

/// True after the first Ctrl+C or SIGTERM; a second one ends the program at once.
bool interrupted();

/// Does `work`; an Error it throws says which file it is about.
template <class Work>
decltype(auto) about(const std::string& file, Work work) {
    try {
        return work();
    } catch (const Error& e) {
        throw Error(e.code, e.code == ErrorCode::cancelled ? e.sentence() : file + ": " + e.sentence(),
                    e.detail);
    }
}

}  // namespace perceiver
