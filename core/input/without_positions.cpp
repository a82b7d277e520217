#include "input/without_positions.h"

#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>

#include "base/error.h"

namespace perceiver::input {

InputArrayPtr without_positions(const InputArray& input) {
    if (input.parts().size() != 1 || !input.layout().in_order())
        throw Error(ErrorCode::no_fit, "The positions of several modalities can't be taken away alone.");
    const c10::InferenceMode guard;
    Part part;
    part.count = input.elements();
    part.tokens = input.tokens();
    const std::int64_t d = input.parts()[0].data.size(1);
    part.tokens.narrow(1, d, part.tokens.size(1) - d).zero_();
    part.data = part.tokens.narrow(1, 0, d);
    std::vector<Part> parts;
    parts.push_back(std::move(part));
    return std::make_shared<InputArray>(input.layout(), std::move(parts), input.layer_norm_eps(), input.mask());
}

}  // namespace perceiver::input
