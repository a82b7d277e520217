#include "support/torch_samples.h"

#include <zlib.h>

#include <cstring>
#include <stdexcept>

namespace perceiver::samples {
namespace {

template <class T>
void put(ByteVector& out, T value) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
    out.insert(out.end(), bytes, bytes + sizeof value);
}
void put_text(ByteVector& out, std::string_view text) { out.insert(out.end(), text.begin(), text.end()); }

ByteVector deflated(const ByteVector& bytes) {
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("zlib");
    ByteVector out(deflateBound(&stream, bytes.size()));
    stream.next_in = const_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib");
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

// What local headers and the directory have in common, from "version needed" to the name's length.
void put_common(ByteVector& out, const ZipRecord& record, std::size_t stored_bytes) {
    put<std::uint16_t>(out, 20);
    put<std::uint16_t>(out, 0);
    put<std::uint16_t>(out, record.compressed ? 8 : 0);
    put<std::uint32_t>(out, 0);
    put(out, static_cast<std::uint32_t>(crc32(0, record.bytes.data(), static_cast<uInt>(record.bytes.size()))));
    put(out, static_cast<std::uint32_t>(stored_bytes));
    put(out, static_cast<std::uint32_t>(record.bytes.size()));
    put(out, static_cast<std::uint16_t>(record.name.size()));
    put<std::uint16_t>(out, 0);
}

const char* storage_type(weights::DType dtype) {
    using enum weights::DType;
    switch (dtype) {
        case f16: return "HalfStorage";
        case bf16: return "BFloat16Storage";
        case f32: return "FloatStorage";
        case f64: return "DoubleStorage";
        case i64: return "LongStorage";
        case i32: return "IntStorage";
        case u8: return "ByteStorage";
        case boolean: break;
    }
    return "BoolStorage";
}

}  // namespace

ByteVector zip_of(const std::vector<ZipRecord>& records) {
    ByteVector out, directory;
    for (const auto& record : records) {
        const ByteVector stored = record.compressed ? deflated(record.bytes) : record.bytes;
        const auto at = static_cast<std::uint32_t>(out.size());
        put_text(out, "PK\3\4");
        put_common(out, record, stored.size());
        put_text(out, record.name);
        out.insert(out.end(), stored.begin(), stored.end());
        put_text(directory, "PK\1\2");
        put<std::uint16_t>(directory, 20);
        put_common(directory, record, stored.size());
        put<std::uint32_t>(directory, 0);  // comment, disk
        put<std::uint16_t>(directory, 0);  // attributes inside
        put<std::uint32_t>(directory, 0);  // and outside
        put(directory, at);
        put_text(directory, record.name);
    }
    const auto begin = static_cast<std::uint32_t>(out.size());
    out.insert(out.end(), directory.begin(), directory.end());
    put_text(out, "PK\5\6");
    put<std::uint32_t>(out, 0);
    put(out, static_cast<std::uint16_t>(records.size()));
    put(out, static_cast<std::uint16_t>(records.size()));
    put(out, static_cast<std::uint32_t>(directory.size()));
    put(out, begin);
    put<std::uint16_t>(out, 0);
    return out;
}

ByteVector bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

PickleWriter::PickleWriter(int protocol) : protocol_(protocol) {
    bytes_ = {0x80, static_cast<std::uint8_t>(protocol)};
}
PickleWriter& PickleWriter::raw(std::string_view bytes) {
    put_text(bytes_, bytes);
    return *this;
}
PickleWriter& PickleWriter::text(std::string_view value) {
    if (protocol_ >= 4 && value.size() < 256) {
        bytes_.push_back(0x8c);
        bytes_.push_back(static_cast<std::uint8_t>(value.size()));
    } else {
        bytes_.push_back('X');
        put(bytes_, static_cast<std::uint32_t>(value.size()));
    }
    return raw(value);
}
PickleWriter& PickleWriter::number(std::int64_t value) {
    if (value >= 0 && value < 256) {
        bytes_.push_back('K');
        bytes_.push_back(static_cast<std::uint8_t>(value));
    } else {
        raw("\x8a\x08");
        put(bytes_, value);
    }
    return *this;
}
PickleWriter& PickleWriter::global(std::string_view module, std::string_view name) {
    if (protocol_ >= 4) return text(module).text(name).raw("\x93");
    return raw("c").raw(module).raw("\n").raw(name).raw("\n");
}
PickleWriter& PickleWriter::numbers(const std::vector<std::int64_t>& values) {
    raw("(");
    for (const auto value : values) number(value);
    return raw("t");
}
PickleWriter& PickleWriter::ordered_dict() { return global("collections", "OrderedDict").raw(")R"); }
PickleWriter& PickleWriter::tensor(const TorchTensor& t) {
    std::vector<std::int64_t> strides = t.strides;
    if (strides.empty()) {
        strides.resize(t.shape.size());
        std::int64_t step = 1;
        for (std::size_t i = strides.size(); i-- > 0; step *= t.shape[i]) strides[i] = step;
    }
    global("torch._utils", "_rebuild_tensor_v2").raw("((").text("storage").global("torch", t.storage_type);
    text(t.storage).text("cpu").number(t.storage_elements).raw("tQ").number(t.offset);
    return numbers(t.shape).numbers(strides).raw("\x89").ordered_dict().raw("tR");
}
ByteVector PickleWriter::end() {
    raw(".");
    return std::move(bytes_);
}

ByteVector torch_file(const Tensors& tensors, Holder holder, int protocol, const std::string& top) {
    PickleWriter pickle(protocol);
    std::vector<ZipRecord> records{{top + "/data.pkl", {}}, {top + "/byteorder", bytes_of("little")}};
    if (holder == Holder::ordered_dict_with_metadata)
        pickle.ordered_dict().raw("(");
    else
        pickle.raw("}(");
    int key = 0;
    for (const auto& [name, t] : tensors) {
        pickle.text(name);
        if (holder == Holder::parameters) pickle.global("torch._utils", "_rebuild_parameter").raw("(");
        pickle.tensor({storage_type(t.dtype),
                       std::to_string(key),
                       static_cast<std::int64_t>(t.bytes.size() / weights::item_size(t.dtype)),
                       0,
                       t.shape,
                       {}});
        if (holder == Holder::parameters) pickle.raw("\x88").ordered_dict().raw("tR");
        records.push_back({top + "/data/" + std::to_string(key++), t.bytes});
    }
    pickle.raw("u");
    if (holder == Holder::ordered_dict_with_metadata)
        pickle.raw("}").text("_metadata").ordered_dict().text("").raw("}").text("version").number(1).raw("sssb");
    records[0].bytes = pickle.end();
    records.push_back({top + "/version", bytes_of("3\n")});
    return zip_of(records);
}

ByteVector torch_file(const ByteVector& pickle, const std::vector<ByteVector>& storages) {
    std::vector<ZipRecord> records{{"archive/data.pkl", pickle}};
    for (std::size_t i = 0; i < storages.size(); ++i)
        records.push_back({"archive/data/" + std::to_string(i), storages[i]});
    return zip_of(records);
}

std::vector<std::pair<std::string, ByteVector>> hostile_pickles() {
    const auto calling = [](std::string_view module, std::string_view name, int protocol) {
        return PickleWriter(protocol)
            .global(module, name)
            .text("touch /tmp/perceiverscope-was-here")
            .raw("\x85R")
            .end();
    };
    std::vector<std::pair<std::string, ByteVector>> all;
    for (const auto& [module, name] : {std::pair{"os", "system"},
                                       {"posix", "system"},
                                       {"builtins", "eval"},
                                       {"__builtin__", "exec"},
                                       {"subprocess", "Popen"},
                                       {"torch", "load"},
                                       {"collections", "namedtuple"},
                                       {"torch._utils", "_rebuild_tensor"}})
        for (const int protocol : {2, 4})
            all.emplace_back(std::string(module) + "." + name, calling(module, name, protocol));
    // In a value, inside an otherwise good state dict.
    all.emplace_back("posix.system", PickleWriter()
                                         .raw("}")
                                         .text("w")
                                         .tensor({.storage_elements = 1, .shape = {1}})
                                         .raw("s")
                                         .text("x")
                                         .global("posix", "system")
                                         .text("id")
                                         .raw("\x85Rs")
                                         .end());
    // A name with a dot in the module, an allowed one behind it.
    all.emplace_back("os.collections.OrderedDict",
                     PickleWriter().global("os.collections", "OrderedDict").raw(")R").end());
    return all;
}

}  // namespace perceiver::samples
