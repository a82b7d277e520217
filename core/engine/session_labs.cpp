// Session's answers for the labs Positions and Cost: arithmetic on what is there already.
#include "engine/lab.h"
#include "engine/session_answer.h"

namespace perceiver::engine {

void Session::ask(api::PositionsRequest request) {
    answer(inspector_, positions_slot, request,
           [](const Done& done, const api::PositionsRequest& r, const CancelToken&) {
               return api::PositionsReady{r, positions_of(*done.model, done.prepared, r.element)};
           });
}

void Session::ask(api::CostRequest request) {
    answer(inspector_, cost_slot, request, [](const Done& done, const api::CostRequest& r, const CancelToken&) {
        return api::CostReady{r, cost_of(*done.model, done.trace)};
    });
}

}  // namespace perceiver::engine
