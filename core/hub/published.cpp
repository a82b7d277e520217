#include "hub/hub.h"

namespace perceiver::hub {

const std::vector<Published>& published() {
    const char* const licence = "Apache-2.0";
    const char* const imagenet = "1,000 ImageNet classes";
    static const std::vector<Published> models = {
        {parse_reference("deepmind/vision-perceiver-fourier"), "Pictures, Fourier positions", imagenet,
         "pictures", licence, 193'800'000},
        {parse_reference("deepmind/vision-perceiver-conv"), "Pictures, convolution first", imagenet,
         "pictures", licence, 194'600'000},
        {parse_reference("deepmind/vision-perceiver-learned"), "Pictures, learned positions", imagenet,
         "pictures", licence, 249'000'000},
        {parse_reference("deepmind/multimodal-perceiver"), "Films with sound", "700 Kinetics actions",
         "films", licence, 79'400'000},
    };
    return models;
}

}  // namespace perceiver::hub
