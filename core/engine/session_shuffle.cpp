// Session's answers about shuffled input: the model's own, and what its rivals make of the same shuffle.
#include <filesystem>

#include "engine/inputs.h"
#include "engine/session_answer.h"
#include "engine/trials.h"

namespace perceiver::engine {

void Session::ask(api::PermuteRequest request) {
    runner_->post(permute_slot, [this, request, cancel = renew(permute_slot)] { permute_job(request, cancel); });
}

void Session::permute_job(const api::PermuteRequest& request, const CancelToken& cancel) {
    const DonePtr done = done_for(request.job);
    if (!done) return;
    try {
        if (baseline_.job != done->job)
            baseline_ = {done->job, done->model->perceiver.forward(done->prepared.input, Attend::dense, cancel)};
        if (request.cross_attend < 0 || request.cross_attend >= static_cast<int>(baseline_.trace.cross.size()))
            throw Error(ErrorCode::no_fit,
                        "There is no cross-attend " + std::to_string(request.cross_attend + 1) + ".");
        const Reference* exact = request.in_float64 ? &reference_of(*done, exact_, at::kDouble, cancel) : nullptr;
        for (const api::Arm arm : arms_of(*done->prepared.input, request.arms)) {
            auto result = permute(*done->model, done->prepared, baseline_.trace, request.shuffle, arm,
                                  request.cross_attend, cancel, exact);
            cancel.check();
            emit(api::PermutationReady{request.request, request.job, std::move(result)});
        }
    } catch (...) {
        const Error error = as_error(std::current_exception(), ErrorCode::no_fit);
        if (error.code != ErrorCode::cancelled) emit(api::Failed{request.job, "", error.code, error.sentence()});
    }
}

/// After the permutation itself, whose arms a person waits for.
void Session::ask(api::RivalsRequest request) {
    look(runner_, rivals_slot, request, ErrorCode::no_fit,
         [this](const Done& done, const api::RivalsRequest& r, const CancelToken& cancel) {
             try {
                 const RivalsPtr rivals = rivals_.load(cancel);
                 check_rivals(*rivals, *done.file, done.model->info);
                 const RivalRound round(rivals, *done.file, cancel);
                 for (const api::Arm arm : arms_of(*done.prepared.input, r.arms)) {
                     auto answers = round.ask(r.shuffle, arm, cancel);
                     cancel.check();
                     emit(api::RivalsReady{r, arm, std::move(answers), {}, {}});
                 }
             } catch (const Error& error) {
                 if (error.code == ErrorCode::cancelled) throw;
                 const bool picture = done.file->image.has_value();
                 emit(api::RivalsReady{r, api::Arm::travel, {}, error.sentence(),
                                       picture ? model_beside(rivals_.list(), library_.list()) : std::string()});
             }
         });
}

void Session::ask(api::TrialsRequest request) {
    trier_->post(trials_slot, [this, request, cancel = renew(trials_slot)] { trials_job(request, cancel); });
}

/// Files one after the other; one that can't be tried is left out, and the first says why.
void Session::trials_job(const api::TrialsRequest& request, const CancelToken& cancel) try {
    Trials trials(request.shuffle, request.seeds, request.arms);
    const auto inputs = list_inputs({request.path}, {}, cancel).files;
    api::TrialsResult& result = trials.result();
    result.files = static_cast<std::int64_t>(inputs.size());
    Stopwatch told;
    double tried = 0;
    const auto tell = [&](double part, bool end) { emit(api::TrialsReady{request.request, result, part, end, {}}); };
    for (const auto& input : inputs) {
        try {
            const MediaFilePtr file = open_media(input.path, {}, false, limits_, cancel);
            const std::string id =
                library_.model_for(file->info.kind, request.model, false, {{}, cancel, {}, request.hyperparameters});
            const ModelPtr model = library_.load(id, {{}, cancel, {}, request.hyperparameters});
            const Prepared prepared = encode(*file, *model, {}, cancel);
            const Trace baseline = model->perceiver.forward(prepared.input, Attend::dense, cancel);
            std::optional<RivalRound> round;
            if (request.rivals) try {
                    const RivalsPtr rivals = rivals_.load(cancel);
                    check_rivals(*rivals, *file, model->info);
                    round.emplace(rivals, *file, cancel);
                } catch (const Error& error) {
                    if (error.code == ErrorCode::cancelled) throw;
                    if (result.no_rivals.empty()) result.no_rivals = error.sentence();
                }
            trials.run(
                {*model, prepared, baseline, round ? &*round : nullptr, class_named(input.folders, model->info.labels)},
                cancel, [&](int seeds) {
                    if (told.milliseconds() < 2 * often_ms) return;
                    told = Stopwatch();
                    tell((tried + double(seeds) / request.seeds) / double(inputs.size()), false);
                });
        } catch (...) {
            const Error error = as_error(std::current_exception(), ErrorCode::unreadable_input);
            if (error.code == ErrorCode::cancelled) throw;
            if (!result.left_out++)
                result.why_left_out = std::filesystem::path(input.path).filename().string() + ": " + error.sentence();
        }
        ++tried;
    }
    cancel.check();
    tell(1, true);
} catch (...) {
    const Error error = as_error(std::current_exception(), ErrorCode::unreadable_input);
    if (error.code != ErrorCode::cancelled) emit(api::TrialsReady{request.request, {}, 0, true, error.sentence()});
}

void Session::ask(api::ComparisonRequest) {
    inspector_->post(comparison_slot, [this] { emit(api::ComparisonReady{comparison()}); });
}

}  // namespace perceiver::engine
