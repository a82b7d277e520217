// Bundles: what is written is read again, and a file that doesn't fit its own config says where.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "support/weights_samples.h"
#include "weights/bundle.h"
#include "weights/sha256.h"

namespace perceiver::weights {
namespace {

class BundleTest : public testing::Test {
  protected:
    samples::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_.path / "model.safetensors";
    Config config_ = samples::tiny_config();
    samples::Tensors tensors_ = samples::tensors_for(config_);

    // Writes what write_bundle would refuse.
    void write_unchecked() { write_with({{"config", to_json(config_)}}); }
    void write_with(std::map<std::string, std::string> changes, const std::string& without = "") {
        std::map<std::string, std::string> metadata{{"format", "perceiverscope-bundle"},
                                                    {"version", "1"},
                                                    {"config", to_json(config_)},
                                                    {"card", to_json(Card{})}};
        for (auto& [key, text] : changes) metadata[key] = text;
        metadata.erase(without);
        write_safetensors(path_, tensors_, metadata);
    }
    // The whole reader and the header's reader must complain alike.
    std::string complaint(ErrorCode code = ErrorCode::unreadable_model) {
        std::string sentences[2];
        for (int i = 0; i < 2; ++i) try {
                i == 0 ? read_bundle(path_) : read_bundle_header(path_);
                ADD_FAILURE() << "nothing was thrown";
            } catch (const Error& e) {
                EXPECT_EQ(e.code, code);
                sentences[i] = e.sentence();
            }
        EXPECT_EQ(sentences[0], sentences[1]);
        return sentences[0];
    }
    std::string refusal_to_write() {
        try {
            write_bundle(path_, config_, {}, tensors_);
        } catch (const Error& e) {
            EXPECT_EQ(e.code, ErrorCode::unreadable_model);
            EXPECT_FALSE(std::filesystem::exists(path_));
            return e.sentence();
        }
        return "";
    }
};

TEST_F(BundleTest, what_is_written_is_read_again) {
    write_bundle(path_, config_, samples::full_card(), tensors_);
    const Bundle bundle = read_bundle(path_);
    EXPECT_EQ(to_json(bundle.config), to_json(config_));
    EXPECT_EQ(to_json(bundle.card), to_json(samples::full_card()));
    EXPECT_EQ(bundle.path, path_);
    ASSERT_EQ(bundle.file.tensors.size(), tensors_.size());
    for (const auto& [name, tensor] : tensors_)
        EXPECT_TRUE(std::ranges::equal(bundle.file.tensors.at(name).bytes, tensor.bytes)) << name;
    EXPECT_EQ(bundle.sha256, sha256_hex(samples::file_bytes(path_)));

    const Bundle header = read_bundle_header(path_);
    EXPECT_EQ(to_json(header.config), to_json(config_));
    EXPECT_EQ(to_json(header.card), to_json(bundle.card));
    EXPECT_TRUE(header.file.tensors.empty());
    EXPECT_EQ(header.file.metadata, bundle.file.metadata);
}

TEST_F(BundleTest, half_precision_weights_are_weights_too) {
    std::mt19937 random(2);
    for (auto& [name, tensor] : tensors_) tensor = samples::random_tensor(DType::bf16, tensor.shape, random);
    write_bundle(path_, config_, {}, tensors_);
    EXPECT_EQ(read_bundle(path_).file.tensors.at("latents").dtype, DType::bf16);
}

TEST_F(BundleTest, any_missing_tensor_is_named) {
    for (const auto& [name, tensor] : samples::tensors_for(config_)) {
        tensors_ = samples::tensors_for(config_);
        tensors_.erase(name);
        EXPECT_EQ(refusal_to_write(), "The tensor " + name + " is missing.");
        write_unchecked();
        EXPECT_EQ(complaint(), "The tensor " + name + " is missing.");
        std::filesystem::remove(path_);
    }
}

TEST_F(BundleTest, an_unknown_tensor_is_named) {
    tensors_["cross.7.query.weight"] = tensors_["latents"];
    const std::string sentence =
        "The tensor cross.7.query.weight is no part of the model its configuration describes.";
    EXPECT_EQ(refusal_to_write(), sentence);
    write_unchecked();
    EXPECT_EQ(complaint(), sentence);
}

TEST_F(BundleTest, a_misshapen_tensor_is_named_with_both_shapes) {
    std::swap(tensors_["latents"].shape[0], tensors_["latents"].shape[1]);
    const std::string sentence = "The tensor latents is of shape [4, 3]; the configuration asks for [3, 4].";
    EXPECT_EQ(refusal_to_write(), sentence);
    write_unchecked();
    EXPECT_EQ(complaint(), sentence);
}

TEST_F(BundleTest, whole_numbers_are_no_weights) {
    tensors_["latents"].dtype = DType::i32;
    EXPECT_EQ(refusal_to_write(), "The tensor latents is not of floating-point numbers.");
    write_unchecked();
    EXPECT_EQ(complaint(), "The tensor latents is not of floating-point numbers.");
}

TEST_F(BundleTest, a_missing_or_foreign_key_is_named) {
    for (const std::string key : {"format", "version", "config", "card"}) {
        write_with({}, key);
        EXPECT_EQ(complaint(), "This is not a model bundle: its metadata lacks the key " + key + ".");
    }
    write_with({{"format", "pt"}});
    EXPECT_EQ(complaint(), "This is not a model bundle: its format is pt.");
    write_with({{"version", "2"}});
    EXPECT_EQ(complaint(), "The bundle is of version 2; this program reads version 1.");
    write_with({{"config", "{"}});
    EXPECT_NE(complaint(), "");
    write_with({{"card", "[]"}});
    EXPECT_EQ(complaint(), "The model's card is not a JSON object.");
}

TEST_F(BundleTest, a_config_that_asks_for_more_layers_than_there_are_tensors_costs_nothing) {
    const auto ask_for = [this](std::size_t blocks) {
        config_.block_modules.assign(blocks, config_.block_modules[0]);
        for (auto& block : config_.block_modules) block.layers = 1024;
        config_.stages[0].blocks.clear();
        for (std::size_t b = 0; b < blocks; ++b) config_.stages[0].blocks.push_back(static_cast<std::int64_t>(b));
        write_unchecked();
    };
    ask_for(1024);
    EXPECT_EQ(complaint(), "The model's configuration is wrong: block_modules has more than 4096 layers.");
    ask_for(2);
    EXPECT_EQ(complaint(), "The configuration has 2050 layers, for which the file's " +
                               std::to_string(tensors_.size()) + " tensors are not enough.");
}

TEST_F(BundleTest, cut_short_anywhere_is_refused) {
    write_bundle(path_, config_, samples::full_card(), tensors_);
    const auto bytes = samples::file_bytes(path_);
    for (std::size_t n = 0; n < bytes.size(); n += n < 64 ? 1 : 37) {
        samples::write_file(path_, {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)});
        EXPECT_NE(complaint(), "") << n;
    }
    samples::write_file(path_, {bytes.begin(), bytes.end() - 1});
    EXPECT_EQ(complaint(), "The file ends before its weights do: it was cut short.");
}

TEST_F(BundleTest, a_header_of_2_to_the_60_bytes_is_refused) {
    write_bundle(path_, config_, {}, tensors_);
    auto bytes = samples::file_bytes(path_);
    const std::uint64_t length = std::uint64_t{1} << 60;
    std::memcpy(bytes.data(), &length, sizeof length);
    samples::write_file(path_, bytes);
    EXPECT_EQ(complaint(),
              "This is not a safetensors file: its header claims 1152921504606846976 bytes; the limit is "
              "100000000.");
}

TEST(Card, every_field_survives_and_unknown_ones_are_ignored) {
    const Card card = samples::full_card();
    const Card again = card_from_json(to_json(card));
    EXPECT_EQ(again.title, card.title);
    EXPECT_EQ(again.summary, card.summary);
    EXPECT_EQ(again.data, card.data);
    EXPECT_EQ(again.licence_note, card.licence_note);
    EXPECT_EQ(again.recipe, card.recipe);
    EXPECT_EQ(again.knows, card.knows);
    EXPECT_EQ(again.does_not_know, card.does_not_know);
    EXPECT_EQ(again.test_split, card.test_split);
    EXPECT_EQ(again.accuracy, card.accuracy);
    EXPECT_EQ(again.accuracy_low, card.accuracy_low);
    EXPECT_EQ(again.accuracy_high, card.accuracy_high);
    EXPECT_EQ(again.accuracy_n, card.accuracy_n);
    EXPECT_EQ(again.measured_too, card.measured_too);
    EXPECT_EQ(again.set.folder, card.set.folder);
    EXPECT_EQ(again.set.pack, card.set.pack);
    EXPECT_EQ(again.set.split, card.set.split);
    EXPECT_EQ(again.sample_n, card.sample_n);
    EXPECT_EQ(again.sample_right, card.sample_right);
    EXPECT_EQ(again.trained_with, card.trained_with);
    EXPECT_EQ(to_json(card_from_json("{\"of_tomorrow\": [1]}")), to_json(Card{}));
}

TEST(Card, wrong_types_are_named) {
    const auto complaint = [](const std::string& text) -> std::string {
        try {
            card_from_json(text);
        } catch (const Error& e) {
            EXPECT_EQ(e.code, ErrorCode::unreadable_model);
            return e.sentence();
        }
        return "";
    };
    EXPECT_EQ(complaint("nonsense"), "The model's card is not a JSON object.");
    EXPECT_EQ(complaint("{\"title\": 3}"), "The model's card is wrong: title is not a text.");
    EXPECT_EQ(complaint("{\"set\": 3}"), "The model's card is wrong: set is not an object.");
    EXPECT_EQ(complaint("{\"set\": {\"pack\": [1]}}"), "The model's card is wrong: pack is not an object.");
    EXPECT_EQ(complaint("{\"set\": {\"pack\": {\"size\": 32}}}"), "The model's card is wrong: size is not a text.");
    EXPECT_EQ(complaint("{\"accuracy\": \"high\"}"), "The model's card is wrong: accuracy is not a number.");
    EXPECT_EQ(complaint("{\"accuracy\": 66.3}"), "The model's card is wrong: accuracy is not a part of 1.");
    EXPECT_EQ(complaint("{\"accuracy_n\": 1.5}"),
              "The model's card is wrong: accuracy_n is not a whole number.");
    EXPECT_EQ(complaint("{\"accuracy_n\": 18446744073709551615}"),
              "The model's card is wrong: accuracy_n is not a count.");
}

TEST(Sha256, is_that_of_the_standard) {
    const std::string abc = "abc";
    const auto hex = sha256_hex({reinterpret_cast<const std::uint8_t*>(abc.data()), abc.size()});
    if (hex.empty()) GTEST_SKIP() << "built without libcrypto";
    EXPECT_EQ(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace perceiver::weights
