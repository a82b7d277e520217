// Protects the rivals in the lab: they see the model's shuffle, say why they can't be asked, and never pose
// as models.
#include "support/headless_fixture.h"
#include "support/rival_samples.h"
#include "weights/rival_bundle.h"

namespace perceiver::engine {
namespace {

using rivals::Type;

struct RivalsTest : HeadlessFixture {
    RivalsTest() {
        for (const auto& name : {"red", "green", "blue"}) config.labels.push_back(name);
        test::write_tiny_model(root.path / "models/colours.safetensors", config, 0.9);
        add("rival-resnet", Type::resnet, 0, 0.8);
        add("rival-resnet-permuted", Type::resnet, 5, 0.4);
        add("rival-transformer", Type::transformer, 0, 0.5);
        add("rival-vit", Type::vit, 0, 0.6);
        options.permute = 7;
        options.rivals = true;
        options.model = "colours";
        options.json = "-";
    }
    void add(const std::string& name, Type type, std::uint64_t permutation, double accuracy) {
        const auto rival = samples::rival_config(type, permutation);
        weights::Card card;
        card.accuracy = accuracy;
        card.accuracy_low = accuracy - 0.01;
        card.accuracy_high = accuracy + 0.01;
        card.accuracy_n = 100;
        card.test_split = "colours, all of them";
        weights::write_rival_bundle(root.path / "models" / (name + ".safetensors"), rival, card,
                                    samples::rival_tensors(rival));
    }
    json answers(const std::vector<api::Arm>& arms) {
        options.inputs = {picture("a.png")};
        options.arms = arms;
        EXPECT_EQ(run(options), 0) << err;
        return json::parse(out);
    }
    Config config = [] {
        Config c = test::tiny_config(16, 16, 3);
        c.labels.clear();
        return c;
    }();
    api::HeadlessOptions options;
};

TEST_F(RivalsTest, FindingsHoldWhatEveryRivalSaysBeforeAndAfter) {
    const auto found = answers({api::Arm::travel, api::Arm::stay, api::Arm::none});
    ASSERT_EQ(found["permutation"].size(), 3u);
    const std::vector<std::string> wanted{"rival-resnet", "rival-resnet-permuted", "rival-vit",
                                          "rival-transformer"};
    for (const auto& run : found["permutation"]) {
        ASSERT_EQ(run["rivals"].size(), wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const auto& rival = run["rivals"][i];
            EXPECT_EQ(rival["id"], wanted[i]);
            EXPECT_EQ(rival["trained"], i == 1 ? "permuted" : "raw");
            EXPECT_EQ(rival.contains("own_permutation"), i == 1);
            EXPECT_EQ(rival["predictions"].size(), 3u);
            EXPECT_EQ(rival["same_answer"],
                      rival["predictions"][0]["index"] == rival["shuffled"][0]["index"]);
            EXPECT_EQ(rival["predictions"], found["permutation"][0]["rivals"][i]["predictions"])
                << "the picture is the same";
            const double difference = rival["largest_logit_difference"];
            if (i == 3 && run["arm"] == "travel")
                EXPECT_LT(difference, 1e-4);
            else
                EXPECT_GT(difference, 1e-4) << wanted[i] << " " << run["arm"];
        }
    }
}

TEST_F(RivalsTest, WhenNothingMovesNothingChanges) {
    options.fraction = 0;
    const auto found = answers({api::Arm::travel, api::Arm::stay});
    for (const auto& run : found["permutation"])
        for (const auto& rival : run["rivals"]) {
            EXPECT_EQ(rival["largest_logit_difference"], 0) << rival["id"];
            EXPECT_EQ(rival["same_answer"], true);
        }
}

TEST_F(RivalsTest, ItSaysWhyTheyCannotBeAsked) {
    const auto refused = [&](const std::string& input, const std::string& model,
                             const std::string& sentence) {
        options.inputs = {input};
        options.model = model;
        EXPECT_EQ(run(options), static_cast<int>(ErrorCode::no_fit));
        EXPECT_NE(err.find(sentence), std::string::npos) << err;
        EXPECT_EQ(lines(err), 1) << err;
    };
    refused(picture("a.png"), "pictures",
            "The rivals answer red, green, blue; the model pictures answers label 0, label 1, label 2 and 2 "
            "more");
    for (const auto& s : samples::media_of_every_kind())
        if (s.name == "sound.wav")
            refused(file(s.name, s.bytes), "sounds", "The rivals read pictures: this is a sound.");
}

TEST_F(RivalsTest, WhereThereAreNoneItSaysSo) {
    for (const char* name : {"rival-resnet", "rival-resnet-permuted", "rival-vit", "rival-transformer"})
        fs::remove(root.path / "models" / (std::string(name) + ".safetensors"));
    options.inputs = {picture("a.png")};
    EXPECT_EQ(run(options), static_cast<int>(ErrorCode::no_fit));
    EXPECT_NE(err.find("No rivals come with this program"), std::string::npos) << err;
}

TEST_F(RivalsTest, WhenNoModelIsNamedOneWithTheirLabelsIsAsked) {
    test::write_tiny_model(root.path / "models/better.safetensors", test::tiny_config(), 0.99);
    options.model.clear();
    EXPECT_EQ(answers({api::Arm::travel})["model"]["id"], "colours");
}

TEST_F(RivalsTest, WithoutAShuffleTheyAreNotAsked) {
    options.permute.reset();
    options.inputs = {picture("a.png")};
    EXPECT_EQ(run(options), static_cast<int>(ErrorCode::usage));
    EXPECT_NE(err.find("--permute SEED"), std::string::npos) << err;
}

TEST_F(RivalsTest, TheyAreNoModels) {
    for (const auto& model : session.models()) EXPECT_EQ(model.id.find("rival"), std::string::npos);
    EXPECT_EQ(session.models().size(), 5u) << "one of each kind, and colours";
    EXPECT_THROW(session.model_info("rival-resnet", {}), Error);
}

TEST_F(RivalsTest, ADamagedOneIsLeftOut) {
    file("models/rival-vit.safetensors", "no bundle");
    EXPECT_EQ(answers({api::Arm::travel})["permutation"][0]["rivals"].size(), 3u);
}

TEST_F(RivalsTest, TheTableSetsThePapersFiguresBesideTheCards) {
    fs::rename(root.path / "models/colours.safetensors",
               root.path / "models/image-cifar10-fourier.safetensors");
    const auto table = session.comparison();
    ASSERT_EQ(table.paper.size(), 5u);
    EXPECT_EQ(table.paper[0].raw, 0.735);
    EXPECT_EQ(table.paper[0].permuted, 0.394);
    EXPECT_EQ(table.paper[1].receptive_field, 256);
    EXPECT_EQ(table.our_title, "colours, all of them");
    ASSERT_EQ(table.ours.size(), 4u);
    EXPECT_EQ(table.ours[0].model, "ResNet (FF)");
    EXPECT_EQ(table.ours[0].permuted, 0.4);
    EXPECT_EQ(table.ours[0].receptive_field, 9);
    EXPECT_EQ(table.ours[1].model, "ViT (FF)");
    EXPECT_EQ(table.ours[1].permuted, 0) << "nobody trained it so";
    EXPECT_EQ(table.ours[2].model, "Transformer 8 x 8 (FF)");
    EXPECT_TRUE(table.ours[2].invariant);
    EXPECT_EQ(table.ours[2].permuted, 0.5);
    EXPECT_EQ(table.ours[2].receptive_field, 64);
    EXPECT_EQ(table.ours[3].model, "Perceiver (FF)");
    EXPECT_EQ(table.ours[3].raw, 0.9);
    EXPECT_EQ(table.ours[3].permuted, 0.9);
    EXPECT_EQ(table.ours[3].receptive_field, 256);
}

}  // namespace
}  // namespace perceiver::engine
