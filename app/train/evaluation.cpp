// evaluate: one model, or all of a folder.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "base/percent.h"
#include "base/with_commas.h"
#include "commands.h"
#include "contender.h"
#include "perceiver/products.h"
#include "progress_line.h"
#include "test_data.h"
#include "train/recipe.h"

namespace perceiver {
namespace {

namespace fs = std::filesystem;

/// A quick check takes so many examples; on another processor's kernels a few may be answered otherwise.
constexpr std::int64_t sample_size = 200, sample_tolerance = 2;

void print_evaluation(const train::Evaluation& e, const std::vector<std::string>& labels, const std::string& split) {
    const Interval interval = wilson(e.right, e.n);
    std::printf("accuracy %s, %lld of %lld, split %s\n",
                percent_within(e.accuracy(), interval.low, interval.high, 2).c_str(), static_cast<long long>(e.right),
                static_cast<long long>(e.n), split.c_str());
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (e.of_label[i] > 0)
            std::printf("  %-20s %6s %%  %lld of %lld\n", labels[i].c_str(),
                        percent_digits(double(e.right_of_label[i]) / double(e.of_label[i]), 2).c_str(),
                        static_cast<long long>(e.right_of_label[i]), static_cast<long long>(e.of_label[i]));
}

void use_threads(const Options& o) {
    set_threads(o.threads > 0 ? o.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
}

/// With a line that counts.
train::Evaluation measured(const Contender& model, const train::Pack& pack, const train::Split& split,
                           const Measurement& how, const char* what) {
    ProgressLine line;
    const std::int64_t most = how.conditions.at_most, all = model.examples(split);
    return model.evaluate(pack, split, how, [&](std::int64_t done) {
        line.count(what, done, most > 0 ? std::min(most, all) : all);
        return !interrupted();
    });
}

/// In noise, and with each of several senses alone: a list in words.
template <class Measure>
std::string measured_too(const InputConfig& input, const std::vector<double>& noise, const Measure& measure) {
    std::string text;
    const auto add = [&](const std::string& what, const train::Conditions& conditions) {
        const train::Evaluation e = measure(conditions);
        const Interval interval = wilson(e.right, e.n);
        text += (text.empty() ? "" : "; ") + what + " " + percent_within(e.accuracy(), interval.low, interval.high);
    };
    for (const auto& m : input.modalities) add(m.name + " alone", {m.name, {}});
    for (const double db : noise) {
        char before[48];
        std::snprintf(before, sizeof before, "in noise (SNR %g dB)", db);
        add(before + std::string(input.modalities.empty() ? "" : " both senses"), {"", db});
        for (const auto& m : input.modalities)
            if (m.input.type != InputConfig::Type::video) add(before + (" " + m.name + " alone"), {m.name, db});
    }
    return text;
}

void record(weights::Card& card, const train::Evaluation& e, const std::string& split) {
    const Interval interval = wilson(e.right, e.n);
    card.accuracy = e.accuracy();
    card.accuracy_low = interval.low;
    card.accuracy_high = interval.high;
    card.accuracy_n = e.n;
    if (card.test_split.empty()) card.test_split = split;
}

/// How many of the sample are right.
train::Evaluation sampled(const Contender& model, const weights::DataSet& set, const Options& o) {
    const train::Pack pack(test_pack(set, sample_size, o));
    Measurement how;
    how.conditions.at_most = sample_size;
    return measured(model, pack, pack.split(set.split), how, "checking");
}

std::vector<std::string> bundles_in(const std::string& folder) {
    std::vector<std::string> paths;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed))
        if (entry.path().extension() == ".safetensors") paths.push_back(entry.path().string());
    if (paths.empty()) throw Error(ErrorCode::unreadable_model, folder + ": There are no bundles here.");
    std::ranges::sort(paths, {}, [](const std::string& path) { return fs::path(path).stem().string(); });
    return paths;
}

/// True when the model is as good on the sample as its card says.
bool agrees(const Contender& model, const std::string& name, const Options& o) {
    const weights::Card& card = model.card();
    const train::Evaluation e = sampled(model, card.set, o);
    const bool same = card.sample_n == e.n && std::abs(card.sample_right - e.right) <= sample_tolerance;
    std::printf("%s: %lld of %lld right, its card says %lld of %lld%s\n", name.c_str(), static_cast<long long>(e.right),
                static_cast<long long>(e.n), static_cast<long long>(card.sample_right),
                static_cast<long long>(card.sample_n), same ? "" : ": THEY DIFFER");
    return same;
}

void print_row(const Contender& model, const std::string& name, const Options& o) {
    weights::Card card = model.card();
    const train::Pack pack(test_pack(card.set, 0, o));
    const train::Evaluation e = measured(model, pack, pack.split(card.set.split), {}, name.c_str());
    record(card, e, card.set.split);
    if (o.record) {
        const train::Evaluation sample = sampled(model, card.set, o);
        card.sample_n = sample.n;
        card.sample_right = sample.right;
        model.write(card);
    }
    std::printf("| `%s` | %s | %s | %s |\n", name.c_str(), card.test_split.c_str(),
                with_commas(model.parameters()).c_str(),
                percent_within(card.accuracy, card.accuracy_low, card.accuracy_high).c_str());
    std::fflush(stdout);
}

void evaluate_all(const Options& o) {
    const auto paths = bundles_in(o.input.empty() ? "resources/models" : o.input);
    if (!o.check) std::printf("| model | test data | parameters | accuracy |\n|---|---|---|---|\n");
    std::size_t failed = 0;
    for (const auto& path : paths) {
        const std::string name = fs::path(path).stem().string();
        try {
            const Contender model(path);
            about(path, [&] { o.check ? void(failed += !agrees(model, name, o)) : print_row(model, name, o); });
        } catch (const Error& e) {
            if (e.code == ErrorCode::cancelled) throw;
            std::fprintf(stderr, "perceiverscope-train: %s\n", e.sentence());
            ++failed;
        }
    }
    if (failed > 0)
        throw Error(ErrorCode::some_failed,
                    std::to_string(failed) + " of " + std::to_string(paths.size()) +
                        (o.check ? " models are not what their cards say." : " models could not be measured."));
}

}  // namespace

void evaluate_bundle(const Options& o) {
    use_threads(o);
    if (o.all) return evaluate_all(o);
    const Contender model(o.input);
    weights::Card card = model.card();
    if (!o.recipe.empty()) card.set = about(o.recipe, [&] { return train::read_recipe(o.recipe).card.set; });
    const bool known = o.pack.empty();
    const std::string path = known ? about(o.input, [&] { return test_pack(card.set, 0, o); }) : o.pack;
    const std::string name = known ? card.set.split : o.split;
    about(path, [&] {
        const train::Pack pack(path);
        const train::Split& split = pack.split(name);
        const auto measure = [&](const train::Conditions& conditions) {
            return measured(model, pack, split, {o.views, conditions, o.permute}, "evaluating");
        };
        const train::Evaluation result = measure({});
        print_evaluation(result, model.labels().empty() ? pack.labels() : model.labels(), name);
        const std::string too = measured_too(model.input(), o.noise, measure);
        if (!too.empty()) std::printf("%s\n", too.c_str());
        record(card, result, name);
        if (!too.empty()) card.measured_too = too;
    });
    if (!o.record) return;
    if (!card.set.folder.empty() && fs::is_directory(o.data)) {
        const train::Evaluation sample = about(o.input, [&] { return sampled(model, card.set, o); });
        card.sample_n = sample.n;
        card.sample_right = sample.right;
    }
    model.write(card);
}

}  // namespace perceiver
