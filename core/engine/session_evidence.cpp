// Session's answers to "why?": evidence and curves on a worker of their own, so that what the pointer asks is answered
// meanwhile; the model without some elements on the model worker.
#include "engine/explain.h"
#include "engine/session_answer.h"
#include "inspect/cluster.h"
#include "inspect/compare.h"
#include "inspect/score_reader.h"

namespace perceiver::engine {

/// Said now and then how far it is; `from` and `to`: the part of the whole that this step is.
Progress Session::explaining(api::RequestId request, api::JobId job, double from, double to) {
    return [this, request, job, from, to, told = Stopwatch()](double part) mutable {
        if (told.milliseconds() < often_ms) return;
        told = Stopwatch();
        emit(api::ExplainProgress{request, job, from + part * (to - from)});
    };
}

const Reference& Session::reference_of(const Done& done, Referred& kept, at::ScalarType type,
                                       const CancelToken& cancel) {
    if (kept.model != done.model) {
        kept = {};
        kept = {done.model, std::make_shared<const Reference>(library_.reference(*done.model, type, cancel))};
    }
    return *kept.reference;
}

void Session::ask(api::EvidenceRequest request) {
    look(explainer_, evidence_slot, request, ErrorCode::no_fit,
         [this](const Done& done, const api::EvidenceRequest& r, const CancelToken& cancel) {
             const double all = double(r.kinds.size());
             for (std::size_t i = 0; i < r.kinds.size(); ++i) {
                 const bool attention = r.kinds[i] == api::Evidence::attention;
                 if (r.kinds[i] == api::Evidence::relevance && done.model->info.head == "none") continue;
                 auto found = explain(attention ? nullptr : &reference_of(done, referred_, at::kFloat, cancel),
                                      done.trace, r.kinds[i], r.target, cancel,
                                      explaining(r.request, r.job, double(i) / all, double(i + 1) / all));
                 if (!cancel.cancelled()) emit(api::EvidenceReady{r.request, r.job, std::move(found)});
             }
         });
}

void Session::ask(api::CurvesRequest request) {
    answer(explainer_, curves_slot, request,
           [this](const Done& done, const api::CurvesRequest& r, const CancelToken& cancel) {
               return api::CurvesReady{
                   r.request, r.job,
                   curves(*done.model, done.prepared, r.values, r.target, cancel, explaining(r.request, r.job, 0, 1))};
           });
}

void Session::ask(api::LikenessRequest request) {
    answer(explainer_, likeness_slot, request,
           [](const Done& done, const api::LikenessRequest& r, const CancelToken& cancel) {
               const at::Tensor cosine = inspect::cosine_similarity(done.trace, r.cross_attend, cancel);
               api::LatentLikeness out;
               if (r.latent != api::all_latents) {
                   inspect::require_index(r.latent, cosine.size(0), "latent");
                   const at::Tensor row = cosine[r.latent].contiguous();
                   out.to_one.assign(row.data_ptr<float>(), row.data_ptr<float>() + row.numel());
               }
               auto grouped = inspect::clusters(cosine);
               out.order = std::move(grouped.order);
               out.cluster = std::move(grouped.of);
               return api::LikenessReady{r, std::move(out)};
           });
}

void Session::ask(api::WithoutRequest request) {
    answer(
        runner_, without_slot, request, [](const Done& done, const api::WithoutRequest& r, const CancelToken& cancel) {
            const Stopwatch watch;
            auto predictions = predictions_without(*done.model, done.prepared, r.elements, cancel);
            const auto left = static_cast<int>(done.prepared.input->elements()) - static_cast<int>(r.elements.size());
            return api::WithoutReady{r.request, r.job, left, std::move(predictions), watch.milliseconds()};
        });
}

void Session::stop_explaining() {
    for (const auto slot : {evidence_slot, curves_slot, without_slot}) renew(slot).cancel();
}

}  // namespace perceiver::engine
