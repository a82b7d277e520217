#include "processor.h"

#include <ATen/ops/tensor.h>

#include "base/error.h"
#include "input/image_processor.h"
#include "weights/preprocessor_config.h"

namespace perceiver::golden {

Tensors process(const Fixture& fixture) {
    Tensors out;
    for (const auto& [name, tensor] : fixture.inputs) {
        if (name.rfind("image.", 0) != 0) continue;
        const std::string which = name.substr(6);
        if (!fixture.options.contains("preprocessor") || !fixture.options["preprocessor"].contains(which))
            throw Error(ErrorCode::unreadable_input, "fixture.json has no preprocessor for " + which + ".");
        if (tensor.dim() != 3 || tensor.size(2) != 3)
            throw Error(ErrorCode::unreadable_input, name + " is not a picture of three channels.");
        const at::Tensor bytes = tensor.to(at::kByte).contiguous();
        const auto image =
            input::process_image({bytes.data_ptr<std::uint8_t>(), bytes.size(1), bytes.size(0)},
                                 weights::image_processor_from_json(fixture.options["preprocessor"][which].dump()));
        out["pixel_values." + which] =
            at::tensor(image.data, at::kFloat).view({image.rows, image.cols, 3}).permute({2, 0, 1});
    }
    return out;
}

}  // namespace perceiver::golden
