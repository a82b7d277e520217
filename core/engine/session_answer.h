// How a Session answers questions: on a worker, from the newest finished job, unless a newer question of that kind
// came. Included by the files that Session is written in, no other.
#pragma once

#include <c10/core/InferenceMode.h>

#include "engine/errors.h"
#include "engine/session.h"

namespace perceiver::engine {

template <class Request, class Read>
void Session::look(std::optional<Worker>& worker, Slot slot, Request request, ErrorCode otherwise, Read read) {
    worker->post(slot, [this, request, otherwise, read, cancel = renew(slot)] {
        const DonePtr done = done_for(request.job);
        if (!done) return;
        try {
            cancel.check();
            read(*done, request, cancel);
        } catch (...) {
            const Error error = as_error(std::current_exception(), otherwise);
            if (error.code != ErrorCode::cancelled) emit(api::Failed{request.job, "", error.code, error.sentence()});
        }
    });
}

template <class Request, class Answer>
void Session::answer(std::optional<Worker>& worker, Slot slot, Request request, Answer answer) {
    const auto read = [this, answer](const Done& done, const Request& r, const CancelToken& cancel) {
        const c10::InferenceMode guard;
        const auto event = answer(done, r, cancel);
        if (!cancel.cancelled()) emit(event);
    };
    look(worker, slot, request, ErrorCode::no_fit, read);
}

}  // namespace perceiver::engine
