// The published numbers: every recorded tensor of the plain 2021 image fixtures, through both ways to attend.
#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "inspect/maps.h"
#include "weights/to_torch.h"

namespace perceiver {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Fixture {
    fs::path folder;
    nlohmann::json json;
    Weights inputs, expected;
};

/// One tensor, all elements: |a - b| <= atol + rtol * |b|.
void expect_within(const Fixture& f, const std::string& name, const at::Tensor& got) {
    ASSERT_TRUE(f.expected.count(name)) << name;
    const at::Tensor want = f.expected.at(name).to(at::kDouble);
    ASSERT_EQ(got.sizes(), want.sizes()) << name;
    const double atol = f.json["expected"][name]["atol"], rtol = f.json["expected"][name]["rtol"];
    const at::Tensor excess = (got.to(at::kDouble) - want).abs() / (want.abs() * rtol + atol);
    EXPECT_LE(excess.max().item<double>(), 1.0) << name << " as a part of its tolerance";
}

struct Run {
    const char* fixture;
    Attend how;
    friend std::ostream& operator<<(std::ostream& out, const Run& run) { return out << run.fixture; }   // for ctest's listing
};

class Golden : public testing::TestWithParam<Run> {
  protected:
    void SetUp() override {
        fixture.folder = fs::path(PERCEIVERSCOPE_GOLDEN) / GetParam().fixture;
        if (!fs::exists(fixture.folder)) GTEST_SKIP() << "golden fixtures are not at " << PERCEIVERSCOPE_GOLDEN;
        fixture.json = nlohmann::json::parse(text_of(fixture.folder / "fixture.json"));
        fixture.inputs = weights::to_weights(weights::read_safetensors(fixture.folder / "inputs.safetensors"));
        fixture.expected = weights::to_weights(weights::read_safetensors(fixture.folder / "expected.safetensors"));
    }
    Fixture fixture;
};

TEST_P(Golden, EveryRecordedTensorIsMatched) {
    const Attend how = GetParam().how;
    const fs::path folder = fixture.folder / fixture.json["model"]["dir"].get<std::string>();
    const Perceiver model(config_from_perceiver_2021(text_of(folder / "config.json")),
                          weights::to_weights(weights::read_safetensors(folder / "weights.safetensors")));
    const at::Tensor images = fixture.inputs.at("image");   // [B, H, W, C]
    std::map<std::string, std::vector<at::Tensor>> got;
    for (std::int64_t b = 0; b < images.size(0); ++b) {
        const auto input = model.make_input(images[b]);
        const Trace trace = model.forward(input, how);
        got["tokens"].push_back(input->tokens());
        int block = 0;
        for (std::size_t k = 0; k < trace.cross.size(); ++k) {
            const auto& cross = trace.cross[k];
            ASSERT_EQ(cross.separable, how == Attend::separable);
            const at::Tensor logits = cross.queries.matmul(input->normalized().t());
            got["cross_attention." + std::to_string(k)].push_back((logits - cross.log_sum.unsqueeze(2)).exp());
            got["latents.cross." + std::to_string(k)].push_back(cross.latents);
            for (const auto& done : trace.blocks[k]) got["latents.block." + std::to_string(block++)].push_back(done.latents);
        }
        got["pooled"].push_back(trace.pooled);
        got["logits"].push_back(trace.logits);
    }
    for (const auto& item : fixture.json["expected"].items())
        EXPECT_TRUE(got.count(item.key())) << item.key() << " is recorded, but nothing compares it";
    for (const auto& [name, examples] : got) expect_within(fixture, name, at::stack(examples));
}

// Learned positions have no separable form: dm_single_cross_learned runs dense alone.
INSTANTIATE_TEST_SUITE_P(Plain2021, Golden,
                         testing::Values(Run{"dm_iterative_shared", Attend::dense}, Run{"dm_iterative_shared", Attend::separable},
                                         Run{"dm_iterative_unshared", Attend::dense}, Run{"dm_iterative_unshared", Attend::separable},
                                         Run{"dm_at_start", Attend::dense}, Run{"dm_at_start", Attend::separable},
                                         Run{"dm_projection", Attend::dense}, Run{"dm_projection", Attend::separable},
                                         Run{"dm_single_cross_learned", Attend::dense}),
                         [](const auto& instance) {
                             return std::string(instance.param.fixture) +
                                    (instance.param.how == Attend::dense ? "_dense" : "_separable");
                         });

}  // namespace
}  // namespace perceiver
