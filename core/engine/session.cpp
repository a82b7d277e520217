#include "engine/session_answer.h"

#include <ATen/Context.h>
#include <ATen/ops/zeros.h>
#include <filesystem>
#include <span>
#include <thread>

#include "engine/api/thumbnail.h"
#include "engine/fetch_line.h"
#include "engine/solo.h"
#include "perceiver/products.h"
#include "perceiver/separable_kernel.h"

namespace perceiver::engine {
namespace {

namespace fs = std::filesystem;

/// What the model sees in the middle of an element's cell; black of what is no picture.
void colour_of(const api::FileInfo& file, int element, std::uint8_t rgb[3]) {
    for (const auto& part : file.parts) {
        const std::int64_t at = element - part.first;
        if (part.label || at < 0 || at >= part.grid.count() ||
            (part.kind != api::Kind::image && part.kind != api::Kind::video))
            continue;
        const std::int64_t cols = part.grid.cols, rows = part.grid.rows, frame = at / (rows * cols);
        const api::PicturePtr& view =
            part.kind == api::Kind::image
                ? file.view
                : file.film->view[static_cast<std::size_t>(
                      (2 * frame + 1) * static_cast<std::int64_t>(file.film->view.size()) / (2 * part.grid.frames))];
        const std::int64_t x = (2 * (at % cols) + 1) * view->width / (2 * cols);
        const std::int64_t y = (2 * (at / cols % rows) + 1) * view->height / (2 * rows);
        std::copy_n(view->rgb.begin() + 3 * (y * view->width + x), 3, rgb);
    }
}

}  // namespace

std::string Session::Job::shown_name() const {
    const std::string name = std::filesystem::path(request.path).filename().string();
    return name.empty() ? request.path : name;
}

Session::Session(const api::EngineOptions& options, api::Sink sink)
    : threads_(options.threads > 0 ? options.threads
                                   : std::max(1, static_cast<int>(std::thread::hardware_concurrency()))),
      library_(options.resources.empty() ? PERCEIVERSCOPE_RESOURCES : options.resources, options.limits,
               options.precision == api::Precision::bfloat16 ? Precision::bfloat16 : Precision::float32),
      rivals_(options.resources.empty() ? PERCEIVERSCOPE_RESOURCES : options.resources, options.limits),
      limits_(options.limits),
      sink_(std::move(sink)),
      playback_(limits_) {
    if (options.device == api::Device::cuda)
        throw Error(ErrorCode::out_of_resources,
                    at::hasCUDA() ? "The engine computes on the processor: leave --device cuda out."
                                  : "The LibTorch of this program has no CUDA: leave --device cuda out.");
    set_threads(threads_);
    if (!sink_) return;   // no one to tell: headless and what returns something
    // OpenMP keeps the number of threads for each thread that asks.
    const auto setup = [threads = threads_] { set_threads(threads); };
    decoder_.emplace(setup);
    fetcher_.emplace([] {});
    runner_.emplace(setup);
    inspector_.emplace(setup);
    explainer_.emplace(setup);
    trier_.emplace(setup);
    for (auto* worker : {&listener_, &outliner_, &viewer_}) worker->emplace([] {});
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
    for (auto* worker :
         {&decoder_, &fetcher_, &runner_, &inspector_, &explainer_, &trier_, &listener_, &outliner_, &viewer_})
        if (*worker) (*worker)->stop();
}

void Session::get_ready() {
    emit(api::Ready{library_.list(), kernels(), threads_});
    try {
        // The first run plans its products and wakes LibTorch, some 0.1 s: done now, it isn't in the way of the first
        // file.
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
        for (const auto slot : {permute_slot, rivals_slot, evidence_slot, curves_slot, without_slot})
            slot_cancel_[slot].cancel();
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
        const MediaFilePtr file = opened(*job);
        job->cancel.check();
        // Whether a named model runs over this kind is known when it is loaded: the model worker's.
        const auto run = [this, job, file](const std::string& model) {
            runner_->post(run_slot, [this, job, file, model] { run_job(job, file, model); });
        };
        const std::string model = job->request.model;
        if (!library_.must_be_fetched(model)) return run(model);
        // What is shown can be asked about and shuffled while its successor's model is on its way.
        fetcher_->post(run_slot, [this, job, run, model] {
            try {
                library_.fetch(model, fetching(model, job->cancel));
                run(model);
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

MediaFilePtr Session::opened(const Job& job) {
    const auto& request = job.request;
    if (request.bytes) return open_media(request.path, request.bytes, false, limits_, job.cancel);
    std::error_code ignored;
    const auto changed = fs::last_write_time(request.path, ignored);
    if (!kept_.file || kept_.path != request.path || kept_.changed != changed) {
        kept_ = {};
        kept_ = {request.path, changed, open_media(request.path, {}, false, limits_, job.cancel)};
    }
    return kept_.file;
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
    return library_.info(id, {[&](const hub::Progress& p) { line.show(p); },
                              {},
                              [&](const LoadProgress& p) { line.show(p); },
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

void Session::run_job(const JobPtr& job, const MediaFilePtr& file, const std::string& wanted) {
    try {
        job->cancel.check();
        const Stopwatch since_load;
        auto done = std::make_shared<Done>();
        done->job = job->id;
        std::optional<api::Kind> before;
        {
            const std::lock_guard lock(mutex_);
            if (done_) before = done_->file->info.kind;
        }
        const std::string id =
            library_.model_for(file->info.kind, wanted, job->request.or_default, loading(job, wanted), before);
        done->model = library_.load(id, loading(job, id));
        api::Timings timings;
        timings.load_model = since_load.milliseconds();
        job->cancel.check();
        done->file = file;
        done->prepared = encode(*file, *done->model, {job->request.start, job->request.pose}, job->cancel);
        timings.decode = file->decode_ms + done->prepared.decode_ms;
        timings.encode = done->prepared.encode_ms;
        emit(*job, api::Opened{job->id, done->prepared.file, info_of(*done->model, done->prepared.input->layout()),
                               timings.decode, timings.encode});

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
            emit(*job, api::LatentLayerDone{job->id, static_cast<int>(stage), static_cast<int>(block),
                                            static_cast<int>(layer)});
        };
        observer.latent_block_done = [&](std::size_t stage, std::size_t block, const Trace& trace) {
            timings.latent.push_back(trace.blocks[stage][block].milliseconds);
            emit(*job, api::LatentBlockDone{job->id, static_cast<int>(stage), static_cast<int>(block),
                                            trace.blocks[stage][block].milliseconds});
        };
        done->trace =
            done->model->perceiver.forward(done->prepared.input, to_core(job->request.attend), job->cancel, observer);
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

void Session::ask(api::MapRequest request) {
    answer(inspector_, map_slot, request, [](const Done& done, const api::MapRequest& r, const CancelToken& cancel) {
        const at::Tensor values =
            inspect::map(done.trace, r.cross_attend, r.head, r.latent, to_inspect(r.scale), cancel);
        return api::MapReady{r, map_of(values, done.trace.input->layout(), r.scale)};
    });
}

void Session::ask(api::GridRequest request) {
    answer(inspector_, grid_slot, request, [](const Done& done, const api::GridRequest& r, const CancelToken& cancel) {
        const auto cells = api::thumbnail_cells(done.prepared.file, r.max_side);
        const int size = cells.rows * cells.cols;
        const auto maps =
            inspect::latent_maps(done.trace, r.cross_attend, to_inspect(r.scale), cells.cell, size, cancel, r.head);
        const at::Tensor thumbs = maps.thumbs.contiguous();
        auto grid = std::make_shared<api::LatentGrid>();
        grid->latents = static_cast<int>(thumbs.size(0));
        grid->rows = cells.rows;
        grid->cols = cells.cols;
        grid->scale = r.scale;
        grid->thumbs.assign(thumbs.data_ptr<float>(), thumbs.data_ptr<float>() + thumbs.numel());
        const float* bits = maps.entropy_bits.data_ptr<float>();
        grid->entropy_bits.assign(bits, bits + grid->latents);
        for (auto at = grid->thumbs.begin(); at != grid->thumbs.end(); at += size) {
            const auto [low, high] = finite_range(std::span(at, at + size));
            grid->low.push_back(low);
            grid->high.push_back(high);
            api::fill_gaps(cells, &*at);
        }
        return api::GridReady{r, std::move(grid)};
    });
}

void Session::ask(api::ElementRequest request) {
    answer(inspector_, element_slot, request,
           [](const Done& done, const api::ElementRequest& r, const CancelToken& cancel) {
               const auto& trace = done.trace;
               api::ElementInfo info;
               info.element = r.element;
               const at::Tensor readers =
                   inspect::reverse(trace, r.cross_attend, r.head, r.element, inspect::Scale::probability);
               const at::Tensor scores =
                   inspect::reverse(trace, r.cross_attend, r.head, r.element, inspect::Scale::logit);
               cancel.check();
               const auto of = [&](const at::Tensor& t) {
                   return r.latent == api::all_latents ? t.mean().item<float>() : t[r.latent].item<float>();
               };
               info.attention = of(readers);
               info.logit = of(scores);
               info.readers = inspect::largest(readers, 5);
               for (std::size_t k = 0; k < trace.cross.size(); ++k) {
                   const at::Tensor all = inspect::reverse(trace, static_cast<int>(k), inspect::all, r.element,
                                                           inspect::Scale::probability)
                                              .contiguous();
                   info.reading.emplace_back(all.data_ptr<float>(), all.data_ptr<float>() + all.numel());
               }
               const auto shown = info_of(*done.model, trace.input->layout());
               info.row = r.element / shown.input_cols;
               info.col = r.element % shown.input_cols;
               colour_of(done.prepared.file, r.element, info.rgb);
               return api::ElementReady{r, info};
           });
}

void Session::ask(api::SoloRequest request) {
    answer(inspector_, solo_slot, request, [](const Done& done, const api::SoloRequest& r, const CancelToken& cancel) {
        const at::Tensor attention =
            inspect::map(done.trace, r.cross_attend, r.head, r.latent, inspect::Scale::probability, cancel);
        return api::SoloReady{r, solo(done.prepared.file, attention, cancel), done.prepared.file.sound->rate};
    });
}

// ---- playing ----

void Session::ask(api::SoundRequest request) {
    look(listener_, sound_slot, request, ErrorCode::unreadable_input,
         [this](const Done& done, const api::SoundRequest& r, const CancelToken& cancel) {
             emit(playback_.sound(done.file, r, cancel));
         });
}

void Session::ask(api::FramesRequest request) {
    look(viewer_, frames_slot, request, ErrorCode::unreadable_input,
         [this](const Done& done, const api::FramesRequest& r, const CancelToken& cancel) {
             emit(playback_.frames(done.file, r, cancel));
         });
}

void Session::ask(api::OutlineRequest request) {
    look(outliner_, outline_slot, request, ErrorCode::unreadable_input,
         [this](const Done& done, const api::OutlineRequest& r, const CancelToken& cancel) {
             playback_.outline(
                 done.file, r, [this](api::OutlineReady so_far) { emit(std::move(so_far)); }, cancel);
         });
}

}  // namespace perceiver::engine
