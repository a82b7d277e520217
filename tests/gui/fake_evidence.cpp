// What the made-up engine answers about why: likeness of latents, evidence, curves, an answer without some elements.
#include <cmath>
#include <cstdlib>

#include "fake_engine.h"

namespace perceiver::ui::test {

void FakeEngine::answer(const api::LikenessRequest& r) {
    api::LatentLikeness out;
    const int n = modelOf(r.job).latents;
    for (int i = 0; i < n && r.latent >= 0; ++i) out.to_one.push_back(1.0F / float(1 + std::abs(i - r.latent)));
    for (const int parity : {0, 1})
        for (int i = parity; i < n; i += 2) out.order.push_back(i);
    for (int i = 0; i < n; ++i) out.cluster.push_back(i % 2);
    sink_(api::LikenessReady{r, std::move(out)});
}

void FakeEngine::answer(const api::EvidenceRequest& r) {
    for (const auto kind : r.kinds) {
        api::EvidenceMap e;
        e.kind = kind;
        e.target = kind == api::Evidence::relevance ? r.target : -1;
        e.map =
            makeMap(r.job, 0, kind == api::Evidence::relevance ? r.target : api::all_latents, api::Scale::probability);
        sink_(api::EvidenceReady{r.request, r.job, e});
    }
}

void FakeEngine::answer(const api::CurvesRequest& r) {
    api::EvidenceCurves c;
    c.target = r.target;
    for (int i = 0; i <= 10; ++i) {
        const double f = i / 10.0;
        c.fraction.push_back(f);
        c.deletion.push_back(0.9 * (1 - f) * (1 - f) + 0.05);
        c.insertion.push_back(0.9 * std::sqrt(f) + 0.05);
        c.random_deletion.push_back(0.9 * (1 - f * f) + 0.05);
        c.random_insertion.push_back(0.9 * f * f + 0.05);
    }
    c.deletion_area = 0.35;
    c.insertion_area = 0.65;
    c.random_deletion_area = 0.65;
    c.random_insertion_area = 0.35;
    sink_(api::CurvesReady{r.request, r.job, c});
}

void FakeEngine::answer(const api::WithoutRequest& r) {
    const int all = int(job(r.job).salience.size()), left = all - int(r.elements.size());
    sink_(api::WithoutReady{r.request, r.job, left, predictions(r.job, 5.0F * float(left) / float(all)), 3.0});
}

}  // namespace perceiver::ui::test
