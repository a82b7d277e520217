#include "weights/foreign.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "weights/safetensors_header.h"

namespace perceiver::weights {

using namespace std::string_view_literals;

namespace {

const std::string resave =
    "Save it again in Python: import torch; torch.save(torch.load('FILE', map_location='cpu'), 'weights.pt')";
const std::string from_arrays =
    "Save its arrays under their PyTorch names in Python: from safetensors.numpy import save_file; "
    "save_file(arrays, 'model.safetensors')";
const std::string from_haiku =
    "One of DeepMind's is converted by transformers: python -m "
    "transformers.models.perceiver.convert_perceiver_haiku_to_pytorch --pickle_file FILE --pytorch_dump_folder_path "
    "OUT "
    "--task image_classification_fourier";
const std::string from_flax =
    "Read it in Python with flax.serialization.msgpack_restore(open('FILE', 'rb').read()), and save its arrays under "
    "their PyTorch names: from safetensors.numpy import save_file; save_file(arrays, 'model.safetensors')";

struct Signature {
    std::string_view bytes;
    std::size_t at;
    const char* is;
    const std::string* advice;
};

const std::string download_again = "Download the model itself (git lfs pull, or the file's page).";
const std::string unpack = "Unpack it and open the model inside.";

const std::array<Signature, 14> signatures{{
    // The number that a file of torch.save from before PyTorch 1.6 begins with.
    {"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv, 0,
     "This is a PyTorch file in the form from before version 1.6.", &resave},
    {"ustar"sv, 257, "This is a tar archive: the oldest form of PyTorch files, or something packed.", &resave},
    {"version https://git-lfs"sv, 0, "This is not the model but a git-lfs pointer to it.", &download_again},
    {"\x89HDF\r\n\x1a\n"sv, 0, "This is an HDF5 file, as TensorFlow and Keras write.", &from_arrays},
    {"\x93NUMPY"sv, 0, "This is a single NumPy array.", &from_arrays},
    {"GGUF"sv, 0, "This is a GGUF file, which holds no Perceiver.", &from_arrays},
    {"\x1f\x8b"sv, 0, "This is a gzip archive.", &unpack},
    {"\xfd\x37zXZ"sv, 0, "This is an xz archive.", &unpack},
    {"BZh"sv, 0, "This is a bzip2 archive.", &unpack},
    {"\x28\xb5\x2f\xfd"sv, 0, "This is a zstd archive.", &unpack},
    {"\x80\x02"sv, 0, "This is a pickle of Python objects, as JAX and NumPy models come in.", &from_haiku},
    {"\x80\x03"sv, 0, "This is a pickle of Python objects, as JAX and NumPy models come in.", &from_haiku},
    {"\x80\x04"sv, 0, "This is a pickle of Python objects, as JAX and NumPy models come in.", &from_haiku},
    {"\x80\x05"sv, 0, "This is a pickle of Python objects, as JAX and NumPy models come in.", &from_haiku},
}};

std::string_view text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view without_space(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    return begin == text.npos ? std::string_view() : text.substr(begin);
}

[[noreturn]] void refuse(std::string_view is, const std::string& advice) { bad_model(std::string(is) + " " + advice); }

// A map with text keys, as msgpack writes it.
bool is_msgpack(std::string_view text) {
    const auto code = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const bool small = code(0) > 0x80 && code(0) < 0x90, large = code(0) == 0xde || code(0) == 0xdf;
    const unsigned key = code(small ? 1 : code(0) == 0xde ? 3 : 5);
    return (small || large) && ((key >= 0xa0 && key < 0xc0) || key == 0xd9);
}

}  // namespace

FileKind file_kind(std::span<const std::uint8_t> first, std::uint64_t file_bytes) {
    const std::string_view text = text_of(first);
    if (text.starts_with("PK\3\4"sv) || text.starts_with("PK\5\6"sv)) return FileKind::zip;
    if (without_space(text).starts_with('{')) return FileKind::json;
    std::uint64_t length = 0;
    if (first.size() > length_bytes) std::memcpy(&length, first.data(), sizeof length);
    // A file that is too short for anything, or for its own header, is for the reader of safetensors to complain of.
    if (file_bytes <= length_bytes || (length < std::uint64_t{1} << 40 && text[length_bytes] == '{'))
        return FileKind::safetensors;
    return FileKind::foreign;
}

bool is_zip_of_weights(std::span<const std::uint8_t> first) {
    constexpr std::size_t length_at = 26, name_at = 30;   // of a local file header
    if (first.size() < name_at) return false;
    const std::size_t length = first[length_at] | static_cast<std::size_t>(first[length_at + 1]) << 8;
    const std::string_view name = text_of(first).substr(name_at, length);
    const std::string_view inside = name.substr(name.find('/') == name.npos ? 0 : name.find('/') + 1);
    if (name.ends_with(".npy") || name == "model.weights.h5") return true;
    return std::ranges::any_of(std::array{"data.pkl"sv, "data/"sv, "constants.pkl"sv, "code/"sv, "version"sv,
                                          "byteorder"sv, ".format_version"sv, ".data/"sv, ".storage_alignment"sv},
                               [&](std::string_view known) { return name != inside && inside.starts_with(known); });
}

bool is_foreign_model(std::span<const std::uint8_t> first) {
    const std::string_view text = text_of(first);
    return std::ranges::any_of(signatures, [&](const Signature& s) {
        return s.advice != &unpack && s.advice != &download_again &&
               text.substr(std::min(s.at, text.size())).starts_with(s.bytes);
    });
}

void refuse_foreign(std::span<const std::uint8_t> first, std::span<const std::uint8_t> last) {
    const std::string_view text = text_of(first);
    for (const auto& s : signatures)
        if (text.substr(std::min(s.at, text.size())).starts_with(s.bytes)) refuse(s.is, *s.advice);
    if (without_space(text).starts_with('<')) refuse("This is a web page, not the model.", download_again);
    if (is_msgpack(text)) refuse("This is a msgpack file, as Flax writes.", from_flax);
    if (text_of(last) == "\x57\xfb\x80\x8b\x24\x75\x47\xdb"sv)
        refuse("This is the index of a TensorFlow checkpoint.", from_arrays);
    refuse("This file is of no kind that this program reads: safetensors, or a PyTorch file of version 1.6 or later.",
           "It may be damaged or not completely downloaded.");
}

void refuse_foreign_record(const std::string& name) {
    const std::string_view inside =
        std::string_view(name).substr(name.find('/') == name.npos ? 0 : name.find('/') + 1);
    if (inside == "constants.pkl" || inside.starts_with("code/"))
        refuse(
            "This is a TorchScript program, not only weights.",
            "Save its weights in Python: import torch; torch.save(torch.jit.load('FILE').state_dict(), 'weights.pt')");
    if (name.ends_with(".npy")) refuse("This is an archive of NumPy arrays (.npz).", from_arrays);
    if (name == "model.weights.h5") refuse("This is a Keras model.", from_arrays);
}

}  // namespace perceiver::weights
