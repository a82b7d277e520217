#include "weights/to_torch.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace perceiver::weights {

namespace {

Weights floats_of(const std::map<std::string, TensorView>& tensors, const CancelToken& cancel = {},
                  const LoadCallback& tell = {}) {
    Weights out;
    LoadMeter meter(tell, LoadProgress::Step::packing, static_cast<std::int64_t>(tensors.size()));
    for (const auto& [name, view] : tensors) {
        cancel.check();
        if (view.dtype != DType::f32 && view.dtype != DType::f16 && view.dtype != DType::bf16 &&
            view.dtype != DType::f64)
            throw Error(ErrorCode::unreadable_model, "The tensor " + name + " holds whole numbers, not weights.");
        at::Tensor tensor = at::empty(view.shape, at::kFloat);
        if (view.dtype == DType::f32) {
            std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
        } else {
            const std::vector<float> values = view.to_floats();
            std::memcpy(tensor.data_ptr<float>(), values.data(), values.size() * sizeof(float));
        }
        out.emplace(name, std::move(tensor));
        meter.add(1);
    }
    return out;
}

/// Gives the whole pages of memory nobody reads again back to the system. What lies in them is zeros from now on.
void release_pages(std::span<const std::uint8_t> bytes) {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto begin = (reinterpret_cast<std::uintptr_t>(bytes.data()) + page - 1) / page * page;
    const auto end = (reinterpret_cast<std::uintptr_t>(bytes.data()) + bytes.size()) / page * page;
    if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

/// Tensors whose memory goes back when they do. float32 ones are views of the file's bytes.
Weights taken_from(OpenedModel& model) {
    const auto storages =
        std::make_shared<std::vector<std::shared_ptr<const std::vector<std::uint8_t>>>>(std::move(model.storages));
    model.storages.clear();
    const auto tensors = std::exchange(model.tensors, {});
    // Bytes that others may read stay: of a copy of the model, or of two tensors that share them.
    const bool alone =
        std::all_of(storages->begin(), storages->end(), [](const auto& s) { return s.use_count() == 1; });
    std::map<const std::uint8_t*, const std::uint8_t*> ranges;
    bool apart = true;
    for (const auto& [name, view] : tensors)
        apart &= view.bytes.empty() || ranges.emplace(view.bytes.data(), view.bytes.data() + view.bytes.size()).second;
    const std::uint8_t* last = nullptr;
    for (const auto& [begin, end] : ranges) apart &= std::exchange(last, end) <= begin;
    if (!alone || !apart) return floats_of(tensors);

    Weights out;
    for (const auto& [name, view] : tensors) {
        const auto bytes = view.bytes;
        if (view.dtype == DType::f32 && reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) == 0 &&
            !bytes.empty()) {
            out.emplace(name, at::from_blob(const_cast<std::uint8_t*>(bytes.data()), view.shape,
                                            [storages, bytes](void*) { release_pages(bytes); }, at::kFloat));
        } else {
            out.merge(floats_of({{name, view}}));
            release_pages(bytes);
        }
    }
    return out;
}

}  // namespace

Weights to_weights(const Safetensors& file) { return floats_of(file.tensors); }
Weights to_weights(const OpenedModel& model, const CancelToken& cancel, const LoadCallback& tell) {
    return floats_of(model.tensors, cancel, tell);
}

Perceiver to_perceiver(const OpenedModel& model, const CancelToken& cancel) {
    return {model.config, to_weights(model, cancel), Precision::float32, cancel};
}
Perceiver to_perceiver(OpenedModel&& model, Precision precision, const CancelToken& cancel, const LoadCallback& tell) {
    const auto count = static_cast<std::int64_t>(model.tensors.size());
    LoadMeter meter(tell, LoadProgress::Step::packing, count);
    meter.add(0);   // what comes now takes a while
    cancel.check();
    Weights weights = taken_from(model);
    Perceiver perceiver(model.config, std::move(weights), precision, cancel);
    meter.add(count);
    return perceiver;
}
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
