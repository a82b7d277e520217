#include "weights/safetensors.h"

#include <new>

#include "base/input_file.h"
#include "weights/safetensors_header.h"
#include "weights/safetensors_open.h"

namespace perceiver::weights {
namespace {

void add_views(Safetensors& file, SafetensorsHeader&& header, std::span<const std::uint8_t> data) {
    file.metadata = std::move(header.metadata);
    for (auto& [name, entry] : header.tensors)
        file.tensors[name] = {entry.dtype, std::move(entry.shape),
                              data.subspan(entry.begin, entry.end - entry.begin)};
}

}  // namespace

OpenSafetensors open_safetensors(const std::filesystem::path& path, const Limits& limits) {
    OpenSafetensors model{InputFile(path, ErrorCode::unreadable_model), {}, {}};
    const std::int64_t size = model.file.size();
    if (size > limits.model_bytes)
        throw Error(ErrorCode::out_of_resources, "The model is " + std::to_string(size) +
                                                     " bytes; the limit is " +
                                                     std::to_string(limits.model_bytes) + ".");
    const auto first = std::min<std::int64_t>(size, length_bytes);
    model.file.append(model.bytes, first);
    const std::uint64_t length = header_length(model.bytes, static_cast<std::uint64_t>(size), limits);
    model.file.append(model.bytes, static_cast<std::int64_t>(length));
    model.header = parse_header(std::span(model.bytes).subspan(length_bytes),
                                static_cast<std::uint64_t>(size) - length_bytes - length);
    return model;
}

Safetensors parse_safetensors(std::span<const std::uint8_t> bytes, const Limits& limits) {
    const std::uint64_t length =
        header_length(bytes.first(std::min<std::size_t>(bytes.size(), length_bytes)), bytes.size(), limits);
    const auto data = bytes.subspan(length_bytes + length);
    Safetensors file;
    add_views(file, parse_header(bytes.subspan(length_bytes, length), data.size()), data);
    return file;
}

Safetensors read_safetensors(const std::filesystem::path& path, const Limits& limits) try {
    OpenSafetensors model = open_safetensors(path, limits);
    const std::size_t header_end = model.bytes.size();
    model.file.append(model.bytes, model.file.size() - static_cast<std::int64_t>(header_end));
    Safetensors file;
    file.storage = std::move(model.bytes);
    add_views(file, std::move(model.header), std::span<const std::uint8_t>(file.storage).subspan(header_end));
    return file;
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for this model.");
}

}  // namespace perceiver::weights
