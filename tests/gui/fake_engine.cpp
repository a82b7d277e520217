#include "fake_engine.h"

#include "engine/api/thumbnail.h"

#include <QFileInfo>
#include <QImage>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace perceiver::ui::test {

namespace {

float noise(std::uint32_t seed) {  // 0..1, the same for the same seed
    seed ^= seed >> 16;
    seed *= 0x7feb352dU;
    seed ^= seed >> 15;
    seed *= 0x846ca68bU;
    seed ^= seed >> 16;
    return float(seed & 0xffffffU) / float(0x1000000);
}

api::PicturePtr toPicture(const QImage& source) {
    const QImage image = source.convertToFormat(QImage::Format_RGB888);
    auto picture = std::make_shared<api::Picture>();
    picture->width = image.width();
    picture->height = image.height();
    picture->rgb.resize(std::size_t(3 * image.width() * image.height()));
    for (int y = 0; y < image.height(); ++y)
        std::copy_n(image.constScanLine(y), 3 * image.width(),
                    picture->rgb.begin() + std::ptrdiff_t(3) * y * image.width());
    return picture;
}

/// The film as if its window began there.
void moveWindow(api::FileInfo& file, double start) {
    auto film = std::make_shared<api::FilmInfo>(*file.film);
    const double by = start - film->start;
    film->start = start;
    for (double& time : film->times) time += by;
    for (auto& part : file.parts) part.start += by;
    file.film = std::move(film);
}

}  // namespace

api::ModelInfo makeModel(const FakeModel& f) {
    api::ModelInfo m;
    m.id = "image-photos-fourier";
    m.title = "Ten kinds of small photographs";
    m.summary = "A 2021 Perceiver with Fourier positions that tells ten kinds of photographs apart.";
    m.knows = "airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck";
    m.does_not_know = "Anything else: it will name one of its ten classes whatever it is shown.";
    m.data = "CIFAR-10, original training split";
    m.recipe = "AdamW, 100 epochs, flips and crops";
    m.test_split = "full test split";
    m.positions = "Fourier features, 16 bands, max resolution 32";
    m.sha256 = "5f2b4e0c9a7d13685f2b4e0c9a7d1368";
    m.accuracy = 0.713;
    m.accuracy_low = 0.704;
    m.accuracy_high = 0.722;
    m.accuracy_n = 10'000;
    m.parameters = 1'234'567;
    m.file_bytes = 2'480'000;
    m.classes = f.classes;
    m.input_rows = m.input_cols = f.side;
    m.input_elements = f.side * f.side;
    m.input_words = std::to_string(f.side) + " x " + std::to_string(f.side) + " pixels";
    m.reads = "image";
    m.runs_over = {api::Kind::image, api::Kind::video};
    m.token_channels = 69;
    m.latents = f.latents;
    m.latent_channels = 192;
    for (int k = 0; k < f.stages; ++k)
        m.stages.push_back({{k == 0 ? 0 : 1, k < 2 ? -1 : 1, 1, 69, 69}, {{0, k == 0 ? -1 : 0, 6, 8}}});
    const char* const names[] = {"dog",  "horse",    "cat",  "deer",  "bird",
                                 "frog", "airplane", "ship", "truck", "automobile"};
    for (int i = 0; i < f.classes; ++i) m.labels.push_back(i < 10 ? names[i] : "class " + std::to_string(i));
    return m;
}

FakeEngine::FakeEngine(api::Sink sink, std::vector<api::ModelInfo> models)
    : onOpen([this](api::JobId id) { play(id); }), sink_(std::move(sink)), models_(std::move(models)) {
    for (const char* name : {"fourier", "conv", "learned"})
        onTheHub.push_back({std::string("hub:deepmind/vision-perceiver-") + name,
                            std::string("Pictures, ") + name, "1,000 ImageNet classes", "pictures",
                            "Apache-2.0", 194'000'000, false});
    sink_(api::Ready{models_, "none", 2});
}

// ---- the script ----

void FakeEngine::play(api::JobId id) {
    const QString name = QString::fromStdString(opened.at(id).path);
    if (!opened.at(id).bytes && !medium && QImage(name).isNull())
        return sendFailed(id, "This is not a picture the program can read.");
    sendOpened(id);
    for (int k = 0; k < int(modelOf(id).stages.size()); ++k) sendCrossAttend(id, k);
    sendFinished(id);
}

void FakeEngine::sendModelProgress(api::JobId id, const LoadProgress& at) {
    sink_(api::ModelProgress{id, QFileInfo(QString::fromStdString(opened.at(id).path)).fileName().toStdString(), at});
}

void FakeEngine::sendModelOpened(api::JobId id, api::ModelInfo model) {
    model.id = model.path = opened.at(id).path;
    models_.push_back(model);
    sink_(api::ModelOpened{id, model});
}

void FakeEngine::sendOpened(api::JobId id) { sink_(api::Opened{id, job(id).file, shapeOf(id), 6.2, 1.9}); }

/// The model as it reads the job's file.
api::ModelInfo FakeEngine::shapeOf(api::JobId id) {
    api::ModelInfo model = modelOf(id);
    if (job(id).file.kind == api::Kind::image) return model;
    model.input_rows = 1;
    model.input_cols = model.input_elements = int(job(id).salience.size());
    return model;
}

void FakeEngine::sendCrossAttendOnly(api::JobId id, int index) {
    sink_(api::CrossAttendDone{id, index, makeMap(id, index, api::all_latents, api::Scale::probability), 3.9,
                               true});
}

void FakeEngine::sendLayer(api::JobId id, int stage, int block, int layer) {
    sink_(api::LatentLayerDone{id, stage, block, layer});
}

void FakeEngine::sendCrossAttend(api::JobId id, int index) {
    sendCrossAttendOnly(id, index);
    sink_(api::LatentBlockDone{id, index, 0, 6.1});
}

void FakeEngine::sendFinished(api::JobId id) {
    const std::size_t stages = modelOf(id).stages.size();
    api::Timings t{0, 6.2, 1.9, 0, std::vector<double>(stages, 3.9), std::vector<double>(stages, 6.1)};
    t.total = t.decode + t.encode + 10.0 * double(stages);
    sink_(api::Finished{id, predictions(id, 5.0F), t});
}

void FakeEngine::sendFailed(api::JobId id, const std::string& sentence) {
    sink_(api::Failed{id, opened.at(id).path, ErrorCode::unreadable_input, sentence});
}

void FakeEngine::answer(const api::MapRequest& r) {
    sink_(api::MapReady{r, makeMap(r.job, r.cross_attend, r.latent, r.scale)});
}

void FakeEngine::answer(const api::GridRequest& r) {
    const api::ModelInfo& m = modelOf(r.job);
    auto grid = std::make_shared<api::LatentGrid>();
    grid->latents = m.latents;
    const bool picture = job(r.job).file.kind == api::Kind::image;
    const auto cells = api::thumbnail_cells(job(r.job).file, r.max_side);
    grid->rows = picture ? std::min(r.max_side, m.input_rows) : cells.rows;
    grid->cols = picture ? grid->rows : cells.cols;
    grid->scale = r.scale;
    for (int n = 0; n < m.latents; ++n) {
        const api::Map map = makeMap(r.job, r.cross_attend, n, r.scale);
        double entropy = 0;
        for (const float v : makeMap(r.job, r.cross_attend, n, api::Scale::probability).values)
            if (v > 0) entropy -= double(v) * std::log2(double(v));
        if (!picture) {
            const api::Map small = api::thumbnail(map, cells);
            grid->thumbs.insert(grid->thumbs.end(), small.values.begin(), small.values.end());
        }
        for (int y = 0; picture && y < grid->rows; ++y)
            for (int x = 0; x < grid->cols; ++x)
                grid->thumbs.push_back(map.values[std::size_t(y * map.rows / grid->rows * map.cols +
                                                              x * map.cols / grid->cols)]);
        grid->low.push_back(map.low);
        grid->high.push_back(map.high);
        grid->entropy_bits.push_back(float(entropy));
    }
    sink_(api::GridReady{r, grid});
}

void FakeEngine::answer(const api::ElementRequest& r) {
    api::ElementInfo e;
    e.element = r.element;
    e.row = r.element / shapeOf(r.job).input_cols;
    e.col = r.element % shapeOf(r.job).input_cols;
    e.attention = valueOf(r.job, r.cross_attend, r.latent, api::Scale::probability, r.element);
    e.logit = valueOf(r.job, r.cross_attend, r.latent, api::Scale::logit, r.element);
    e.readers = {{7, 0.02F}, {12, 0.015F}, {40, 0.01F}, {3, 0.009F}, {1, 0.008F}};
    const api::ModelInfo& m = modelOf(r.job);
    for (std::size_t k = 0; k < m.stages.size(); ++k) {
        e.reading.emplace_back(std::size_t(m.latents), 0.001F);
        for (const auto& [latent, attention] : e.readers)
            if (latent < m.latents) e.reading.back()[std::size_t(latent)] = attention;
    }
    sink_(api::ElementReady{r, e});
}

void FakeEngine::answer(const api::PermuteRequest& r) {
    for (const api::Arm arm : r.arms) {
        const auto& has = job(r.job).file.arms;
        if (std::find(has.begin(), has.end(), arm) == has.end()) continue;
        if (!job(r.job).file.view) {
            const bool stays = arm == api::Arm::stay;
            api::PermutationResult result;
            result.arm = arm;
            result.shuffle = r.shuffle;
            result.predictions = predictions(r.job, stays ? 0.4F : 5.0F);
            result.largest_logit_difference = stays ? 6.2 : 2.9e-6;
            if (const auto& sound = job(r.job).file.sound) {
                result.sound = sound->samples;
                result.spectrogram = std::make_shared<api::Spectrogram>(sound->spectrogram);
            }
            sink_(api::PermutationReady{r.request, r.job, result});
            continue;
        }
        const api::Picture& view = *job(r.job).file.view;
        auto shuffled = std::make_shared<api::Picture>(view);
        std::vector<int> order(std::size_t(view.width * view.height));
        std::iota(order.begin(), order.end(), 0);
        for (std::size_t i = order.size() - 1; i > 0; --i)
            std::swap(order[i], order[std::size_t(noise(std::uint32_t(r.shuffle.seed * 7919 + i)) * float(i + 1))]);
        for (std::size_t i = 0; i < order.size(); ++i)
            std::copy_n(view.rgb.begin() + std::ptrdiff_t(3) * order[i], 3,
                        shuffled->rgb.begin() + std::ptrdiff_t(3 * i));
        api::PermutationResult result;
        result.arm = arm;
        result.shuffle = r.shuffle;
        result.input = shuffled;
        if (job(r.job).file.film) result.frames.assign(job(r.job).file.film->view.size(), shuffled);
        result.predictions = predictions(r.job, 5.0F);
        result.largest_logit_difference = 2.9e-6;
        result.milliseconds = 4.1;
        if (r.shuffle.fraction == 0) result.nothing_moved = "Nothing moved: no part of it is shuffled.";
        result.from = order;
        if (r.in_float64) result.in_float64 = 2e-14;
        result.as_computed = result.put_back =
            makeMap(r.job, r.cross_attend, api::all_latents, api::Scale::probability);
        result.cross_attend = r.cross_attend;
        if (arm == api::Arm::stay) {
            result.predictions = predictions(r.job, 0.4F);
            if (result.predictions.size() > 1) std::swap(result.predictions[0].label, result.predictions[1].label);
            if (result.predictions.size() > 1) std::swap(result.predictions[0].index, result.predictions[1].index);
            result.largest_logit_difference = 6.2;
        }
        sink_(api::PermutationReady{r.request, r.job, result});
    }
}

float FakeEngine::soundAt(double seconds) {
    return 0.2F * float(std::sin((200 + 30 * seconds) * seconds * 6.2831853));
}

void FakeEngine::answer(const api::SoundRequest& r) {
    api::SoundReady ready{r, {}, false};
    const double length = job(r.job).file.sound ? job(r.job).file.sound->duration : 0;
    const auto count = std::llround(std::clamp(length - r.start, 0.0, r.seconds) * r.rate);
    ready.end = count < std::llround(r.seconds * r.rate);
    for (long long i = 0; i < count * r.channels; ++i)
        ready.samples.push_back(soundAt(r.start + double(i / r.channels) / r.rate));
    sink_(ready);
}

void FakeEngine::answer(const api::SoloRequest& r) {
    if (!job(r.job).file.sound) return;
    api::SoloReady ready{r, job(r.job).file.sound->samples, job(r.job).file.sound->rate};
    for (float& x : ready.samples) x /= 2;
    sink_(ready);
}

void FakeEngine::answer(const api::OutlineRequest& r) {
    const double length = job(r.job).file.sound ? job(r.job).file.sound->duration : 1;
    for (const bool complete : {false, true}) {
        const int bins = complete ? r.bins : r.bins / 2;
        std::vector<float> high;
        for (int i = 0; i < bins; ++i) high.push_back(0.2F + 0.6F * noise(std::uint32_t(i)));
        std::vector<float> low = high;
        for (float& x : low) x = -x;
        sink_(api::OutlineReady{r, low, high, length / r.bins, complete ? length : length / 2, complete});
    }
}

void FakeEngine::answer(const api::FramesRequest& r) {
    const auto& film = job(r.job).file.film;
    if (!film || film->frames.empty()) return;
    api::FramesReady ready{r, {}, {}, false};
    const double rate = r.rate > 0 ? r.rate : film->rate > 0 ? film->rate : 25;
    for (int i = 0; i < r.count; ++i) {
        const double time = r.start + i / rate;
        if (ready.end = film->duration > 0 && time >= film->duration; ready.end) break;
        ready.times.push_back(time);
        ready.frames.push_back(film->frames[std::size_t(time * rate) % film->frames.size()]);
    }
    sink_(ready);
}

void FakeEngine::sendPublished() {
    sink_(api::PublishedReady{onTheHub, "/home/someone/.cache/huggingface/hub"});
}

void FakeEngine::sendFetchProgress(const std::string& model, std::int64_t bytes, std::int64_t total) {
    sink_(
        api::FetchProgress{model, "model.safetensors", bytes, total, 12.3e6, double(total - bytes) / 12.3e6});
}

void FakeEngine::sendFetched(const std::string& model) {
    api::ModelInfo info = models_.front();
    info.id = model;
    models_.push_back(info);
    for (auto& published : onTheHub)
        if (published.id == model) published.here = true;
    sink_(api::Fetched{model, info});
}

void FakeEngine::sendFetchFailed(const std::string& model, ErrorCode code, const std::string& sentence) {
    sink_(api::FetchFailed{model, code, sentence});
}

// ---- api::Engine ----

api::JobId FakeEngine::open(api::OpenRequest request) {
    const api::JobId id = ++last_;
    opened.emplace(id, std::move(request));
    onOpen(id);
    return id;
}

void FakeEngine::cancel(api::JobId id) {
    cancelled.push_back(id);
    sink_(api::Cancelled{id});
}

void FakeEngine::ask(api::MapRequest r) {
    maps.push_back(r);
    if (answering) answer(r);
}
void FakeEngine::ask(api::GridRequest r) {
    if (answering) answer(r);
}
void FakeEngine::ask(api::ElementRequest r) {
    if (answering) answer(r);
}
void FakeEngine::ask(api::PermuteRequest r) {
    permutations.push_back(r);
    if (answering) answer(r);
}

void FakeEngine::ask(api::RivalsRequest r) {
    rivals.push_back(r);
    if (answering) answer(r);
}

void FakeEngine::ask(api::LikenessRequest r) {
    likenesses.push_back(r);
    if (answering) answer(r);
}
void FakeEngine::ask(api::EvidenceRequest r) {
    evidence.push_back(r);
    if (answering) answer(r);
}
void FakeEngine::ask(api::CurvesRequest r) {
    curves.push_back(r);
    if (answering) answer(r);
}
void FakeEngine::ask(api::WithoutRequest r) {
    without.push_back(r);
    if (answering) answer(r);
}

void FakeEngine::ask(api::SoundRequest r) {
    sounds.push_back(r);
    if (answering) answer(r);
}
void FakeEngine::ask(api::SoloRequest r) {
    solos.push_back(r);
    if (answering) answer(r);
}
void FakeEngine::ask(api::OutlineRequest r) {
    outlines.push_back(r);
    if (answering) answer(r);
}
void FakeEngine::ask(api::FramesRequest r) {
    frames.push_back(r);
    if (answering) answer(r);
}

// ---- made up from the picture ----

const api::ModelInfo& FakeEngine::modelOf(api::JobId id) const {
    const std::string& wanted = opened.at(id).model;
    for (const api::ModelInfo& m : models_)
        if (m.id == wanted) return m;
    return models_.front();
}

const FakeEngine::Job& FakeEngine::job(api::JobId id) {
    const auto known = jobs_.find(id);
    if (known != jobs_.end()) return known->second;
    const api::OpenRequest& request = opened.at(id);
    const QString path = QString::fromStdString(request.path);
    const QImage picture =
        request.bytes ? QImage::fromData(request.bytes->data(), int(request.bytes->size())) : QImage(path);
    const api::ModelInfo& m = modelOf(id);
    Job made;
    if (medium && picture.isNull()) {
        made.file = *medium;
        made.file.path = request.path;
        made.file.name = QFileInfo(path).fileName().toStdString();
        if (made.file.film) moveWindow(made.file, std::max(0.0, request.start));
        int elements = 0;
        for (const auto& part : made.file.parts) elements += part.grid.count();
        made.salience.assign(std::size_t(elements), 0.3F);
        return jobs_.emplace(id, std::move(made)).first->second;
    }
    const int side = std::min(picture.width(), picture.height());
    made.file.path = request.path;
    made.file.name = QFileInfo(path).fileName().toStdString();
    made.file.format = "JPEG";
    made.file.width = picture.width();
    made.file.height = picture.height();
    made.file.picture = toPicture(picture);
    made.file.crop_x = (picture.width() - side) / 2;
    made.file.crop_y = (picture.height() - side) / 2;
    made.file.crop_width = made.file.crop_height = side;
    const QImage view =
        picture.copy(int(made.file.crop_x), int(made.file.crop_y), side, side)
            .scaled(m.input_cols, m.input_rows, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    made.file.view = toPicture(view);
    api::InputPart part;
    part.grid = {1, m.input_rows, m.input_cols};
    made.file.parts = {part};
    made.file.largest_tile = {m.input_rows / 2, 0, 0};
    for (int y = 0; y < m.input_rows; ++y)
        for (int x = 0; x < m.input_cols; ++x) {
            const int right = std::min(x + 1, m.input_cols - 1), below = std::min(y + 1, m.input_rows - 1);
            const int here = qGray(view.pixel(x, y));
            made.salience.push_back(float(std::abs(here - qGray(view.pixel(right, y))) +
                                          std::abs(here - qGray(view.pixel(x, below)))) /
                                    160.0F);
        }
    return jobs_.emplace(id, std::move(made)).first->second;
}

api::Map FakeEngine::makeMap(api::JobId id, int crossAttend, int latent, api::Scale scale) {
    const Job& j = job(id);
    const api::ModelInfo m = shapeOf(id);
    api::Map map;
    map.rows = m.input_rows;
    map.cols = m.input_cols;
    map.scale = scale;
    const auto seed = std::uint32_t(crossAttend * 7919 + latent * 104'729 + 17);
    const float cx = latent < 0 ? 0.5F : noise(seed), cy = latent < 0 ? 0.5F : noise(seed + 1);
    const float reach = latent < 0 ? 0.35F : 0.08F + 0.2F * noise(seed + 2);
    double sum = 0;
    for (int y = 0; y < map.rows; ++y)
        for (int x = 0; x < map.cols; ++x) {
            const float dx = (float(x) + 0.5F) / float(map.cols) - cx,
                        dy = (float(y) + 0.5F) / float(map.rows) - cy;
            const float near = std::exp(-(dx * dx + dy * dy) / (reach * reach));
            const float wave = 0.5F + 0.5F * std::sin(float(x) * 0.9F) * std::sin(float(y) * 0.7F);
            float salience = 0;  // blurred: attention of a trained model is no edge detector
            for (int v = std::max(0, y - 1); v <= std::min(map.rows - 1, y + 1); ++v)
                for (int u = std::max(0, x - 1); u <= std::min(map.cols - 1, x + 1); ++u)
                    salience += std::min(1.0F, j.salience[std::size_t(v * map.cols + u)]) / 5.0F;
            const float score = crossAttend == 0 && latent < 0 ? wave + near + 0.3F * salience
                                                               : 2.4F * near * (0.5F + salience) +
                                                                     0.5F * salience * float(1 + crossAttend);
            map.values.push_back(score);
            sum += std::exp(double(score));
        }
    if (scale == api::Scale::probability)
        for (float& v : map.values) v = float(std::exp(double(v)) / sum);
    const auto [low, high] = std::minmax_element(map.values.begin(), map.values.end());
    map.low = *low;
    map.high = *high;
    return map;
}

float FakeEngine::valueOf(api::JobId id, int crossAttend, int latent, api::Scale scale, int element) {
    return makeMap(id, crossAttend, latent, scale).values[std::size_t(element)];
}

std::vector<api::Prediction> FakeEngine::predictions(api::JobId id, float best) const {
    const api::ModelInfo& m = modelOf(id);
    std::vector<api::Prediction> all;
    double sum = 0;
    for (int i = 0; i < m.classes; ++i) {
        const float logit = i == 0 ? best : 1.6F - 0.4F * float(i);
        all.push_back({m.labels[std::size_t(i)], i, 0, logit});
        sum += std::exp(double(logit));
    }
    for (api::Prediction& p : all) p.probability = float(std::exp(double(p.logit)) / sum);
    if (answersNaN)
        for (api::Prediction& p : all) p.probability = p.logit = std::numeric_limits<float>::quiet_NaN();
    if (!answersNaN) std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.logit > b.logit; });
    return all;
}

}  // namespace perceiver::ui::test
