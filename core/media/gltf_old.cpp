// glTF 1.0 told as glTF 2.0 would have it: the one names what it refers to, the other counts it.
#include <map>
#include <nlohmann/json.hpp>

#include "media/gltf_old.h"
#include "media/point_readers.h"

namespace perceiver::media {
namespace {

using Json = nlohmann::json;

/// The things of one kind: their old names, and their new places.
class Names {
  public:
    Names(const Json& file, const char* kind) : kind_(kind) {
        const auto found = file.find(kind);
        if (found == file.end()) return;
        for (const auto& [name, thing] : found->items()) {
            places_[name] = things_.size();
            things_.push_back(&thing);
        }
    }
    const std::vector<const Json*>& things() const { return things_; }
    std::uint64_t place(const Json& name) const {
        const auto found = places_.find(name.get<std::string>());
        if (found == places_.end()) bad_points("The glTF is damaged.", std::string("there is no such one of ") + kind_);
        return found->second;
    }

  private:
    const char* kind_;
    std::map<std::string, std::uint64_t> places_;
    std::vector<const Json*> things_;
};

/// Members of `from` that mean the same in both.
Json kept(const Json& from, std::initializer_list<const char*> keys) {
    Json to = Json::object();
    for (const char* key : keys)
        if (const auto found = from.find(key); found != from.end()) to[key] = *found;
    return to;
}

Json new_primitive(const Json& old, const Names& accessors) {
    Json primitive = kept(old, {"mode"});
    primitive["attributes"] = Json::object();
    for (const auto& [name, accessor] : old.at("attributes").items()) {
        // "COLOR" may have a number or none.
        primitive["attributes"][name == "COLOR" ? "COLOR_0" : name] = accessors.place(accessor);
    }
    if (const auto indices = old.find("indices"); indices != old.end())
        primitive["indices"] = accessors.place(*indices);
    return primitive;
}

}  // namespace

bool is_old_gltf(const Json& file) {
    return std::ranges::any_of(std::array{"scenes", "nodes", "meshes", "accessors", "bufferViews", "buffers"},
                               [&](const char* kind) { return file.contains(kind) && file.at(kind).is_object(); });
}

Json gltf_of_old(const Json& old) {
    const Names buffers(old, "buffers"), views(old, "bufferViews"), accessors(old, "accessors"), meshes(old, "meshes"),
        nodes(old, "nodes"), scenes(old, "scenes");
    Json file{{"buffers", Json::array()}, {"bufferViews", Json::array()}, {"accessors", Json::array()},
              {"meshes", Json::array()},  {"nodes", Json::array()},       {"scenes", Json::array()}};
    // The bytes after the description are a buffer that is known by its name; 2.0 has them first.
    const bool has_chunk = old.contains("buffers") && old.at("buffers").contains("binary_glTF");
    const std::uint64_t chunk = has_chunk ? buffers.place("binary_glTF") : 0;
    if (has_chunk) file["buffers"].push_back(Json::object());
    std::vector<std::uint64_t> buffer_at;
    for (const Json* buffer : buffers.things()) {
        const std::uint64_t was = buffer_at.size();
        buffer_at.push_back(has_chunk && was == chunk ? 0 : file["buffers"].size());
        if (!has_chunk || was != chunk) file["buffers"].push_back(kept(*buffer, {"uri"}));
    }
    // Strides were the accessors': each gets a view of its own.
    for (const Json* accessor : accessors.things()) {
        const Json& view = *views.things()[views.place(accessor->at("bufferView"))];
        Json own = kept(view, {"byteOffset", "byteLength"});
        own["buffer"] = buffer_at[buffers.place(view.at("buffer"))];
        if (const auto stride = accessor->find("byteStride"); stride != accessor->end() && *stride != 0)
            own["byteStride"] = *stride;
        Json now = kept(*accessor, {"byteOffset", "componentType", "count", "type"});
        now["bufferView"] = file["bufferViews"].size();
        file["bufferViews"].push_back(std::move(own));
        file["accessors"].push_back(std::move(now));
    }
    for (const Json* mesh : meshes.things()) {
        Json primitives = Json::array();
        for (const Json& primitive : mesh->at("primitives")) primitives.push_back(new_primitive(primitive, accessors));
        file["meshes"].push_back({{"primitives", std::move(primitives)}});
    }
    // A node had any number of meshes: each becomes a child.
    Json leaves = Json::array();
    for (const Json* node : nodes.things()) {
        Json now = kept(*node, {"matrix", "translation", "rotation", "scale"});
        Json children = Json::array();
        if (const auto found = node->find("children"); found != node->end())
            for (const Json& child : *found) children.push_back(nodes.place(child));
        if (const auto found = node->find("meshes"); found != node->end())
            for (const Json& mesh : *found) {
                children.push_back(nodes.things().size() + leaves.size());
                leaves.push_back({{"mesh", meshes.place(mesh)}});
            }
        now["children"] = std::move(children);
        file["nodes"].push_back(std::move(now));
    }
    for (Json& leaf : leaves) file["nodes"].push_back(std::move(leaf));
    for (const Json* scene : scenes.things()) {
        Json roots = Json::array();
        if (const auto found = scene->find("nodes"); found != scene->end())
            for (const Json& node : *found) roots.push_back(nodes.place(node));
        file["scenes"].push_back({{"nodes", std::move(roots)}});
    }
    if (const auto scene = old.find("scene"); scene != old.end()) file["scene"] = scenes.place(*scene);
    return file;
}

}  // namespace perceiver::media
