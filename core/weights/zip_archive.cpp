#include "weights/zip_archive.h"

#include <zip.h>

#include <algorithm>
#include <cstdio>

#include "base/input_file.h"
#include "weights/safetensors_header.h"

namespace perceiver::weights {
namespace {

constexpr std::int64_t max_records = 200'000;
constexpr std::size_t max_name = 1024;
constexpr std::uint64_t chunk = 1 << 20;  // between two looks at the cancel token

[[noreturn]] void damaged(const std::string& how, std::string detail = {}) {
    bad_model("The PyTorch file is damaged or cut short: " + how + ".", std::move(detail));
}

void check_size(std::int64_t bytes, const Limits& limits) {
    if (bytes > limits.model_bytes)
        throw Error(ErrorCode::out_of_resources, "The model is " + std::to_string(bytes) + " bytes; the limit is " +
                                                     std::to_string(limits.model_bytes) + ".");
}

zip_t* open(zip_source_t* source, zip_error_t& error) {
    zip_t* archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
    if (!archive) {
        if (source) zip_source_free(source);
        const std::string detail = zip_error_strerror(&error);
        zip_error_fini(&error);
        damaged("its zip directory can't be read", detail);
    }
    return archive;
}

}  // namespace

void ZipArchive::Close::operator()(zip* archive) const noexcept { zip_discard(archive); }

ZipArchive::ZipArchive(const std::filesystem::path& path, const Limits& limits) {
    InputFile file(path, ErrorCode::unreadable_model);
    file_bytes_ = file.size();
    check_size(file_bytes_, limits);
    std::FILE* stream = ::fdopen(file.descriptor(), "rb");
    if (!stream) throw Error(ErrorCode::out_of_resources, "The file can't be opened: too many are open.");
    file.release();
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_filep_create(stream, 0, file_bytes_, &error);
    if (!source) std::fclose(stream);
    zip_.reset(open(source, error));
    list_records();
}

ZipArchive::ZipArchive(std::span<const std::uint8_t> bytes, const Limits& limits)
    : file_bytes_(static_cast<std::int64_t>(bytes.size())) {
    check_size(file_bytes_, limits);
    zip_error_t error;
    zip_error_init(&error);
    zip_.reset(open(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error), error));
    list_records();
}

void ZipArchive::list_records() {
    const std::int64_t count = zip_get_num_entries(zip_.get(), 0);
    if (count > max_records) damaged("it claims " + std::to_string(count) + " records");
    std::uint64_t total = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        zip_stat_t info;
        zip_stat_init(&info);
        constexpr zip_uint64_t needed =
            ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
        const auto index = static_cast<zip_uint64_t>(i);
        if (zip_stat_index(zip_.get(), index, ZIP_FL_ENC_RAW, &info) != 0 || (info.valid & needed) != needed)
            damaged("a record has no name or size");
        const std::string name = info.name;
        if (name.size() > max_name) damaged("a record's name is too long");
        if (info.encryption_method != ZIP_EM_NONE) bad_model("The PyTorch file is encrypted.");
        const bool stored = info.comp_method == ZIP_CM_STORE;
        if (stored && info.size != info.comp_size) damaged("the record " + shown(name) + " has two sizes");
        // Records that overlap would let a small file fill the memory.
        if (info.comp_size > static_cast<std::uint64_t>(file_bytes_) - total)
            damaged("its records are larger than the file");
        total += info.comp_size;
        if (!records_.try_emplace(name, Record{index, info.size, stored}).second)
            damaged("it has the record " + shown(name) + " twice");
    }
}

std::vector<std::uint8_t> ZipArchive::read(const std::string& name, std::uint64_t most,
                                           const CancelToken& cancel) const {
    const auto at = records_.find(name);
    if (at == records_.end()) damaged("the record " + shown(name) + " is missing");
    if (at->second.bytes > most) damaged("the record " + shown(name) + " is larger than it may be");
    struct CloseRecord {
        void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
    };
    const std::unique_ptr<zip_file_t, CloseRecord> record(zip_fopen_index(zip_.get(), at->second.index, 0));
    if (!record) damaged("the record " + shown(name) + " can't be read", zip_strerror(zip_.get()));
    const auto read_some = [&](std::uint8_t* into, std::uint64_t count) {
        cancel.check();
        const zip_int64_t got = zip_fread(record.get(), into, count);
        if (got < 0) damaged("the record " + shown(name) + " can't be read", zip_file_strerror(record.get()));
        return static_cast<std::uint64_t>(got);
    };
    std::vector<std::uint8_t> bytes;
    bytes.reserve(at->second.bytes);
    while (bytes.size() < at->second.bytes) {
        const std::size_t old = bytes.size();
        bytes.resize(old + std::min<std::uint64_t>(chunk, at->second.bytes - old));
        const std::uint64_t got = read_some(bytes.data() + old, bytes.size() - old);
        if (got == 0) damaged("the record " + shown(name) + " ends too early");
        bytes.resize(old + got);
    }
    // libzip compares the checksum once it has been asked for more than there is.
    std::uint8_t more = 0;
    if (read_some(&more, 1) != 0) damaged("the record " + shown(name) + " is longer than it says");
    return bytes;
}

}  // namespace perceiver::weights
