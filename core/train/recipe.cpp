#include "train/recipe.h"

#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/input_file.h"

namespace perceiver::train {
namespace {

using json = nlohmann::ordered_json;

[[noreturn]] void wrong(const std::string& what) {
    throw Error(ErrorCode::unreadable_input, "The recipe is wrong: " + what + ".");
}

// Every part names its keys once, for reading and for writing.
template <class Visit>
void fields(Visit& v, Structure& s) {
    v("structured", s.latents);
    v("latent_std", s.latent_std);
    v("uniform", s.uniform);
    v("neighbours", s.neighbours);
    v("later_windows", s.later_windows);
    v("bands", s.bands);
    v("amplitude", s.amplitude);
    v("window", s.window);
    v("peak", s.peak);
    v("neighbour_peak", s.neighbour_peak);
}
template <class Visit>
void fields(Visit& v, Augment& a) {
    v("mirror", a.mirror);
    v("shift", a.shift);
    v("brightness", a.brightness);
    v("contrast", a.contrast);
    v("crop", a.crop);
    v("stretch", a.stretch);
    v("operations", a.operations);
    v("strength", a.strength);
    v("mixup", a.mixup);
    v("cutmix", a.cutmix);
}
template <class Visit>
void fields(Visit& v, PointsAugment& a) {
    v("points", a.points);
    v("scale", a.scale);
    v("mirror", a.mirror);
    v("yaw", a.yaw);
    v("shift", a.shift);
    v("jitter", a.jitter);
}
template <class Visit>
void fields(Visit& v, SoundAugment& a) {
    v("turn", a.turn);
    v("speed", a.speed);
    v("mel_shift", a.mel_shift);
    v("gain", a.gain);
    v("equaliser", a.equaliser);
    v("mixup", a.mixup);
    v("mel_band", a.mel_band);
    v("gaps", a.gaps);
    v("gap_frames", a.gap_frames);
    v("place", a.place);
    v("noisy", a.noisy);
    v("snr", a.snr);
    v("noise_colour", a.noise_colour);
}
template <class Visit>
void fields(Visit& v, Senses& s) {
    v("picture_alone", s.picture_alone);
    v("sound_alone", s.sound_alone);
    v("delay", s.delay);
}
template <class Visit>
void fields(Visit& v, Camera& c) {
    v("pan", c.pan);
    v("zoom", c.zoom);
    v("roll", c.roll);
    v("uneven", c.uneven);
    v("window", c.window);
    v("window_zoom", c.window_zoom);
    v("stretch", c.stretch);
    v("lean", c.lean);
    v("centre", c.centre);
    v("drift", c.drift);
    v("zoom_drift", c.zoom_drift);
    v("roll_drift", c.roll_drift);
    v("light", c.light);
    v("shake", c.shake);
    v("object", c.object);
    v("object_size", c.object_size);
    v("object_path", c.object_path);
    v("object_swing", c.object_swing);
    v("objects", c.objects);
    v("object_grow", c.object_grow);
    v("figure", c.figure);
    v("near", c.near);
    v("nearer", c.nearer);
    v("contrast", c.contrast);
    v("brightness", c.brightness);
    v("blur", c.blur);
    v("noise", c.noise);
    v("steady", c.steady);
    v("wander", c.wander);
    v("zoom_wander", c.zoom_wander);
    v("roll_wander", c.roll_wander);
    v("wait", c.wait);
    v("late", c.late);
    v("flicker", c.flicker);
    v("bars", c.bars);
}
template <class Visit>
void fields(Visit& v, Optimiser& o) {
    v("kind", o.kind);
    v("learning_rate", o.learning_rate);
    v("beta1", o.beta1);
    v("beta2", o.beta2);
    v("epsilon", o.epsilon);
    v("weight_decay", o.weight_decay);
    v("clip_norm", o.clip_norm);
}
template <class Visit>
void fields(Visit& v, Schedule& s) {
    v("warm_up_steps", s.warm_up_steps);
    v("steps", s.steps);
    v("seconds", s.seconds);
    v("constant", s.constant);
    v("drops", s.drops);
    v("drop", s.drop);
}
template <class Visit>
void fields(Visit& v, weights::DataSet& s) {
    v("folder", s.folder);
    v("pack", s.pack);
    v("split", s.split);
}
template <class Visit>
void fields(Visit& v, weights::Card& c) {
    v("title", c.title);
    v("summary", c.summary);
    v("data", c.data);
    v("licence_note", c.licence_note);
    v("recipe", c.recipe);
    v("knows", c.knows);
    v("does_not_know", c.does_not_know);
    v("test_split", c.test_split);
    v("set", c.set);
}
template <class Visit>
void fields(Visit& v, Recipe& r) {
    v("labels", r.labels);
    if (r.rival.empty()) v("start", r.start);
    v("augment", r.augment);
    v("augment_points", r.augment_points);
    v("augment_sound", r.augment_sound);
    v("senses", r.senses);
    v("camera", r.camera);
    v("optimiser", r.optimiser);
    v("schedule", r.schedule);
    v("batch", r.batch);
    v("label_smoothing", r.label_smoothing);
    v("elements", r.elements);
    v("average", r.average);
    v("held_out", r.held_out);
    v("held_out_seed", r.held_out_seed);
    v("seed", r.seed);
    v("threads", r.threads);
    v("compute", r.compute);
    v("card", r.card);
}

struct Writer {
    json& to;

    void operator()(const char* key, Optimiser::Kind& kind) {
        to[key] = kind == Optimiser::Kind::lamb ? "lamb" : "adamw";
    }
    template <class T>
    void operator()(const char* key, std::optional<T>& part) {
        if (part) (*this)(key, *part);
    }
    template <class T>
    void operator()(const char* key, T& field) {
        if constexpr (requires(Writer w) { fields(w, field); }) {
            json part = json::object();
            Writer inner{part};
            fields(inner, field);
            to[key] = std::move(part);
        } else {
            to[key] = field;
        }
    }
};

// Takes the keys it is asked for; a key that is left alone keeps the field's default.
struct Reader {
    const json& from;
    std::string path;
    std::set<std::string> known{};

    void operator()(const char* key, Optimiser::Kind& kind) {
        std::string word = kind == Optimiser::Kind::lamb ? "lamb" : "adamw";
        (*this)(key, word);
        if (word != "lamb" && word != "adamw") wrong(path + key + " is neither \"adamw\" nor \"lamb\"");
        kind = word == "lamb" ? Optimiser::Kind::lamb : Optimiser::Kind::adamw;
    }
    template <class T>
    void operator()(const char* key, std::optional<T>& part) {
        if (from.contains(key)) part.emplace();
        if (part) (*this)(key, *part);
        known.insert(key);
    }
    template <class T>
    void operator()(const char* key, T& field) {
        known.insert(key);
        const auto at = from.find(key);
        if (at == from.end()) return;
        if constexpr (requires(Reader r) { fields(r, field); }) {
            Reader inner{*at, path + key + "."};
            inner.all(field);
        } else {
            read(*at, path + key, field);
        }
    }
    template <class T>
    void all(T& part) {
        if (!from.is_object()) wrong(path.empty() ? "it is not a JSON object" : path + " is not an object");
        fields(*this, part);
        for (const auto& item : from.items())
            if (!known.contains(item.key())) wrong(path + item.key() + " is not known");
    }
    template <class T>
    static void read(const json& value, const std::string& name, T& field) {
        bool right = true;
        if constexpr (std::is_same_v<T, bool>)
            right = value.is_boolean();
        else if constexpr (std::is_same_v<T, std::uint64_t>)
            right = value.is_number_unsigned();
        else if constexpr (std::is_integral_v<T>)
            right = value.is_number_integer() && std::abs(value.get<double>()) < 1e15;
        else if constexpr (std::is_floating_point_v<T>)
            right = value.is_number();
        else if constexpr (std::is_same_v<T, std::array<double, 2>>)
            right = value.is_array() && value.size() == 2;
        if (right) try {
                value.get_to(field);
                return;
            } catch (const json::exception&) {
            }
        wrong(name + " has the wrong type");
    }
};

void within(const char* name, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
        char range[64];
        std::snprintf(range, sizeof range, "%g to %g", low, high);
        wrong(std::string(name) + " is not within " + range);
    }
}

void within(const char* name, const std::array<double, 2>& ends, double low, double high) {
    for (double end : ends) within(name, end, low, high);
    if (ends[0] > ends[1]) wrong(std::string(name) + " ends before it begins");
}

void check(const Camera& c) {
    within("camera.pan", c.pan, 1e-3, 2);
    within("camera.zoom", c.zoom, 1e-3, 3);
    within("camera.roll", c.roll, 0.01, 360);
    within("camera.uneven", c.uneven, 0, 1);
    within("camera.window", c.window, 0.01, 1);
    within("camera.window_zoom", c.window_zoom, 0, 3);
    within("camera.stretch", c.stretch, 0, 2);
    within("camera.lean", c.lean, 0, 180);
    within("camera.centre", c.centre, 0, 1);
    within("camera.drift", c.drift, 0, 1);
    within("camera.zoom_drift", c.zoom_drift, 0, 1);
    within("camera.roll_drift", c.roll_drift, 0, 90);
    within("camera.light", c.light, 0, 1);
    within("camera.shake", c.shake, 0, 1);
    within("camera.object", c.object, 0, 1);
    within("camera.object_size", c.object_size, 0.01, 1);
    within("camera.object_path", c.object_path, 0, 10);
    within("camera.object_swing", c.object_swing, 0, 10);
    within("camera.objects", c.objects, 1, 16);
    within("camera.object_grow", c.object_grow, 0, 3);
    within("camera.figure", c.figure, 0, 1);
    within("camera.near", c.near, 0, 1);
    within("camera.nearer", c.nearer, 1, 10);
    within("camera.contrast", c.contrast, 0, 1);
    within("camera.brightness", c.brightness, 0, 1);
    within("camera.blur", c.blur, 0, 0.3);
    within("camera.noise", c.noise, 0, 1);
    within("camera.steady", c.steady, 0, 1);
    within("camera.wander", c.wander, 0, 1);
    within("camera.zoom_wander", c.zoom_wander, 0, 1);
    within("camera.roll_wander", c.roll_wander, 0, 90);
    within("camera.wait", c.wait, 0, 0.45);
    within("camera.late", c.late, 0, 1);
    within("camera.flicker", c.flicker, 0, 1);
    within("camera.bars", c.bars, 0, 1);
}

void check(const Senses& s) {
    within("senses.picture_alone", s.picture_alone, 0, 1);
    within("senses.sound_alone", s.sound_alone, 0, 1);
    within("senses.picture_alone and senses.sound_alone together", s.picture_alone + s.sound_alone, 0, 1);
    within("senses.delay", s.delay, 0, 60);
}

void check(const Recipe& r) {
    within("start.latent_std", r.start.latent_std, 0, 10);
    within("start.bands", double(r.start.bands), 1, 64);
    within("start.amplitude", r.start.amplitude, 1e-3, 100);
    within("start.window", r.start.window, 1e-3, 1000);
    within("start.peak", r.start.peak, 0, 100);
    within("start.neighbour_peak", r.start.neighbour_peak, 0, 100);
    within("augment.shift", double(r.augment.shift), 0, 1024);
    within("augment.brightness", r.augment.brightness, 0, 1);
    within("augment.contrast", r.augment.contrast, 0, 1);
    within("augment.crop", r.augment.crop, 0.01, 1);
    within("augment.stretch", r.augment.stretch, 0, 2);
    within("augment.operations", double(r.augment.operations), 0, 16);
    within("augment.strength", r.augment.strength, 0, 1);
    within("augment.mixup", r.augment.mixup, 0, 100);
    within("augment.cutmix", r.augment.cutmix, 0, 100);
    within("augment_points.points", double(r.augment_points.points), 0, 1e9);
    within("augment_points.scale", r.augment_points.scale, 0, 0.9);
    within("augment_points.yaw", r.augment_points.yaw, 0, 180);
    within("augment_points.shift", r.augment_points.shift, 0, 10);
    within("augment_points.jitter", r.augment_points.jitter, 0, 1);
    within("augment_sound.speed", r.augment_sound.speed, 0, 2);
    within("augment_sound.mel_shift", double(r.augment_sound.mel_shift), 0, 1024);
    within("augment_sound.gain", r.augment_sound.gain, 0, 60);
    within("augment_sound.equaliser", r.augment_sound.equaliser, 0, 60);
    within("augment_sound.mixup", r.augment_sound.mixup, 0, 1);
    within("augment_sound.mel_band", double(r.augment_sound.mel_band), 0, 4096);
    within("augment_sound.gaps", double(r.augment_sound.gaps), 0, 100);
    within("augment_sound.gap_frames", double(r.augment_sound.gap_frames), 0, 1e6);
    within("augment_sound.noisy", r.augment_sound.noisy, 0, 1);
    within("augment_sound.snr", r.augment_sound.snr, -100, 100);
    within("augment_sound.noise_colour", r.augment_sound.noise_colour, 0, 60);
    if (r.senses) check(*r.senses);
    if (r.camera) check(*r.camera);
    within("optimiser.learning_rate", r.optimiser.learning_rate, 0, 10);
    within("optimiser.beta1", r.optimiser.beta1, 0, 0.99999);
    within("optimiser.beta2", r.optimiser.beta2, 0, 0.9999999);
    within("optimiser.epsilon", r.optimiser.epsilon, 1e-20, 1);
    within("optimiser.weight_decay", r.optimiser.weight_decay, 0, 10);
    within("optimiser.clip_norm", r.optimiser.clip_norm, 0, 1e9);
    within("schedule.warm_up_steps", double(r.schedule.warm_up_steps), 0, 1e9);
    within("schedule.steps", double(r.schedule.steps), 0, 1e12);
    within("schedule.seconds", r.schedule.seconds, 0, 1e9);
    within("schedule.constant", r.schedule.constant, 0, 0.999);
    within("schedule.drop", r.schedule.drop, 0, 1);
    for (double at : r.schedule.drops) within("schedule.drops", at, 0, 1);
    if (r.schedule.constant > 0 && !r.schedule.drops.empty()) wrong("schedule has both constant and drops");
    if ((r.schedule.steps > 0) == (r.schedule.seconds > 0)) wrong("schedule needs either steps or seconds");
    within("batch", double(r.batch), 1, 65536);
    within("label_smoothing", r.label_smoothing, 0, 0.999);
    within("elements", double(r.elements), 0, 1e9);
    within("average", r.average, 0, 0.999999);
    within("held_out", double(r.held_out), 0, 1e9);
    within("threads", double(r.threads), 1, 1024);
    if (r.compute != "automatic" && r.compute != "bfloat16" && r.compute != "float32")
        wrong("compute is none of \"automatic\", \"bfloat16\" and \"float32\"");
}

json parsed_file(const std::filesystem::path& path) {
    InputFile file(path, ErrorCode::unreadable_input);
    if (file.size() > (1 << 20)) wrong("it is larger than 1 MB");
    std::vector<std::uint8_t> text;
    file.append(text, file.size());
    json parsed = json::parse(text.begin(), text.end(), nullptr, false);
    if (parsed.is_discarded()) wrong("it is not JSON");
    return parsed;
}

}  // namespace

std::string to_json(const Recipe& recipe) {
    Recipe copy = recipe;
    const bool rival = !recipe.rival.empty();
    json out = {{rival ? "rival" : "model", json::parse(rival ? recipe.rival : recipe.model)}};
    Writer writer{out};
    fields(writer, copy);
    return out.dump(2);
}

Recipe recipe_from_json(const std::string& text) {
    const json from = json::parse(text, nullptr, false);
    if (from.is_discarded()) wrong("it is not JSON");
    Recipe recipe;
    const bool rival = from.is_object() && from.contains("rival");
    const char* what = rival ? "rival" : "model";
    Reader reader{from, ""};
    reader.known.insert(what);
    if (rival) recipe.rival = from[what].dump();
    reader.all(recipe);
    if (!from.contains(what)) wrong("model is missing");
    if (!from[what].is_object()) wrong(std::string(what) + " is not an object");
    if (!rival) recipe.model = from[what].dump();
    check(recipe);
    return recipe;
}

Recipe read_recipe(const std::filesystem::path& path) {
    json recipe = parsed_file(path);
    if (recipe.contains("base")) {
        if (!recipe["base"].is_string()) wrong("base has the wrong type");
        json base = parsed_file(path.parent_path() / recipe["base"].get<std::string>());
        recipe.erase("base");
        base.merge_patch(recipe);
        recipe = std::move(base);
    }
    return recipe_from_json(recipe.dump());
}

const std::vector<std::string>& labels_of(const Recipe& recipe, const std::vector<std::string>& data) {
    return recipe.camera ? motion_names() : data;
}

namespace {

/// The recipe's model or rival with the labels it answers with.
std::string with_labels(const Recipe& recipe, const std::string& text, const std::vector<std::string>& labels) {
    if (labels.empty()) throw Error(ErrorCode::no_fit, "Neither the recipe nor the data names the labels.");
    if (!recipe.labels.empty() && recipe.labels != labels)
        throw Error(ErrorCode::no_fit, "The recipe's labels are not those of the data.");
    json model = json::parse(text);
    model["num_classes"] = labels.size();
    model["labels"] = labels;
    return model.dump();
}

}  // namespace

Config model_config(const Recipe& recipe, const std::vector<std::string>& labels) {
    const Config config = config_from_json(with_labels(recipe, recipe.model, labels));
    check_trainable(config);
    check_structure(config, recipe.start);
    return config_from_json(to_json(config));  // with every default written out
}

rivals::RivalConfig rival_config(const Recipe& recipe, const std::vector<std::string>& labels) {
    return rivals::rival_from_json(with_labels(recipe, recipe.rival, labels));
}

}  // namespace perceiver::train
