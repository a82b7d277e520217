#include "train/finish.h"

#include <cmath>

#include "base/error.h"
#include "perceiver/perceiver.h"
#include "train/export.h"
#include "weights/to_torch.h"

namespace perceiver::train {

void bundle_checkpoint(const std::filesystem::path& checkpoint, const Recipe& recipe,
                       const std::string& version, const std::filesystem::path& bundle) {
    const Checkpoint header = read_checkpoint_header(checkpoint);
    const Config config = model_config(recipe, header.labels.empty() ? recipe.labels : header.labels);
    Model model(config, at::kFloat);
    read_checkpoint(checkpoint, model, nullptr);
    const Weights tensors = export_weights(model);
    const Perceiver usable(config, tensors);  // a bundle that can't be opened is not worth writing

    weights::Card card = recipe.card;
    if (card.trained_with.empty())
        card.trained_with = "PerceiverScope " + version + ": " + std::to_string(header.progress.step) +
                            " steps of " + std::to_string(recipe.batch) + " examples, " +
                            std::to_string(std::llround(header.progress.seconds / 60)) + " minutes" +
                            (header.began_from.empty() ? "" : ", begun from \"" + header.began_from + "\"");
    weights::write_bundle(bundle, config, card, weights::to_data(tensors));
}

}  // namespace perceiver::train
