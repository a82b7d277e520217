#include "engine/session.h"

#include <ATen/ops/nan_to_num.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <filesystem>
#include <thread>

#include "engine/errors.h"
#include "engine/fetch_line.h"
#include "perceiver/products.h"
#include "perceiver/separable_kernel.h"

namespace perceiver::engine {
namespace {

namespace fs = std::filesystem;
constexpr double often_ms = 50;   ///< between two words on how far something has come

}  // namespace

std::string Session::Job::shown_name() const {
    const std::string name = std::filesystem::path(request.path).filename().string();
    return name.empty() ? request.path : name;
}

Session::Session(const api::EngineOptions& options, api::Sink sink)
    : threads_(options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()))),
      library_(options.resources.empty() ? PERCEIVERSCOPE_RESOURCES : options.resources, {},
               options.precision == api::Precision::bfloat16 ? Precision::bfloat16 : Precision::float32),
      sink_(std::move(sink)) {
    set_threads(threads_);
    if (!sink_) return;   // no one to tell: headless and what returns something
    // OpenMP keeps the number of threads for each thread that asks.
    const auto setup = [threads = threads_] { set_threads(threads); };
    decoder_.emplace(setup);
    fetcher_.emplace([] {});
    runner_.emplace(setup);
    inspector_.emplace(setup);
    runner_->post(ready_slot, [this] { get_ready(); });
}

Session::~Session() {
    {
        const std::lock_guard lock(mutex_);
        if (current_) current_->cancel.cancel();
        for (const auto& cancel : slot_cancel_) cancel.cancel();
    }
    {
        const std::lock_guard lock(sink_mutex_);
        sink_ = nullptr;
    }
    for (auto* worker : {&decoder_, &fetcher_, &runner_, &inspector_})
        if (*worker) (*worker)->stop();
}

void Session::get_ready() {
    emit(api::Ready{library_.list(), kernels(), threads_});
    try {
        // The first run plans its products and wakes LibTorch, some 0.1 s: done now, it isn't in the way of the first file.
        const ModelPtr model = library_.load("");
        const auto& image = model->perceiver.config().input.image;
        model->perceiver.forward(model->perceiver.make_input(at::zeros({image.height, image.width, image.channels})));
    } catch (const std::exception&) {
        // What is wrong with the default model is said when a file is opened with it.
    }
}

std::string Session::kernels() const {
    const std::string blas = blas_kernels();
    return "products: " + product_kernels() + "\nseparable attention: " + separable_kernel_target() +
           (blas.empty() ? "" : "\nBLAS under LibTorch: " + blas) + "\nthreads: " + std::to_string(threads_);
}

// ---- events ----

void Session::emit(const api::Event& event) {
    const std::lock_guard lock(sink_mutex_);
    if (sink_) sink_(event);
}

void Session::emit(Job& job, const api::Event& event, bool ends) {
    const std::lock_guard lock(sink_mutex_);
    if (ends ? job.ended.exchange(true) : job.ended.load()) return;
    if (sink_) sink_(event);
}

void Session::fail(Job& job, std::exception_ptr thrown, ErrorCode otherwise) {
    const Error error = as_error(std::move(thrown), otherwise);
    if (error.code == ErrorCode::cancelled) emit(job, api::Cancelled{job.id}, true);
    else emit(job, api::Failed{job.id, job.shown_name(), error.code, error.sentence()}, true);
}

// ---- one job: decode on one worker, the rest on another ----

api::JobId Session::open(api::OpenRequest request) {
    auto job = std::make_shared<Job>();
    job->request = std::move(request);
    JobPtr previous;
    {
        const std::lock_guard lock(mutex_);
        job->id = ++last_job_;
        previous = std::exchange(current_, job);
        if (previous) previous->cancel.cancel();
        slot_cancel_[permute_slot].cancel();
    }
    // Told at once, though its decoder or model may need a moment to notice: nothing of it will be heard any more.
    if (previous) emit(*previous, api::Cancelled{previous->id}, true);
    decoder_->post(run_slot, [this, job] { decode_job(job); });
    return job->id;
}

void Session::cancel(api::JobId id) {
    JobPtr job;
    {
        const std::lock_guard lock(mutex_);
        if (!current_ || current_->id != id) return;
        job = current_;
        job->cancel.cancel();
    }
    emit(*job, api::Cancelled{id}, true);
}

void Session::decode_job(const JobPtr& job) {
    try {
        job->cancel.check();
        if (!job->request.bytes && weights::looks_like_model(job->request.path))
            return runner_->post(run_slot, [this, job] { load_job(job); });
        auto decoded = std::make_shared<Decoded>(decode(job->request.path, job->request.bytes, false, limits_));
        job->cancel.check();
        const auto run = [this, job, decoded] {
            runner_->post(run_slot, [this, job, decoded] { run_job(job, *decoded); });
        };
        if (!library_.must_be_fetched(job->request.model)) return run();
        // What is shown can be asked about and shuffled while its successor's model is on its way.
        fetcher_->post(run_slot, [this, job, run] {
            try {
                library_.fetch(job->request.model, fetching(job->request.model, job->cancel));
                run();
            } catch (...) {
                fail(*job, std::current_exception(), ErrorCode::unreadable_model);
            }
        });
    } catch (...) {
        // A damaged model is recognised by its name alone, and what is wrong with it is for its own reader to say.
        if (!job->cancel.cancelled() && !job->request.bytes && weights::named_like_weights(job->request.path))
            return runner_->post(run_slot, [this, job] { load_job(job); });
        fail(*job, std::current_exception(), ErrorCode::unreadable_input);
    }
}

void Session::load_job(const JobPtr& job) {
    try {
        job->cancel.check();
        const ModelPtr model = library_.load(job->request.path, loading(job, job->request.path));
        emit(*job, api::ModelOpened{job->id, model->info}, true);
    } catch (...) {
        fail(*job, std::current_exception(), ErrorCode::unreadable_model);
    }
}

Fetching Session::loading(const JobPtr& job, const std::string& model) {
    Fetching out = fetching(model, job->cancel);
    out.hyperparameters = job->request.hyperparameters;
    fs::path named = fs::path(model).lexically_normal();
    if (!named.has_filename()) named = named.parent_path();
    out.loading = [this, job, name = named.filename().string(), told = Stopwatch()](const LoadProgress& at) mutable {
        if (told.milliseconds() < often_ms) return;
        told = Stopwatch();
        emit(*job, api::ModelProgress{job->id, name, at});
    };
    return out;
}

// ---- the hub ----

Fetching Session::fetching(const std::string& model, const CancelToken& cancel) {
    return {[this, model](const hub::Progress& p) {
                emit(api::FetchProgress{model, p.file, p.bytes, p.total, p.bytes_per_second, p.seconds_left()});
            },
            cancel};
}

api::ModelInfo Session::model_info(const std::string& id, const std::string& hyperparameters) const {
    FetchLine line;
    return library_.info(id, {[&](const hub::Progress& p) { line.show(p); }, {}, [&](const LoadProgress& p) { line.show(p); },
                              hyperparameters});
}

void Session::ask(api::PublishedRequest) {
    inspector_->post(published_slot, [this] {
        emit(api::PublishedReady{library_.published(), hub::settings_from_environment().cache.string()});
    });
}

void Session::fetch(api::FetchRequest request) {
    fetcher_->post(fetch_slot, [this, request, cancel = renew(fetch_slot)] {
        try {
            const std::string id = hub::parse_reference(request.model).text();
            emit(api::Fetched{request.model, library_.info(id, fetching(request.model, cancel))});
        } catch (...) {
            const Error error = as_error(std::current_exception(), ErrorCode::unreadable_model);
            emit(api::FetchFailed{request.model, error.code, error.sentence()});
        }
    });
}

void Session::cancel_fetch() {
    const std::lock_guard lock(mutex_);
    slot_cancel_[fetch_slot].cancel();
}

void Session::run_job(const JobPtr& job, const Decoded& decoded) {
    try {
        job->cancel.check();
        const Stopwatch since_load;
        auto done = std::make_shared<Done>();
        done->job = job->id;
        done->model = library_.load(job->request.model, loading(job, job->request.model));
        api::Timings timings;
        timings.load_model = since_load.milliseconds();
        job->cancel.check();
        done->prepared = encode(decoded, *done->model);
        timings.decode = decoded.decode_ms;
        timings.encode = done->prepared.encode_ms;
        emit(*job, api::Opened{job->id, done->prepared.file, info_of(*done->model, done->prepared.input->layout()), timings.decode, timings.encode});

        Observer observer;
        observer.cross_attend_done = [&](std::size_t stage, const Trace& trace) {
            const auto& cross = trace.cross[stage];
            const int k = static_cast<int>(stage);
            const at::Tensor mean =
                inspect::map(trace, k, inspect::all, inspect::all, inspect::Scale::probability, job->cancel);
            timings.cross_attend.push_back(cross.milliseconds);
            emit(*job, api::CrossAttendDone{job->id, k, map_of(mean, trace.input->layout(), api::Scale::probability),
                                            cross.milliseconds, cross.separable});
        };
        Stopwatch told;
        observer.layer_done = [&](std::size_t stage, std::size_t block, std::size_t layer) {
            if (told.milliseconds() < often_ms) return;
            told = Stopwatch();
            emit(*job, api::LatentLayerDone{job->id, static_cast<int>(stage), static_cast<int>(block), static_cast<int>(layer)});
        };
        observer.latent_block_done = [&](std::size_t stage, std::size_t block, const Trace& trace) {
            timings.latent.push_back(trace.blocks[stage][block].milliseconds);
            emit(*job, api::LatentBlockDone{job->id, static_cast<int>(stage), static_cast<int>(block),
                                            trace.blocks[stage][block].milliseconds});
        };
        done->trace = done->model->perceiver.forward(done->prepared.input, to_core(job->request.attend), job->cancel, observer);
        timings.total = job->since_open.milliseconds();
        const auto predictions = predictions_of(done->trace.logits, done->model->info.labels);
        {
            const std::lock_guard lock(mutex_);
            job->cancel.check();
            done_ = done;
        }
        emit(*job, api::Finished{job->id, predictions, timings}, true);
    } catch (...) {
        fail(*job, std::current_exception(), ErrorCode::unreadable_model);
    }
}

// ---- questions ----

CancelToken Session::renew(Slot slot) {
    const std::lock_guard lock(mutex_);
    slot_cancel_[slot].cancel();
    return slot_cancel_[slot] = CancelToken();
}

Session::DonePtr Session::done_for(api::JobId job) const {
    const std::lock_guard lock(mutex_);
    return done_ && done_->job == job ? done_ : nullptr;
}

template <class Request, class Answer>
void Session::answer(Slot slot, Request request, Answer answer) {
    inspector_->post(slot, [this, request, answer, cancel = renew(slot)] {
        const DonePtr done = done_for(request.job);
        if (!done) return;
        try {
            const c10::InferenceMode guard;
            const auto event = answer(*done, request, cancel);
            if (!cancel.cancelled()) emit(event);
        } catch (...) {
            const Error error = as_error(std::current_exception(), ErrorCode::no_fit);
            if (error.code != ErrorCode::cancelled) emit(api::Failed{request.job, "", error.code, error.sentence()});
        }
    });
}

void Session::ask(api::MapRequest request) {
    answer(map_slot, request, [](const Done& done, const api::MapRequest& r, const CancelToken& cancel) {
        const at::Tensor values = inspect::map(done.trace, r.cross_attend, r.head, r.latent, to_inspect(r.scale), cancel);
        return api::MapReady{r, map_of(values, done.trace.input->layout(), r.scale)};
    });
}

void Session::ask(api::GridRequest request) {
    answer(grid_slot, request, [](const Done& done, const api::GridRequest& r, const CancelToken& cancel) {
        const auto maps = inspect::latent_maps(done.trace, r.cross_attend, to_inspect(r.scale), r.max_side, cancel);
        const at::Tensor thumbs = maps.thumbs.contiguous(), flat = thumbs.flatten(1);
        const at::Tensor low = at::nan_to_num(flat.amin(1)).contiguous(), high = at::nan_to_num(flat.amax(1)).contiguous();
        const auto floats = [](const at::Tensor& t) {
            return std::vector<float>(t.data_ptr<float>(), t.data_ptr<float>() + t.numel());
        };
        auto grid = std::make_shared<api::LatentGrid>();
        grid->latents = static_cast<int>(thumbs.size(0));
        grid->rows = static_cast<int>(thumbs.size(1));
        grid->cols = static_cast<int>(thumbs.size(2));
        grid->scale = r.scale;
        grid->thumbs = floats(thumbs);
        grid->low = floats(low);
        grid->high = floats(high);
        grid->entropy_bits = floats(maps.entropy_bits.contiguous());
        return api::GridReady{r, std::move(grid)};
    });
}

void Session::ask(api::ElementRequest request) {
    answer(element_slot, request, [](const Done& done, const api::ElementRequest& r, const CancelToken& cancel) {
        const auto& trace = done.trace;
        api::ElementInfo info;
        info.element = r.element;
        const at::Tensor readers = inspect::reverse(trace, r.cross_attend, r.head, r.element, inspect::Scale::probability);
        const at::Tensor scores = inspect::reverse(trace, r.cross_attend, r.head, r.element, inspect::Scale::logit);
        cancel.check();
        const auto of = [&](const at::Tensor& t) {
            return r.latent == api::all_latents ? t.mean().item<float>() : t[r.latent].item<float>();
        };
        info.attention = of(readers);
        info.logit = of(scores);
        info.readers = inspect::largest(readers, 5);
        const auto cols = trace.input->layout().cols();
        info.row = static_cast<int>(r.element / cols);
        info.col = static_cast<int>(r.element % cols);
        const api::Picture& view = *done.prepared.file.view;   // the middle of the element's cell
        const std::int64_t x = (2 * info.col + 1) * view.width / (2 * cols);
        const std::int64_t y = (2 * info.row + 1) * view.height / (2 * trace.input->layout().rows());
        std::copy_n(view.rgb.begin() + 3 * (y * view.width + x), 3, info.rgb);
        return api::ElementReady{r, info};
    });
}

void Session::ask(api::PermuteRequest request) {
    runner_->post(permute_slot, [this, request, cancel = renew(permute_slot)] { permute_job(request, cancel); });
}

void Session::permute_job(const api::PermuteRequest& request, const CancelToken& cancel) {
    const DonePtr done = done_for(request.job);
    if (!done) return;
    try {
        if (baseline_.job != done->job)
            baseline_ = {done->job, inspect::answer_of(done->model->perceiver.forward(done->prepared.input, Attend::dense, cancel))};
        for (const api::Arm arm : request.arms) {
            auto result = permute(*done->model, done->prepared, baseline_.answer, request.seed, arm, cancel);
            cancel.check();
            emit(api::PermutationReady{request.request, request.job, std::move(result)});
        }
    } catch (...) {
        const Error error = as_error(std::current_exception(), ErrorCode::no_fit);
        if (error.code != ErrorCode::cancelled) emit(api::Failed{request.job, "", error.code, error.sentence()});
    }
}

}  // namespace perceiver::engine
