#include "train/trainer.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <random>
#include <span>

#include "base/error.h"
#include "train/import.h"
#include "train/rival_model.h"
#include "weights/to_torch.h"

namespace perceiver::train {
namespace {

bool has_bfloat16_products() {
#if defined(__x86_64__) && defined(__GNUC__)
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

at::ScalarType compute_type(const Recipe& recipe) {
    const bool brief =
        recipe.compute == "bfloat16" || (recipe.compute == "automatic" && has_bfloat16_products());
    return brief ? at::kBFloat16 : at::kFloat;
}

/// What must agree for a run to go on: everything but how long, on how many threads and under what name.
std::string identity(Recipe recipe) {
    recipe.schedule.steps = 1;
    recipe.schedule.seconds = 0;
    recipe.threads = 1;
    recipe.card = {};
    return to_json(recipe);
}

/// The recipe's model at its start.
std::unique_ptr<Trainable> started(const Recipe& recipe, const std::vector<std::string>& labels) {
    const auto compute = compute_type(recipe);
    at::manual_seed(recipe.seed);
    if (!recipe.rival.empty()) {
        auto rival = std::make_unique<RivalModel>(rival_config(recipe, labels), compute);
        initialise(*rival);
        rival->refresh();
        return rival;
    }
    auto model = std::make_unique<Model>(model_config(recipe, labels), compute);
    initialise(*model, recipe.start);
    model->refresh();
    return model;
}

std::span<float> floats(const at::Tensor& t) {
    return {t.data_ptr<float>(), static_cast<std::size_t>(t.numel())};
}

}  // namespace

Trainer::Trainer(Recipe recipe, const std::vector<std::string>& labels, const Split& split)
    : recipe_(std::move(recipe)),
      labels_(labels_of(recipe_, labels)),
      split_(split),
      model_(started(recipe_, labels_)),
      feed_(make_feed(recipe_, *model_, split_)) {
    if (recipe_.held_out >= split_.size())
        throw Error(ErrorCode::no_fit, "The recipe holds out all of the pack's examples.");
    training_.resize(static_cast<std::size_t>(split_.size()));
    std::iota(training_.begin(), training_.end(), 0);
    std::mt19937 shuffler(static_cast<std::uint32_t>(recipe_.held_out_seed));
    std::shuffle(training_.begin(), training_.end(), shuffler);
    held_out_.assign(training_.end() - recipe_.held_out, training_.end());
    training_.resize(training_.size() - held_out_.size());

    const auto count = model_->parameters().numel();
    gradient_ = at::zeros({count}, at::kFloat);
    moments_.first.resize(static_cast<std::size_t>(count));
    moments_.second.resize(static_cast<std::size_t>(count));
    if (recipe_.average > 0) moments_.average.resize(static_cast<std::size_t>(count));
    using Type = InputConfig::Type;
    if (recipe_.elements > 0 && model_->input().type == Type::image)
        throw Error(ErrorCode::no_fit,
                    "Pictures are read whole: the recipe's elements is for sounds, films and clouds.");
}

Model& Trainer::model() {
    auto* model = dynamic_cast<Model*>(model_.get());
    if (!model) throw Error(ErrorCode::no_fit, "The recipe trains a rival, which starts from nothing.");
    return *model;
}

void Trainer::start_from(const weights::Bundle& bundle) {
    import_weights(model(), bundle.config, weights::to_weights(bundle.file));
    began_from_ = bundle.card.title;
}

void Trainer::resume(const std::filesystem::path& checkpoint) {
    const Checkpoint header = read_checkpoint_header(checkpoint);
    if (header.labels != labels_)
        throw Error(ErrorCode::no_fit, "The checkpoint was made of data with other labels.");
    if (identity(recipe_from_json(header.recipe)) != identity(recipe_))
        throw Error(ErrorCode::no_fit, "The checkpoint was made by another recipe.");
    const Checkpoint read = read_checkpoint(checkpoint, *model_, &moments_);
    progress_ = read.progress;
    began_from_ = read.began_from;
    model_->refresh();
}

void Trainer::save(const std::filesystem::path& checkpoint) {
    write_checkpoint(checkpoint, {to_json(recipe_), labels_, progress_, began_from_}, *model_, moments_);
}

double Trainer::epochs() const {
    return static_cast<double>(progress_.step * recipe_.batch) / static_cast<double>(training_.size());
}

// Epochs follow each other without a gap: example number `counter` since the start.
std::int64_t Trainer::example_of(std::int64_t counter) {
    const auto n = static_cast<std::int64_t>(training_.size());
    if (const std::int64_t epoch = counter / n; epoch != order_epoch_) {
        order_ = training_;
        Draws draws(recipe_.seed, for_order, static_cast<std::uint64_t>(epoch));
        for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[draws.below(i)]);
        order_epoch_ = epoch;
    }
    return order_[static_cast<std::size_t>(counter % n)];
}

at::Tensor Trainer::loss_of(const at::Tensor& logits, const Batch& batch) const {
    at::Tensor target = batch.labels;
    if (batch.share.defined()) {
        const at::Tensor part = batch.share.unsqueeze(1);
        target = at::one_hot(batch.labels, logits.size(1)) * part +
                 at::one_hot(batch.other, logits.size(1)) * (1 - part);
    }
    return at::cross_entropy_loss(logits, target, {}, at::Reduction::Mean, -100, recipe_.label_smoothing);
}

// Some of the elements, the same for the whole batch.
ModelInput Trainer::part_of(ModelInput input, std::int64_t first) const {
    auto* batch = std::get_if<TokenBatch>(&input);
    if (!batch || recipe_.elements == 0) return input;
    Draws draws(recipe_.seed, for_elements, static_cast<std::uint64_t>(first));
    auto chosen = choose_points(batch->tokens.size(1), recipe_.elements, draws);
    const auto n = static_cast<std::int64_t>(chosen.size());
    batch->tokens = batch->tokens.index_select(1, at::from_blob(chosen.data(), n, at::kLong));
    return input;
}

StepResult Trainer::step() {
    const auto begin = std::chrono::steady_clock::now();
    const std::int64_t first = progress_.step * recipe_.batch;
    std::vector<std::int64_t> examples;
    for (std::int64_t k = 0; k < recipe_.batch; ++k) examples.push_back(example_of(first + k));
    const Batch batch = feed_->changed(examples, first);
    const at::Tensor statistics = model_->statistics().clone();
    const at::Tensor logits = model_->forward(part_of(batch.input, first), true);
    const at::Tensor loss = loss_of(logits, batch);
    const auto gradients = torch::autograd::grad({loss}, model_->operands());
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        const Leaf& leaf = model_->leaves()[i];
        gradient_.narrow(0, leaf.offset, leaf.count).copy_(gradients[i].reshape({-1}));
    }
    StepResult result;
    result.loss = loss.item<double>();
    // Of a mixed example, the one there is more of.
    const at::Tensor label =
        batch.share.defined() ? at::where(batch.share.ge(0.5), batch.labels, batch.other) : batch.labels;
    result.accuracy = logits.argmax(1).eq(label).sum().item<double>() / static_cast<double>(recipe_.batch);
    result.gradient_norm = gradient_norm(floats(gradient_));
    if (!std::isfinite(result.loss) || !std::isfinite(result.gradient_norm)) {
        model_->statistics().copy_(statistics);
        throw Error(ErrorCode::out_of_resources, "The loss is no longer a number at step " +
                                                     std::to_string(progress_.step + 1) +
                                                     "; a lower learning rate may help.");
    }
    result.learning_rate =
        recipe_.optimiser.learning_rate * recipe_.schedule.factor(progress_.step, progress_.seconds);
    if (progress_.step == 0 && recipe_.average > 0)
        std::ranges::copy(floats(model_->parameters()), moments_.average.begin());
    ++progress_.step;
    update(recipe_.optimiser, model_->leaves(), progress_.step, result.learning_rate, floats(gradient_),
           result.gradient_norm, floats(model_->parameters()), moments_);
    model_->refresh();
    if (recipe_.average > 0)
        average(recipe_.average, progress_.step, floats(model_->parameters()), moments_.average);
    progress_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return result;
}

double Trainer::held_out_accuracy() {
    if (held_out_.empty()) return 0;
    const at::NoGradGuard no_gradients;
    at::Tensor own;
    if (recipe_.average > 0 && progress_.step > 0) {
        own = model_->parameters().clone();
        std::ranges::copy(moments_.average, floats(model_->parameters()).begin());
        model_->refresh();
    }
    std::int64_t right = 0;
    for (std::int64_t first = 0; first < held_out(); first += recipe_.batch) {
        const std::int64_t n = std::min(recipe_.batch, held_out() - first);
        const auto examples =
            std::span(held_out_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(n));
        const Batch batch = feed_->plain(examples);
        right += model_->forward(batch.input).argmax(1).eq(batch.labels).sum().item<std::int64_t>();
    }
    if (own.defined()) {
        model_->parameters().copy_(own);
        model_->refresh();
    }
    return static_cast<double>(right) / static_cast<double>(held_out());
}

}  // namespace perceiver::train
