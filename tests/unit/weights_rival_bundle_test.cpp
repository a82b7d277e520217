// A rival's bundle: what is written is read again, and whatever is broken in it is refused before anything is
// made of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "support/rival_samples.h"
#include "support/weights_samples.h"
#include "weights/rival_bundle.h"
#include "weights/sha256.h"

namespace perceiver::weights {
namespace {

constexpr rivals::Type all_types[] = {rivals::Type::resnet, rivals::Type::vit, rivals::Type::transformer};

class RivalBundleTest : public testing::Test {
  protected:
    samples::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_.path / "rival.safetensors";
    rivals::RivalConfig config_ = samples::rival_config(rivals::Type::resnet, 3);
    samples::Tensors tensors_ = samples::rival_tensors(config_);

    void write_unchecked(const std::string& config, const std::string& format = "perceiverscope-rival") {
        write_safetensors(
            path_, tensors_,
            {{"format", format}, {"version", "1"}, {"config", config}, {"card", to_json(Card{})}});
    }
    // The whole reader and the header's reader must complain alike.
    std::string complaint() {
        std::string sentences[2];
        for (int i = 0; i < 2; ++i) try {
                i == 0 ? read_rival_bundle(path_) : read_rival_bundle_header(path_);
                ADD_FAILURE() << "nothing was thrown";
            } catch (const Error& e) {
                EXPECT_EQ(e.code, ErrorCode::unreadable_model);
                sentences[i] = e.sentence();
            }
        EXPECT_EQ(sentences[0], sentences[1]);
        return sentences[0];
    }
};

TEST_F(RivalBundleTest, what_is_written_is_read_again) {
    for (const auto type : all_types) {
        const auto config = samples::rival_config(type, 3);
        const auto tensors = samples::rival_tensors(config);
        write_rival_bundle(path_, config, samples::full_card(), tensors);
        const RivalBundle bundle = read_rival_bundle(path_);
        EXPECT_EQ(to_json(bundle.config), to_json(config));
        EXPECT_EQ(to_json(bundle.card), to_json(samples::full_card()));
        ASSERT_EQ(bundle.file.tensors.size(), tensors.size());
        for (const auto& [name, tensor] : tensors)
            EXPECT_TRUE(std::ranges::equal(bundle.file.tensors.at(name).bytes, tensor.bytes)) << name;
        EXPECT_EQ(bundle.sha256, sha256_hex(samples::file_bytes(path_)));
        EXPECT_EQ(to_json(read_rival_bundle_header(path_).config), to_json(config));
        EXPECT_TRUE(is_rival_bundle(path_));
    }
}

TEST_F(RivalBundleTest, neither_kind_is_taken_for_the_other) {
    write_rival_bundle(path_, config_, {}, tensors_);
    EXPECT_THROW(read_bundle(path_), Error);
    EXPECT_THROW(read_bundle_header(path_), Error);
    const Config perceiver = samples::tiny_config();
    write_bundle(path_, perceiver, {}, samples::tensors_for(perceiver));
    EXPECT_FALSE(is_rival_bundle(path_));
    EXPECT_EQ(complaint(), "This is not a model bundle: its format is perceiverscope-bundle.");
}

TEST_F(RivalBundleTest, a_tensor_that_does_not_fit_is_named) {
    const auto whole = tensors_;
    for (const auto& [name, tensor] : whole) {
        tensors_ = whole;
        tensors_.erase(name);
        EXPECT_THROW(write_rival_bundle(path_, config_, {}, tensors_), Error);
        write_unchecked(to_json(config_));
        EXPECT_EQ(complaint(), "The tensor " + name + " is missing.");
    }
    tensors_ = whole;
    tensors_["head.bias"].dtype = DType::i32;
    write_unchecked(to_json(config_));
    EXPECT_EQ(complaint(), "The tensor head.bias is not of floating-point numbers.");
    tensors_ = whole;
    tensors_["norm.weight"] = tensors_["head.bias"];
    write_unchecked(to_json(config_));
    EXPECT_EQ(complaint(), "The tensor norm.weight is no part of the model its configuration describes.");
    auto wider = config_;
    wider.stem = 7;
    tensors_ = whole;
    write_unchecked(to_json(wider));
    EXPECT_NE(complaint().find("the configuration asks for [7, "), std::string::npos);
}

TEST_F(RivalBundleTest, a_config_that_asks_for_a_giant_costs_nothing) {
    auto giant = samples::rival_config(rivals::Type::transformer);
    giant.channels = 4096;
    giant.heads = 1;
    giant.layers = 64;
    giant.widening = 16;
    write_unchecked(to_json(giant));
    EXPECT_NE(complaint().find("missing"), std::string::npos);
}

TEST_F(RivalBundleTest, a_file_cut_short_anywhere_is_refused) {
    write_rival_bundle(path_, config_, {}, tensors_);
    const auto whole = samples::file_bytes(path_);
    for (std::size_t length = 0; length < whole.size();
         length += length < 64 || length + 64 > whole.size() ? 1 : 101) {
        std::ofstream(path_, std::ios::binary | std::ios::trunc)
            .write(reinterpret_cast<const char*>(whole.data()), static_cast<std::streamsize>(length));
        EXPECT_THROW(read_rival_bundle(path_), Error) << length;
        EXPECT_THROW(read_rival_bundle_header(path_), Error) << length;
    }
}

}  // namespace
}  // namespace perceiver::weights
