#include "weights/to_torch_rival.h"

#include <cstring>

#include "weights/to_torch.h"

namespace perceiver::weights {

rivals::Rival to_rival(const RivalBundle& bundle) { return {bundle.config, to_weights(bundle.file)}; }

std::map<std::string, TensorData> to_rival_data(const rivals::Weights& weights) {
    std::map<std::string, TensorData> out;
    for (const auto& [name, given] : weights) {
        const bool brief = given.dim() > 1;
        const at::Tensor tensor = given.detach().to(brief ? at::kHalf : at::kFloat).contiguous();
        TensorData& data = out[name];
        data.dtype = brief ? DType::f16 : DType::f32;
        data.shape = tensor.sizes().vec();
        data.bytes.resize(tensor.nbytes());
        std::memcpy(data.bytes.data(), tensor.data_ptr(), data.bytes.size());
    }
    return out;
}

}  // namespace perceiver::weights
