#include "train/run.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "train/finish.h"
#include "train/log.h"

namespace perceiver::train {
namespace {

namespace fs = std::filesystem;

/// The log of a run, one row every while; rows are of the steps since the row before.
class Log {
  public:
    Log(const fs::path& path, std::int64_t step) {
        const std::vector<std::string> kept = rows_up_to(path, step);
        file_.open(path, std::ios::trunc);
        file_ << LogRow::head << '\n';
        for (const auto& row : kept) file_ << row << '\n';
        check();
    }
    void add(const Pace& p, double loss, double accuracy, double images_per_second, bool with_held_out) {
        LogRow row{p.progress.step, p.progress.seconds, p.epochs, loss, accuracy, images_per_second, p.learning_rate,
                   {}};
        if (with_held_out) row.held_out = p.held_out;
        file_ << row.text();
        file_ << std::endl;
        check();
    }

  private:
    /// What a run that goes on from `step` had logged; later rows were of steps that are made again.
    static std::vector<std::string> rows_up_to(const fs::path& path, std::int64_t step) {
        std::vector<std::string> kept;
        std::ifstream before(path);
        std::string row;
        std::getline(before, row);
        while (std::getline(before, row))
            if (std::atoll(row.c_str()) <= step && !row.empty()) kept.push_back(row);
        return kept;
    }
    void check() {
        if (!file_)
            throw Error(ErrorCode::out_of_resources,
                        "The log can't be written: check the folder and the space left.");
    }
    std::ofstream file_;
};

/// Means over steps.
struct Sums {
    double loss = 0, accuracy = 0, seconds = 0;
    std::int64_t steps = 0;

    void add(const StepResult& r, double took) {
        loss += r.loss;
        accuracy += r.accuracy;
        seconds += took;
        ++steps;
    }
};

/// The last steps, the older the fainter.
struct Recent {
    double loss = 0, accuracy = 0, seconds = 0, weight = 0;

    void add(const StepResult& r, double took) {
        constexpr double keep = 0.97;
        const auto mix = [&](double& mean, double value) { mean = keep * mean + (1 - keep) * value; };
        mix(loss, r.loss);
        mix(accuracy, r.accuracy);
        mix(seconds, took);
        mix(weight, 1);
    }
};

Pace pace_of(const Trainer& t, const Recent& recent, double learning_rate, double held_out) {
    const Schedule& schedule = t.recipe().schedule;
    Pace p;
    p.progress = t.progress();
    p.loss = recent.loss / recent.weight;
    p.accuracy = recent.accuracy / recent.weight;
    const double step_seconds = recent.seconds / recent.weight;
    p.images_per_second = static_cast<double>(t.recipe().batch) / step_seconds;
    p.learning_rate = learning_rate;
    p.epochs = t.epochs();
    p.done = schedule.done(p.progress.step, p.progress.seconds);
    p.seconds_left = schedule.steps > 0 ? static_cast<double>(schedule.steps - p.progress.step) * step_seconds
                                        : std::max(0.0, schedule.seconds - p.progress.seconds);
    p.held_out = held_out;
    return p;
}

}  // namespace

Pace run(Trainer& trainer, const RunFolder& folder, const RunOptions& options) {
    if (trainer.finished())
        throw Error(ErrorCode::usage, "This run is over, at step " + std::to_string(trainer.progress().step) +
                                          "; more --steps or --minutes make it go on.");
    std::error_code failed;
    fs::create_directories(folder.folder, failed);
    if (failed)
        throw Error(ErrorCode::out_of_resources, "The folder can't be made: " + failed.message() + ".");
    Log log(folder.log(), trainer.progress().step);
    Recent recent;
    Sums sums;
    Pace pace;
    double saved = trainer.progress().seconds, logged = saved, measured = saved, held_out = -1;
    while (!trainer.finished()) {
        const double before = trainer.progress().seconds;
        const StepResult result = trainer.step();
        const double now = trainer.progress().seconds;
        recent.add(result, now - before);
        sums.add(result, now - before);
        const bool last = trainer.finished();
        const bool measure = trainer.held_out() > 0 && (last || now - measured >= options.held_out_seconds);
        if (measure) {
            held_out = trainer.held_out_accuracy();
            measured = now;
        }
        pace = pace_of(trainer, recent, result.learning_rate, held_out);
        if (options.pace) options.pace(pace);
        const bool stop = options.go_on && !options.go_on();
        if (last || stop || measure || now - logged >= options.log_seconds) {
            const auto n = static_cast<double>(sums.steps);
            log.add(pace, sums.loss / n, sums.accuracy / n,
                    n * static_cast<double>(trainer.recipe().batch) / sums.seconds, measure);
            sums = {};
            logged = now;
        }
        if (last || stop || now - saved >= options.checkpoint_seconds) {
            trainer.save(folder.checkpoint());
            saved = now;
        }
        if (stop && !last)
            throw Error(ErrorCode::cancelled, "Stopped at step " + std::to_string(pace.progress.step) +
                                                  "; --resume goes on from there.");
    }
    bundle_checkpoint(folder.checkpoint(), trainer.recipe(), options.version, folder.model());
    return pace;
}

}  // namespace perceiver::train
