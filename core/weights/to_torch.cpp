#include "weights/to_torch.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <cstring>

namespace perceiver::weights {

namespace {

Weights floats_of(const std::map<std::string, TensorView>& tensors) {
    Weights out;
    for (const auto& [name, view] : tensors) {
        if (view.dtype != DType::f32 && view.dtype != DType::f16 && view.dtype != DType::bf16 && view.dtype != DType::f64)
            throw Error(ErrorCode::unreadable_model, "The tensor " + name + " holds whole numbers, not weights.");
        const std::vector<float> values = view.to_floats();
        at::Tensor tensor = at::empty(view.shape, at::kFloat);
        std::memcpy(tensor.data_ptr<float>(), values.data(), values.size() * sizeof(float));
        out.emplace(name, std::move(tensor));
    }
    return out;
}

}  // namespace

Weights to_weights(const Safetensors& file) { return floats_of(file.tensors); }
Weights to_weights(const OpenedModel& model) { return floats_of(model.tensors); }

Perceiver to_perceiver(const OpenedModel& model) { return {model.config, to_weights(model)}; }
Perceiver to_perceiver(const Bundle& bundle) { return {bundle.config, to_weights(bundle.file)}; }

std::map<std::string, TensorData> to_data(const Weights& weights) {
    std::map<std::string, TensorData> out;
    for (const auto& [name, given] : weights) {
        const at::Tensor tensor = given.to(at::kCPU, at::kFloat).contiguous();
        TensorData data;
        data.shape = tensor.sizes().vec();
        const auto* bytes = static_cast<const std::uint8_t*>(tensor.data_ptr());
        data.bytes.assign(bytes, bytes + tensor.nbytes());
        out.emplace(name, std::move(data));
    }
    return out;
}

}  // namespace perceiver::weights
