#include <array>
#include <fstream>

#include "base/error.h"
#include "weights/hugging_face.h"
#include "weights/open_model.h"

namespace perceiver::weights {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void cannot_write(const std::string& why) {
    throw Error(ErrorCode::out_of_resources, "The folder can't be written: " + why + ".");
}

void write_text(const fs::path& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary);
    out << text;
    if (!out.flush()) cannot_write(path.filename().string() + " could not be written");
}

/// A new folder, or an empty one, that is put back as it was unless it is kept.
class NewFolder {
  public:
    explicit NewFolder(const fs::path& path) : path_(path) {
        std::error_code error;
        existed_ = fs::exists(path, error);
        if (existed_ && !fs::is_directory(path, error)) cannot_write("there is a file of that name");
        if (existed_ && !fs::is_empty(path, error)) cannot_write("it is not empty");
        if (!existed_ && !fs::create_directories(path, error)) cannot_write(error.message());
    }
    NewFolder(const NewFolder&) = delete;
    NewFolder& operator=(const NewFolder&) = delete;
    ~NewFolder() {
        if (kept_) return;
        std::error_code ignored;
        for (const char* name : {"config.json", "preprocessor_config.json", "model.safetensors"})
            fs::remove(path_ / name, ignored);
        if (!existed_) fs::remove(path_, ignored);
    }
    void keep() { kept_ = true; }

  private:
    fs::path path_;
    bool existed_ = false, kept_ = false;
};

}  // namespace

void write_hugging_face_folder(const fs::path& folder, const OpenedModel& model) {
    const bool image = model.config.input.type == InputConfig::Type::image;
    const std::string config = hugging_face_config(model.config);
    const std::string preprocessor = image ? hugging_face_preprocessor(model.config.input.image) : "";
    std::map<std::string, TensorView> tensors;
    for (const auto& source : hugging_face_sources(model.config)) {
        const TensorView& ours = model.tensors.at(source.ours);
        tensors[source.theirs] = {ours.dtype, source.shape, ours.bytes};
    }
    // PyTorch's batch norm wants the count of its training steps back, which computes nothing.
    constexpr std::array<std::uint8_t, 8> no_steps{};
    if (model.config.input.image.prepare == ImageConfig::Prepare::conv_pool)
        tensors["perceiver.input_preprocessor.convnet.batchnorm.num_batches_tracked"] = {DType::i64, {}, no_steps};

    NewFolder out(folder);
    write_views(folder / "model.safetensors", tensors, {{"format", "pt"}});
    if (image) write_text(folder / "preprocessor_config.json", preprocessor);
    write_text(folder / "config.json", config);
    out.keep();
}

}  // namespace perceiver::weights
