// Protects what other tests stand on: a random model of a released shape is, as a Hugging Face folder, the model it is
// in our own form.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/released_files.h"
#include "weights/open_model.h"

namespace perceiver::samples {
namespace {

std::string name_of(const testing::TestParamInfo<Released>& info) {
    constexpr const char* names[] = {"fourier", "learned", "conv", "multimodal"};
    return names[static_cast<std::size_t>(info.param)];
}

class ReleasedModel : public testing::TestWithParam<Released> {};

TEST_P(ReleasedModel, OpensAlikeAsAHuggingFaceFolderAndAsABundle) {
    const TemporaryFolder folder;
    const Config config = released(GetParam(), 0.03);
    config.validate();
    const Tensors tensors = random_weights(config, 5);
    write_released_folder(folder.path, GetParam(), config, tensors);
    const auto theirs = weights::open_model(folder.path);
    EXPECT_EQ(theirs.format, weights::ModelFormat::hugging_face);
    EXPECT_TRUE(theirs.notes.empty()) << theirs.notes.front();
    EXPECT_EQ(to_json(theirs.config), to_json(config));

    const auto path = folder.path / "bundle.safetensors";
    weights::write_bundle(path, config, full_card(), tensors);
    const auto ours = weights::open_model(path);
    EXPECT_EQ(to_json(ours.config), to_json(config));
    ASSERT_EQ(theirs.tensors.size(), ours.tensors.size());
    for (const auto& [name, tensor] : tensors) {
        ASSERT_TRUE(theirs.tensors.contains(name) && ours.tensors.contains(name)) << name;
        EXPECT_TRUE(std::ranges::equal(theirs.tensors.at(name).bytes, tensor.bytes)) << name;
        EXPECT_TRUE(std::ranges::equal(ours.tensors.at(name).bytes, tensor.bytes)) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(All, ReleasedModel,
                         testing::Values(Released::fourier, Released::learned, Released::conv, Released::multimodal),
                         name_of);

TEST(RandomWeights, FollowTheSeed) {
    const Config config = released(Released::conv, 0.03);
    const auto first = random_weights(config, 1), again = random_weights(config, 1), other = random_weights(config, 2);
    EXPECT_EQ(first.at("latents").bytes, again.at("latents").bytes);
    EXPECT_EQ(first.at("decoder.final.bias").bytes, again.at("decoder.final.bias").bytes);
    EXPECT_NE(first.at("latents").bytes, other.at("latents").bytes);
}

}  // namespace
}  // namespace perceiver::samples
