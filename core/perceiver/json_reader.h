// Strict reading of JSON objects: a Reader takes every key it knows out of an object, so that what is left is unknown.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace perceiver {

using nlohmann::json;

[[noreturn]] inline void wrong_config(const std::string& what) {
    throw Error(ErrorCode::unreadable_model, "The model's configuration is wrong: " + what + ".");
}

template <class T>
inline constexpr bool is_list = false;
template <class E>
inline constexpr bool is_list<std::vector<E>> = true;

/// One JSON object being read: typed access by key, and at the end a complaint about keys nobody asked for.
class Reader {
  public:
    Reader(const json& object, std::string path) : object_(object), path_(std::move(path)) {
        if (!object.is_object()) wrong_config((path_.empty() ? "it" : path_) + " is not an object");
    }
    template <class T>
    void get(const char* key, T& value) {
        if (const json* found = find(key)) value = as<T>(*found, key);
        else wrong_config(name(key) + " is missing");
    }
    /// Leaves `value` alone when the key is absent or null.
    template <class T>
    void get_optional(const char* key, T& value) {
        const json* found = find(key);
        if (found && !found->is_null()) value = as<T>(*found, key);
    }
    template <class T>
    void get_choice(const char* key, T& value, std::initializer_list<std::pair<const char*, T>> choices,
                    bool optional) {
        std::string text;
        if (optional && !find(key)) return;
        get(key, text);
        for (const auto& [word, choice] : choices)
            if (text == word) {
                value = choice;
                return;
            }
        wrong_config(name(key) + " is \"" + text + "\", which is not known");
    }
    bool has(const char* key) { return find(key) != nullptr; }
    const json& child(const char* key) {
        const json* found = find(key);
        if (!found) wrong_config(name(key) + " is missing");
        return *found;
    }
    const json& array(const char* key) {
        const json& found = child(key);
        if (!found.is_array() || found.size() > 4096) wrong_config(name(key) + " is not a list");
        return found;
    }
    std::string name(const char* key) const { return path_.empty() ? key : path_ + "." + key; }
    void done() const {
        for (const auto& item : object_.items())
            if (!known_.count(item.key())) wrong_config(name(item.key().c_str()) + " is not known");
    }

  private:
    const json* find(const char* key) {
        known_.insert(key);
        const auto it = object_.find(key);
        return it == object_.end() ? nullptr : &*it;
    }
    template <class T>
    T as(const json& value, const char* key) const {
        // nlohmann would turn 1.5 or true into an integer without a word, and 1e300 into no defined one.
        if constexpr (std::is_same_v<T, bool>) {
            if (!value.is_boolean()) wrong_config(name(key) + " is not true or false");
        } else if constexpr (std::is_integral_v<T>) {
            if (!value.is_number_integer()) wrong_config(name(key) + " is not a whole number");
            if ((value.is_number_unsigned() && value.get<std::uint64_t>() > (std::uint64_t{1} << 62)) ||
                !std::in_range<T>(value.get<std::int64_t>()))
                wrong_config(name(key) + " is too large");
        } else if constexpr (is_list<T>) {
            if (!value.is_array()) wrong_config(name(key) + " is not a list");
            T all;
            for (const json& one : value) all.push_back(as<typename T::value_type>(one, key));
            return all;
        }
        try {
            return value.get<T>();
        } catch (const json::exception&) {
            wrong_config(name(key) + " has the wrong type");
        }
    }
    const json& object_;
    std::string path_;
    std::set<std::string> known_;
};

/// The word of a choice, as get_choice reads it.
template <class T>
const char* word(T value, std::initializer_list<std::pair<const char*, T>> choices) {
    for (const auto& [text, choice] : choices)
        if (choice == value) return text;
    return "";
}

}  // namespace perceiver
