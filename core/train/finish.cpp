#include "train/finish.h"

#include <cmath>

#include "base/error.h"
#include "perceiver/perceiver.h"
#include "train/export.h"
#include "train/rival_model.h"
#include "weights/to_torch.h"
#include "weights/to_torch_rival.h"

namespace perceiver::train {

void bundle_checkpoint(const std::filesystem::path& checkpoint, const Recipe& recipe,
                       const std::string& version, const std::filesystem::path& bundle) {
    const Checkpoint header = read_checkpoint_header(checkpoint);
    weights::Card card = recipe.card;
    if (card.trained_with.empty())
        card.trained_with = "PerceiverScope " + version + ": " + std::to_string(header.progress.step) +
                            " steps of " + std::to_string(recipe.batch) + " examples, " +
                            std::to_string(std::llround(header.progress.seconds / 60)) + " minutes" +
                            (header.began_from.empty() ? "" : ", begun from \"" + header.began_from + "\"");
    // A bundle that can't be opened is not worth writing, hence the Perceiver and the Rival nobody runs.
    const auto& labels = header.labels.empty() ? recipe.labels : header.labels;
    if (!recipe.rival.empty()) {
        RivalModel model(rival_config(recipe, labels), at::kFloat);
        read_checkpoint(checkpoint, model, nullptr);
        const rivals::Rival usable(model.config(), model.weights());
        return weights::write_rival_bundle(bundle, model.config(), card, weights::to_rival_data(model.weights()));
    }
    Model model(model_config(recipe, labels), at::kFloat);
    read_checkpoint(checkpoint, model, nullptr);
    const Weights tensors = export_weights(model);
    const Perceiver usable(model.config(), tensors);
    weights::write_bundle(bundle, model.config(), card, weights::to_data(tensors));
}

}  // namespace perceiver::train
