// Every published form of a Perceiver opens as one Config and tensors by our names; what doesn't says why.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/weights_samples.h"
#include "weights/hugging_face.h"
#include "weights/open_model.h"
#include "weights/perceiver_pytorch.h"

namespace perceiver::weights {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using samples::failure_of;

[[maybe_unused]] void write_text(const fs::path& path, const std::string& text) { samples::write_file(path, {text.begin(), text.end()}); }

std::string refusal_of(const fs::path& path, const OpenOptions& options = {}) {
    const auto failure = failure_of([&] { open_model(path, options); });
    EXPECT_EQ(failure.code, ErrorCode::unreadable_model) << failure.sentence;
    return failure.sentence;
}
::testing::AssertionResult says(const std::string& sentence, const std::string& part) {
    if (sentence.find(part) != std::string::npos) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << '"' << sentence << "\" does not say \"" << part << '"';
}

/// What must hold of every opened model: exactly its config's tensors, each whole.
void expect_sound(const OpenedModel& model) {
    model.config.validate();
    const auto specs = tensor_specs(model.config);
    ASSERT_EQ(model.tensors.size(), specs.size());
    for (const auto& spec : specs) {
        ASSERT_TRUE(model.tensors.contains(spec.name)) << spec.name;
        EXPECT_EQ(model.tensors.at(spec.name).shape, spec.shape) << spec.name;
        std::size_t bytes = item_size(model.tensors.at(spec.name).dtype);
        for (const auto n : spec.shape) bytes *= static_cast<std::size_t>(n);
        EXPECT_EQ(model.tensors.at(spec.name).bytes.size(), bytes) << spec.name;
    }
}

bool same(const TensorView& a, const TensorView& b) { return std::ranges::equal(a.bytes, b.bytes); }

// ---- The golden models: names and shapes as the libraries themselves wrote them.

fs::path golden(const std::string& name) { return fs::path(PERCEIVERSCOPE_GOLDEN) / name / "model"; }

class GoldenModel : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        if (!fs::exists(golden(GetParam()))) GTEST_SKIP() << "golden fixtures are not at " << PERCEIVERSCOPE_GOLDEN;
    }
};

TEST_P(GoldenModel, opens_completely_from_its_folder_and_from_every_file_in_it) {
    const fs::path folder = golden(GetParam());
    const bool lucid = std::string(GetParam()).starts_with("lucid");
    const OpenedModel model = open_model(lucid ? folder / "model.pt" : folder);
    expect_sound(model);
    EXPECT_EQ(model.sha256.size(), model.sha256.empty() ? 0u : 64u);
    for (const auto& note : model.notes) ADD_FAILURE() << "nothing is to be said of a golden model: " << note;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const OpenedModel again = open_model(entry.path());
        EXPECT_EQ(to_json(again.config), to_json(model.config)) << entry.path();
        for (const auto& [name, view] : model.tensors) EXPECT_TRUE(same(again.tensors.at(name), view)) << name;
    }
}
INSTANTIATE_TEST_SUITE_P(All, GoldenModel,
                         testing::Values("hf_image_fourier", "hf_image_learned", "hf_image_conv", "hf_multimodal",
                                         "lucid_tied", "lucid_untied", "lucid_embeddings", "dm_iterative_shared",
                                         "dm_iterative_unshared", "dm_at_start", "dm_single_cross_learned", "dm_audio_raw",
                                         "dm_video", "dm_points", "dm_points_masked", "dm_multimodal", "dm_projection"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace perceiver::weights
