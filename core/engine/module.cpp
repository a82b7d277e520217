// The door of perceiverscope-engine.so.
#include "engine/session.h"

extern "C" __attribute__((visibility("default"))) perceiver::api::Engine* perceiverscope_create_engine(
    const perceiver::api::EngineOptions& options, perceiver::api::Sink sink) {
    return new perceiver::engine::Session(options, std::move(sink));
}
