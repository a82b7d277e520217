// Train: a pack and a recipe in, a bundle out. Needs LibTorch alone: files are decoded
// elsewhere (app/train), and the finished model is measured as the program runs it, by the inference
// Perceiver. This header is training itself, step by step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "train/checkpoint.h"
#include "train/data.h"
#include "train/feed.h"
#include "train/model.h"
#include "train/recipe.h"

namespace perceiver::train {

/// What one step saw, before it changed the parameters.
struct StepResult {
    double loss = 0;
    double accuracy = 0;  ///< part of the batch answered right
    double gradient_norm = 0;
    double learning_rate = 0;
};

class Trainer {
  public:
    /// A model at its start, for labels_of(recipe, labels). `split` must outlive the trainer. Throws as
    /// model_config; no_fit when the examples are not what the model reads or too few.
    Trainer(Recipe recipe, const std::vector<std::string>& labels, const Split& split);
    Trainer(const Trainer&) = delete;
    Trainer& operator=(const Trainer&) = delete;

    /// Starts from the weights of a bundle in place of the recipe's start; its head is taken when the labels
    /// are the same. Throws Error{no_fit} as import_weights.
    void start_from(const weights::Bundle& bundle);
    /// Goes on from there; by steps and on one thread, what follows is bit for bit what an unbroken run
    /// computes. Throws as read_checkpoint; no_fit when the checkpoint is of another recipe (its schedule,
    /// threads and card may differ) or of other labels.
    void resume(const std::filesystem::path& checkpoint);
    void save(const std::filesystem::path& checkpoint);

    /// One step. Throws Error{out_of_resources} when loss or gradient is not a number: nothing was changed
    /// then.
    StepResult step();
    bool finished() const { return recipe_.schedule.done(progress_.step, progress_.seconds) >= 1; }
    const Progress& progress() const { return progress_; }
    double epochs() const;
    std::int64_t held_out() const { return static_cast<std::int64_t>(held_out_.size()); }
    /// Part of the held-out examples answered right, unchanged ones, by the training form; of a model that is an
    /// average, by that.
    double held_out_accuracy();

    const Recipe& recipe() const { return recipe_; }
    const Feed& feed() const { return *feed_; }
    Trainable& trainable() { return *model_; }
    /// The recipe's Perceiver. Throws Error{no_fit} when it trains a rival.
    Model& model();

  private:
    std::int64_t example_of(std::int64_t counter);
    ModelInput part_of(ModelInput input, std::int64_t first) const;
    at::Tensor loss_of(const at::Tensor& logits, const Batch& batch) const;

    Recipe recipe_;
    std::vector<std::string> labels_;
    const Split& split_;
    std::unique_ptr<Trainable> model_;
    std::unique_ptr<Feed> feed_;
    Moments moments_;
    at::Tensor gradient_;                            // [parameters]
    std::vector<std::int64_t> training_, held_out_;  // examples of the split
    std::vector<std::int64_t> order_;                // training_ in the order of epoch order_epoch_
    std::int64_t order_epoch_ = -1;
    Progress progress_;
    std::string began_from_;
};

}  // namespace perceiver::train
