#include "weights/safetensors_header.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace perceiver::weights {
namespace {

constexpr std::array<std::pair<std::string_view, DType>, 8> dtypes{{{"F16", DType::f16},
                                                                    {"BF16", DType::bf16},
                                                                    {"F32", DType::f32},
                                                                    {"F64", DType::f64},
                                                                    {"I64", DType::i64},
                                                                    {"I32", DType::i32},
                                                                    {"U8", DType::u8},
                                                                    {"BOOL", DType::boolean}}};

// What nlohmann's parser calls. A tree would keep the last of two equal keys and take any depth; this takes
// exactly { "__metadata__": {string: string}, name: {"dtype": string, "shape": [n...], "data_offsets": [n,
// n]}, ... }.
class HeaderSax : public nlohmann::json_sax<nlohmann::json> {
  public:
    SafetensorsHeader header;

    bool start_object(std::size_t) override {
        if (where_ == Where::start) return enter(Where::top);
        if (where_ == Where::top && in_metadata_) return enter(Where::metadata);
        if (where_ == Where::top) return enter(Where::tensor);
        return unexpected();
    }
    bool end_object() override {
        if (where_ == Where::tensor) {
            if (!has_dtype_ || !has_shape_ || !has_offsets_)
                bad_model("The header says too little of the tensor " + shown(name_) + ".");
            return enter(Where::top);
        }
        if (where_ == Where::metadata) return enter(Where::top);
        return enter(Where::done);
    }
    bool key(string_t& key) override {
        if (where_ == Where::top) return start_tensor(key);
        if (where_ == Where::metadata) {
            name_ = key;
            if (header.metadata.contains(key)) bad_model("The header has the key " + shown(key) + " twice.");
            return true;
        }
        return start_field(key);
    }
    bool start_array(std::size_t) override {
        if (where_ == Where::tensor && field_ == "shape") return enter(Where::shape);
        if (where_ == Where::tensor && field_ == "data_offsets") return enter(Where::offsets);
        return unexpected();
    }
    bool end_array() override {
        if (where_ == Where::offsets && offsets_read_ != 2) return unexpected();
        return enter(Where::tensor);
    }
    bool string(string_t& text) override {
        if (where_ == Where::metadata) {
            header.metadata.emplace(name_, text);
            return true;
        }
        if (where_ != Where::tensor || field_ != "dtype") return unexpected();
        const auto dtype = dtype_from_name(text);
        if (!dtype)
            bad_model("The tensor " + shown(name_) + " is of type " + shown(text) +
                      ", which this program doesn't read.");
        entry_->dtype = *dtype;
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override {
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return unexpected();
        if (where_ == Where::shape) {
            if (entry_->shape.size() == max_rank)
                bad_model("The tensor " + shown(name_) + " has more than " + std::to_string(max_rank) +
                          " dimensions.");
            entry_->shape.push_back(static_cast<std::int64_t>(value));
            return true;
        }
        if (where_ != Where::offsets || offsets_read_ == 2) return unexpected();
        (offsets_read_++ == 0 ? entry_->begin : entry_->end) = value;
        return true;
    }
    bool null() override { return unexpected(); }
    bool boolean(bool) override { return unexpected(); }
    bool number_integer(number_integer_t) override { return unexpected(); }
    bool number_float(number_float_t, const string_t&) override { return unexpected(); }
    bool binary(binary_t&) override { return unexpected(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
        bad_model("The file's header is not the JSON that safetensors asks for.", e.what());
    }

  private:
    enum class Where { start, top, metadata, tensor, shape, offsets, done };

    bool enter(Where where) {
        where_ = where;
        return true;
    }
    bool start_tensor(const std::string& name) {
        name_ = name;
        in_metadata_ = name == metadata_key;
        if (in_metadata_) {
            if (std::exchange(metadata_seen_, true))
                bad_model("The header has the key " + shown(name) + " twice.");
            return true;
        }
        const auto [at, is_new] = header.tensors.try_emplace(name);
        if (!is_new) bad_model("The header has the tensor " + shown(name) + " twice.");
        entry_ = &at->second;
        has_dtype_ = has_shape_ = has_offsets_ = false;
        offsets_read_ = 0;
        return true;
    }
    bool start_field(const std::string& key) {
        bool* const seen = key == "dtype"          ? &has_dtype_
                           : key == "shape"        ? &has_shape_
                           : key == "data_offsets" ? &has_offsets_
                                                   : nullptr;
        if (!seen)
            bad_model("The header says something unknown of the tensor " + shown(name_) + ": " + shown(key) +
                      ".");
        if (std::exchange(*seen, true))
            bad_model("The header has the key " + shown(key) + " twice for the tensor " + shown(name_) + ".");
        field_ = key;
        return true;
    }
    [[noreturn]] bool unexpected() const {
        if (where_ == Where::start || where_ == Where::done)
            bad_model("The file's header is not a JSON object.");
        if (in_metadata_) bad_model("The header's " + std::string(metadata_key) + " is not a list of texts.");
        bad_model("The header's entry for the tensor " + shown(name_) + " is malformed.");
    }

    Where where_ = Where::start;
    std::string name_, field_;
    TensorEntry* entry_ = nullptr;
    bool in_metadata_ = false, metadata_seen_ = false;
    bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
    int offsets_read_ = 0;
};

// The ranges must tile the data: no overlap, no gap, each as long as dtype and shape say.
void check_ranges(const SafetensorsHeader& header, std::uint64_t data_bytes) {
    std::vector<const std::pair<const std::string, TensorEntry>*> order;
    order.reserve(header.tensors.size());
    for (const auto& tensor : header.tensors) order.push_back(&tensor);
    std::ranges::sort(order, {}, [](auto* t) { return std::pair(t->second.begin, t->second.end); });
    std::uint64_t at = 0;
    for (const auto* tensor : order) {
        const auto& [name, entry] = *tensor;
        if (entry.begin != at || entry.end < entry.begin)
            bad_model("The bytes of the tensor " + shown(name) + " overlap another's or leave a gap.");
        if (checked_bytes(entry.dtype, entry.shape) != entry.end - entry.begin)
            bad_model("The tensor " + shown(name) +
                      " has a number of bytes that doesn't fit its shape and type.");
        at = entry.end;
    }
    if (at > data_bytes) bad_model("The file ends before its weights do: it was cut short.");
    if (at < data_bytes) bad_model("The file goes on after its last tensor.");
}

}  // namespace

std::uint64_t header_length(std::span<const std::uint8_t> first, std::uint64_t file_bytes,
                            const Limits& limits) {
    if (file_bytes == 0) bad_model("The file is empty.");
    if (file_bytes < length_bytes || first.size() < length_bytes)
        bad_model("The file is too short to hold a model.");
    static_assert(std::endian::native == std::endian::little,
                  "safetensors is little-endian and so are its views");
    std::uint64_t length = 0;
    std::memcpy(&length, first.data(), sizeof length);
    if (length > static_cast<std::uint64_t>(std::max<std::int64_t>(limits.model_header_bytes, 0)))
        bad_model("This is not a safetensors file: its header claims " + std::to_string(length) +
                  " bytes; the limit is " + std::to_string(limits.model_header_bytes) + ".");
    if (length > file_bytes - length_bytes)
        bad_model("The file ends before its header does: it was cut short.");
    return length;
}

SafetensorsHeader parse_header(std::span<const std::uint8_t> json, std::uint64_t data_bytes) {
    if (json.empty() || json.front() != '{') bad_model("The file's header is not a JSON object.");
    HeaderSax sax;
    nlohmann::json::sax_parse(json.begin(), json.end(), &sax);
    check_ranges(sax.header, data_bytes);
    return std::move(sax.header);
}

std::optional<DType> dtype_from_name(std::string_view name) {
    for (const auto& [known, dtype] : dtypes)
        if (known == name) return dtype;
    return std::nullopt;
}

std::string_view dtype_name(DType dtype) {
    return std::ranges::find(dtypes, dtype, &std::pair<std::string_view, DType>::second)->first;
}

std::optional<std::uint64_t> checked_bytes(DType dtype, std::span<const std::int64_t> shape) {
    std::int64_t bytes = 1;
    for (const std::int64_t n : shape)
        if (n < 0 || __builtin_mul_overflow(bytes, n, &bytes)) return std::nullopt;
    if (__builtin_mul_overflow(bytes, static_cast<std::int64_t>(item_size(dtype)), &bytes))
        return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
}

std::string shown(std::string_view name) {
    constexpr std::size_t longest = 80;
    std::size_t end = std::min(name.size(), longest);
    while (end < name.size() && end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80)
        --end;  // whole UTF-8
    std::string out(name.substr(0, end));
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    return end < name.size() ? out + "..." : out;
}

}  // namespace perceiver::weights
