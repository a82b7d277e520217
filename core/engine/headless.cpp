// The work without a window: every input in turn through run.h's steps, results to files and stdout.
#include <c10/core/InferenceMode.h>

#include <cstdio>
#include <set>
#include <thread>

#include "engine/errors.h"
#include "engine/explain.h"
#include "engine/fetch_line.h"
#include "engine/files_line.h"
#include "engine/findings.h"
#include "engine/inputs.h"
#include "engine/jsonl_file.h"
#include "engine/lab.h"
#include "engine/map_file.h"
#include "engine/rivals.h"
#include "engine/session.h"
#include "engine/stopwatch.h"
#include "engine/trials.h"
#include "engine/words.h"
#include "media/kind.h"

namespace perceiver::engine {
namespace {

void complain(const std::string& name, const std::string& sentence) {
    std::fprintf(stderr, "perceiverscope: %s: %s\n", name.c_str(), sentence.c_str());
}

void print(const std::string& words) {
    std::fputs(words.c_str(), stdout);
    std::fflush(stdout);
}

/// A whole run: what is the same for all files, and what has come of them.
class Run {
  public:
    Run(const api::HeadlessOptions& options, const api::ReportWriter& writer, ModelLibrary& library,
        RivalLibrary& rivals, const Limits& limits, const CancelToken& cancel)
        : o_(options),
          writer_(writer),
          library_(library),
          rivals_(rivals),
          limits_(limits),
          cancel_(cancel),
          trials_(shuffle_of(options.permute.value_or(0)), options.seeds, options.arms) {}

    int run() {
        // Before the first input: what goes wrong here is the same for all of them.
        check_outputs();
        inputs_ = list_inputs(o_.inputs, o_.shard, cancel_);
        no_media_.resize(o_.inputs.size());
        if (!fetch_model()) return static_cast<int>(first_failure_);
        if (!o_.jsonl.empty()) go_on_with_lines();
        if (const int code = every_input()) return code;
        say_what_was_no_media();
        const bool any = done_ + skipped_ > 0;
        if (!any && !failed_ && o_.shard.count == 1)
            for (const auto& given : o_.inputs)
                fail(given, Error(ErrorCode::unreadable_input, "There is no file in this folder that can be read."));
        if (any && !write_results()) return static_cast<int>(first_failure_);
        return !failed_ ? 0 : static_cast<int>(any ? ErrorCode::some_failed : first_failure_);
    }

  private:
    void check_outputs() const {
        if (!o_.confusion.empty() && !writer_.confusion)
            throw Error(ErrorCode::usage, "This build draws no confusion matrix: it was made without Qt.");
        if (!o_.report.empty() && !writer_.report)
            throw Error(ErrorCode::usage, "This build draws no report: it was made without Qt.");
        if (!o_.evidence.empty() && o_.json.empty() && o_.jsonl.empty())
            throw Error(ErrorCode::usage, "Evidence is told in the findings: add --json or --jsonl.");
        if (o_.rivals && !o_.permute)
            throw Error(ErrorCode::usage, "--rivals shows the rivals the same shuffle: name one with --permute SEED.");
        if (tries() && !o_.permute)
            throw Error(ErrorCode::usage,
                        "--seeds and --csv count what shuffles do: name the first seed with --permute SEED.");
        if (tries() && !o_.jsonl.empty())
            throw Error(ErrorCode::usage, "--seeds and --csv count over all files at once: leave --jsonl out.");
        if (o_.lab == api::Lab::none) return;
        if (!o_.report.empty() || !o_.confusion.empty() || !o_.jsonl.empty() || o_.permute || !o_.evidence.empty())
            throw Error(ErrorCode::usage,
                        "A lab answers in words, with --json and with --map; leave the other results out.");
        if (o_.lab != api::Lab::positions && !o_.map.empty())
            throw Error(ErrorCode::usage, "Only the lab of positions has a map.");
    }

    /// Whatever goes wrong here is the model's, not the first input's.
    bool fetch_model() {
        try {
            FetchLine line;
            if (library_.must_be_fetched(o_.model))
                library_.fetch(o_.model, {[&](const hub::Progress& p) { line.show(p); }, cancel_});
            return true;
        } catch (...) {
            const Error error = as_error(std::current_exception(), ErrorCode::unreadable_model);
            complain(o_.model, error.sentence());
            first_failure_ = error.code;
            return false;
        }
    }

    /// Files that the JSON lines hold already are skipped; they count for the accuracy.
    void go_on_with_lines() {
        lines_ = std::make_unique<JsonlFile>(o_.jsonl);
        std::set<std::string> here;
        for (const auto& input : inputs_.files) here.insert(utf8(input.path));
        std::string model;
        if (!o_.model.empty() && !lines_->lines().empty())
            model = utf8(library_.load(o_.model, {{}, cancel_, {}, o_.hyperparameters})->info.id);
        for (const auto& line : lines_->lines()) {
            if (!model.empty() && line.model != model)
                throw Error(ErrorCode::usage, o_.jsonl + " holds findings of the model " + line.model +
                                                  ": name another file for --jsonl.");
            if (!here.contains(line.path)) continue;
            if (line.expected && line.answered) score_.add(*line.expected, *line.answered), models_.insert(line.model);
        }
    }

    int every_input() {
        FilesLine progress(inputs_.files.size());
        for (const auto& input : inputs_.files) {
            if (lines_ && lines_->has(utf8(input.path))) {
                ++skipped_;
                continue;
            }
            progress.step(done_ + failed_ + skipped_, skipped_, input.path);
            try {
                const std::string words = one(input);
                progress.clear();
                print(words);
                ++done_;
            } catch (...) {
                const Error error = as_error(std::current_exception(), ErrorCode::unreadable_input);
                if (error.code == ErrorCode::unreadable_input && is_no_media(input)) {
                    ++no_media_[input.given];
                    continue;
                }
                // A named model that can't be had, a wrong command line and a full disk are the same for every input.
                const bool model_is_wrong = error.code == ErrorCode::unreadable_model && !o_.model.empty();
                progress.clear();
                fail(model_is_wrong ? o_.model : input.path, error);
                if (error.code == ErrorCode::cancelled || error.code == ErrorCode::usage || model_is_wrong ||
                    lines_are_broken_)
                    return static_cast<int>(error.code);
            }
        }
        return 0;
    }

    void fail(const std::string& name, const Error& error) {
        complain(name, error.sentence());
        if (!failed_++) first_failure_ = error.code;
    }

    /// A file of a folder that nobody meant to be a picture, sound, film or cloud.
    bool is_no_media(const Input& input) const {
        if (!input.in_folder || named_like_media(input.path)) return false;
        try {
            return media::kind_of(media::Source(std::filesystem::path(input.path)), limits_, cancel_) ==
                   media::MediaKind::unknown;
        } catch (const Error&) {
            return true;   // empty, or not for us to read
        }
    }

    void say_what_was_no_media() const {
        for (std::size_t i = 0; i < no_media_.size(); ++i)
            if (const std::size_t n = no_media_[i])
                complain(o_.inputs[i],
                         n == 1 ? "1 of its files is no picture, sound, film or cloud and was left out."
                                : text("%zu of its files are no picture, sound, film or cloud and were left out.", n));
    }

    /// Beside the rivals the default for pictures is one that answers with their labels.
    std::string model_for(api::Kind kind) const {
        std::string wanted = o_.model;
        if (wanted.empty() && o_.rivals && kind == api::Kind::image)
            wanted = model_beside(rivals_.list(), library_.list());
        return library_.model_for(kind, wanted, false);
    }

    /// Everything asked for about one input; returns what to print.
    std::string one(const Input& input) {
        const Stopwatch watch;
        const bool with_sha256 = !o_.json.empty() || lines_;
        const MediaFilePtr file = open_media(input.path, {}, with_sha256, limits_, cancel_);
        const Stopwatch since_load;
        FetchLine line;
        const ModelPtr model =
            library_.load(model_for(file->info.kind),
                          {{}, cancel_, [&](const LoadProgress& p) { line.show(p); }, o_.hyperparameters});
        line.clear();
        api::ReportData data;
        data.timings.load_model = since_load.milliseconds();
        cancel_.check();
        const Prepared prepared = encode(*file, *model, {o_.start, o_.pose}, cancel_);
        if (o_.lab == api::Lab::positions) return lab(input, prepared, *model, positions_lab(*model, prepared));
        Trace trace = model->perceiver.forward(prepared.input, to_core(o_.attend), cancel_);
        if (o_.lab == api::Lab::cost) {
            // The first run plans its products; what the second takes is what a run takes.
            trace = model->perceiver.forward(prepared.input, to_core(o_.attend), cancel_);
            return lab(input, prepared, *model, cost_lab(*model, trace));
        }
        if (o_.lab == api::Lab::senses)
            return lab(input, prepared, *model, senses_lab(*model, prepared, trace, cancel_));
        data.timings.decode = file->decode_ms + prepared.decode_ms;
        const auto expected = class_named(input.folders, model->info.labels);
        fill(data, prepared, *model, trace);
        if (o_.permute) shuffle(data, *file, prepared, *model, expected);
        data.timings.total = watch.milliseconds();
        const auto written = write_pictures(data, input.suffix);
        if (!o_.json.empty() || lines_) {
            ordered_json found = findings_of(data, trace, expected);
            if (!o_.evidence.empty()) {
                const int index = class_asked_for(o_.evidence, data.predictions);
                const auto target = std::ranges::find(data.predictions, index, &api::Prediction::index);
                found["evidence"] = evidence_json(library_, *model, prepared, trace, *target, cancel_);
            }
            tell(found);
        }
        if (expected && !data.predictions.empty()) {
            score_.add(*expected, {data.predictions[0].label, data.predictions[0].index});
            models_.insert(data.model.id);
        }
        // Of a folder of classes the numbers at the end are the answer.
        const bool quiet = o_.csv == "-" || o_.json == "-" || o_.jsonl == "-" || (expected && written.empty());
        return quiet ? std::string() : answer_words(data, written);
    }

    api::ShuffleOptions shuffle_of(std::uint64_t seed) const { return {seed, o_.block, o_.fraction, o_.along}; }

    void fill(api::ReportData& data, const Prepared& prepared, const LoadedModel& model, const Trace& trace) const {
        data.file = prepared.file;
        data.model = info_of(model, prepared.input->layout());
        data.predictions = predictions_of(trace.logits, model.info.labels);
        int most_heads = 1;
        for (std::size_t k = 0; k < trace.cross.size(); ++k) {
            data.timings.cross_attend.push_back(trace.cross[k].milliseconds);
            for (const auto& block : trace.blocks[k]) data.timings.latent.push_back(block.milliseconds);
            most_heads = std::max(most_heads, model.info.stages[k].cross.heads);
            if (o_.map.empty() && o_.report.empty()) continue;
            const auto values =
                inspect::map(trace, static_cast<int>(k), o_.head, o_.latent, to_inspect(o_.scale), cancel_);
            data.maps.push_back(map_of(values, trace.input->layout(), o_.scale));
        }
        data.map_words = map_words(o_, model.info.latents, most_heads);
        data.timings.encode = prepared.encode_ms;
    }

    void shuffle(api::ReportData& data, const MediaFile& file, const Prepared& prepared, const LoadedModel& model,
                 const std::optional<Class>& expected) {
        const Trace baseline = model.perceiver.forward(prepared.input, Attend::dense, cancel_);
        const int last = static_cast<int>(baseline.cross.size()) - 1;
        for (const auto arm : arms_of(*prepared.input, o_.arms))
            data.permutations.push_back(
                permute(model, prepared, baseline, shuffle_of(*o_.permute), arm, last, cancel_));
        std::optional<RivalRound> round;
        if (o_.rivals) {
            const RivalsPtr rivals = rivals_.load(cancel_);
            check_rivals(*rivals, file, model.info);
            round.emplace(rivals, file, cancel_);
            for (auto& run : data.permutations) run.rivals = round->ask(run.shuffle, run.arm, cancel_);
        }
        if (tries()) trials_.run({model, prepared, baseline, round ? &*round : nullptr, expected}, cancel_);
    }

    bool tries() const { return o_.seeds > 1 || !o_.csv.empty(); }

    std::vector<std::string> write_pictures(const api::ReportData& data, const std::string& suffix) const {
        std::vector<std::string> written;
        if (!o_.map.empty()) {
            std::vector<api::Map> maps = data.maps;
            if (o_.cross_attend >= static_cast<int>(maps.size()))
                throw Error(ErrorCode::no_fit,
                            text("There is no cross-attend %d: the model has %zu.", o_.cross_attend + 1, maps.size()));
            if (o_.cross_attend >= 0) maps = {data.maps[static_cast<std::size_t>(o_.cross_attend)]};
            written = write_maps(maps, data.file, with_suffix(o_.map, suffix));
        }
        if (!o_.report.empty()) {
            written.push_back(with_suffix(o_.report, suffix));
            writer_.report(data, written.back());
        }
        return written;
    }

    void tell(const ordered_json& findings) {
        if (!lines_) return findings_.push_back(findings.dump(2));
        try {
            lines_->append(findings.dump());
        } catch (const Error&) {
            lines_are_broken_ = true;
            throw;
        }
    }

    std::string lab(const Input& input, const Prepared& prepared, const LoadedModel& model, const LabResult& result) {
        std::string words =
            input.path + ", " + model.info.id +
            text(": %lld elements of %lld channels, %d latents of %d\n",
                 static_cast<long long>(prepared.input->elements()), static_cast<long long>(prepared.input->channels()),
                 model.info.latents, model.info.latent_channels) +
            result.words;
        if (!o_.map.empty())
            for (const auto& path : write_maps({*result.map}, prepared.file, with_suffix(o_.map, input.suffix)))
                words += "  wrote " + path + "\n";
        ordered_json out = json_heading();
        out["file"] = file_json(prepared.file);
        out["model"] = model_json(model.info);
        out["input"] = {{"elements", prepared.input->elements()},
                        {"channels", prepared.input->channels()},
                        {"layout", layout_json(prepared.file)}};
        out[o_.lab == api::Lab::cost ? "cost" : o_.lab == api::Lab::senses ? "senses" : "positions"] = result.json;
        findings_.push_back(out.dump(2));
        return o_.json == "-" ? std::string() : words;
    }

    /// What is said of all files together; false when something of it could not be written.
    bool write_results() {
        const bool one = inputs_.files.size() == 1;
        const bool together = inputs_.folders || lines_ || (tries() && !one);
        if (!o_.json.empty() && (together || done_ > 0) && !written(o_.json, [&] {
                const std::string found = together ? folder_json(lines_ ? nullptr : &findings_, score_)
                                          : one    ? findings_.front() : json_list(findings_);
                write_json(tries() ? with_trials(found, trials_.result()) : found);
            })) return false;
        if (tries() && !write_trials()) return false;
        if (score_.empty()) {
            return o_.confusion.empty() || written(o_.confusion, [] {
                       throw Error(ErrorCode::no_fit,
                                   "No folder is named after a class of the model, so there is no confusion matrix.");
                   });
        }
        api::Confusion confusion = score_.confusion();
        for (const auto& given : o_.inputs) confusion.title += (confusion.title.empty() ? "" : ", ") + given;
        for (const auto& model : models_) confusion.model += (confusion.model.empty() ? "" : ", ") + model;
        if (o_.json != "-" && o_.jsonl != "-" && o_.csv != "-") print(score_words(confusion));
        return o_.confusion.empty() || written(o_.confusion, [&] {
            writer_.confusion(confusion, o_.confusion);
            if (o_.json != "-" && o_.jsonl != "-" && o_.csv != "-") print("wrote " + o_.confusion + "\n");
        });
    }

    bool write_trials() {
        if (o_.json != "-" && o_.csv != "-") print(trials_words(trials_.result()));
        if (o_.csv.empty()) return true;
        const std::string csv = api::to_csv(trials_.result());
        if (o_.csv == "-") return print(csv), true;
        return written(o_.csv, [&] { write_file(o_.csv, csv.data(), csv.size()); });
    }

    template <class Write>
    bool written(const std::string& path, Write write) {
        try {
            write();
            return true;
        } catch (const Error& error) {
            fail(path, error);
            first_failure_ = error.code;
            return false;
        }
    }

    void write_json(const std::string& json) const {
        if (o_.json != "-") return write_file(o_.json, (json + "\n").data(), json.size() + 1);
        print(json + "\n");
    }

    const api::HeadlessOptions& o_;
    const api::ReportWriter& writer_;
    ModelLibrary& library_;
    RivalLibrary& rivals_;
    const Limits& limits_;
    const CancelToken& cancel_;

    Inputs inputs_;
    std::unique_ptr<JsonlFile> lines_;
    bool lines_are_broken_ = false;
    std::vector<std::string> findings_;
    Score score_;
    Trials trials_;
    std::set<std::string> models_;
    std::vector<std::size_t> no_media_;   ///< by folder named
    std::size_t done_ = 0, failed_ = 0, skipped_ = 0;
    ErrorCode first_failure_{};
};

}  // namespace

int Session::headless(const api::HeadlessOptions& options, const api::ReportWriter& writer,
                      const std::function<bool()>& cancelled) {
    const CancelToken cancel;
    // The caller's flag is a function (a signal handler's variable behind it); work looks at the token.
    std::jthread watcher([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (cancelled && cancelled()) cancel.cancel();
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    });
    try {
        return Run(options, writer, library_, rivals_, limits_, cancel).run();
    } catch (...) {
        const Error error = as_error(std::current_exception(), ErrorCode::unreadable_model);
        // What went wrong before the first input is the model's, or a result's that names itself.
        if (error.code == ErrorCode::unreadable_model && !options.model.empty())
            complain(options.model, error.sentence());
        else std::fprintf(stderr, "perceiverscope: %s\n", error.sentence());
        return static_cast<int>(error.code);
    }
}

}  // namespace perceiver::engine
