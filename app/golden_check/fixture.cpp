#include "fixture.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/tensor.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "weights/safetensors.h"

namespace perceiver::golden {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

[[noreturn]] void bad(const std::string& what) { throw Error(ErrorCode::unreadable_input, what); }

json json_of(const fs::path& path) {
    std::ifstream file(path);
    if (!file) bad("There is no " + path.filename().string() + " in this folder: it is not a fixture.");
    std::stringstream text;
    text << file.rdbuf();
    json parsed = json::parse(text.str(), nullptr, false);
    if (!parsed.is_object()) bad(path.filename().string() + " is not a JSON object.");
    return parsed;
}

/// Every tensor of a file; float32, or float64 for whole numbers, which holds every index there is.
Tensors tensors_of(const fs::path& path) {
    const auto file = weights::read_safetensors(path);
    Tensors out;
    for (const auto& [name, view] : file.tensors) {
        at::Tensor t;
        if (view.dtype == weights::DType::i64) {
            t = at::empty({view.elements()}, at::kLong);
            std::memcpy(t.data_ptr(), view.bytes.data(), view.bytes.size());
            t = t.to(at::kDouble);
        } else {
            t = at::tensor(view.to_floats(), at::kFloat);
        }
        out[name] = t.view(view.shape);
    }
    return out;
}

/// Each of the listed files that holds weights, or the folder when none is listed.
std::vector<fs::path> models_of(const json& model, const fs::path& folder) {
    const fs::path from = folder / model.at("dir").get<std::string>();
    std::vector<fs::path> paths;
    for (const auto& file : model.value("files", json::array()))
        if (const fs::path name = file.get<std::string>(); name.extension() != ".json") paths.push_back(from / name);
    return paths.empty() ? std::vector{from} : paths;
}

std::string shape_of(c10::IntArrayRef sizes) {
    std::string text = "[";
    for (std::size_t i = 0; i < sizes.size(); ++i) text += (i ? ", " : "") + std::to_string(sizes[i]);
    return text + "]";
}

}  // namespace

Fixture read_fixture(const fs::path& folder) {
    Fixture f;
    f.folder = folder;
    const json j = json_of(folder / "fixture.json");
    try {
        if (j.at("schema") != 1) bad("This fixture has another schema than 1.");
        f.name = j.at("name");
        f.family = j.at("family");
        if (j.contains("model") && j["model"].is_object()) f.models = models_of(j["model"], folder);
        f.options = j.value("options", json::object());
        for (const auto& item : j.at("expected").items())
            f.tolerances[item.key()] = {item.value().at("atol"), item.value().at("rtol")};
    } catch (const json::exception& e) {
        throw Error(ErrorCode::unreadable_input, "fixture.json lacks something this program needs.", e.what());
    }
    f.inputs = tensors_of(folder / "inputs.safetensors");
    f.expected = tensors_of(folder / "expected.safetensors");
    for (const auto& [name, tolerance] : f.tolerances)
        if (!f.expected.count(name)) bad("expected.safetensors lacks " + name + ".");
    return f;
}

std::vector<Comparison> compare(const Fixture& fixture, const Tensors& got) {
    std::vector<Comparison> lines;
    for (const auto& [name, tolerance] : fixture.tolerances) {
        Comparison c;
        c.name = name;
        const at::Tensor want = fixture.expected.at(name).to(at::kDouble);
        c.shape = shape_of(want.sizes());
        const auto found = got.find(name);
        if (found == got.end()) {
            c.problem = "not computed";
        } else if (found->second.sizes() != want.sizes()) {
            c.problem = "computed as " + shape_of(found->second.sizes());
        } else if (!at::isfinite(found->second).all().item<bool>()) {
            c.problem = "NaN or infinity computed";
        } else if (want.numel()) {
            const at::Tensor off = (found->second.to(at::kDouble) - want).abs();
            c.largest_absolute = off.max().item<double>();
            c.largest_relative = c.largest_absolute / std::max(1e-300, want.abs().max().item<double>());
            c.of_tolerance = (off / (want.abs() * tolerance.relative + tolerance.absolute)).max().item<double>();
        }
        lines.push_back(std::move(c));
    }
    return lines;
}

}  // namespace perceiver::golden
