#include "media/audio.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>
#include <numeric>

#include "media/audio_reader.h"

namespace perceiver::media {
namespace {

constexpr int most_rate = 768'000;

// Calls `act` with memory that gives out told as a person understands it.
template <class Act>
auto within_memory(Act act) try {
    return act();
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for this sound.");
}

void check_piece(double seconds, int rate, int channels, const AudioInfo& info, const Limits& limits) {
    const double bytes = seconds * sizeof(float) * channels * std::max(rate, info.rate);
    if (bytes > static_cast<double>(limits.decoded_bytes))
        throw Error(ErrorCode::out_of_resources,
                    "A piece of sound this long takes " + std::to_string(static_cast<std::int64_t>(bytes)) +
                        " bytes; the limit is " + std::to_string(limits.decoded_bytes) + ".");
}

// An outline whose bins double in length whenever there are too many.
class Outline {
  public:
    Outline(int bins, std::int64_t samples_per_bin) : most_(bins), length_(samples_per_bin) {}

    void add(const std::vector<float>& samples, int channels) {
        const auto step = static_cast<std::size_t>(channels);
        for (std::size_t at = 0; at < samples.size(); at += step) {
            if (filled_ == 0) start_bin();
            auto& [low, high] = bins_.back();
            for (std::size_t c = 0; c < step; ++c) {
                low = std::min(low, samples[at + c]);
                high = std::max(high, samples[at + c]);
            }
            if (++filled_ == length_) filled_ = 0;
            ++seen_;
        }
    }
    void tell(Overview& overview, int rate) const {
        overview.bins = bins_;
        overview.seconds_per_bin = static_cast<double>(length_) / rate;
        overview.seconds = static_cast<double>(seen_) / rate;
    }

  private:
    void start_bin() {
        if (static_cast<int>(bins_.size()) == most_) {
            for (std::size_t i = 0; i + 1 < bins_.size(); i += 2)
                bins_[i / 2] = {std::min(bins_[i][0], bins_[i + 1][0]), std::max(bins_[i][1], bins_[i + 1][1])};
            const bool odd = bins_.size() % 2 != 0;
            if (odd) bins_[bins_.size() / 2] = bins_.back();
            filled_ = odd ? length_ : 0;
            bins_.resize((bins_.size() + 1) / 2);
            length_ *= 2;
            if (odd) return;
        }
        bins_.push_back({1, -1});
    }

    int most_;
    std::int64_t length_, filled_ = 0, seen_ = 0;
    std::vector<std::array<float, 2>> bins_;
};

}  // namespace

struct AudioFile::State {
    AudioReader reader;
};

AudioFile::AudioFile(Source source, const Limits& limits, const CancelToken& cancel)
    : state_(within_memory([&] {
          return std::make_unique<State>(State{AudioReader(std::move(source), limits, cancel)});
      })) {}
AudioFile::AudioFile(AudioFile&&) noexcept = default;
AudioFile& AudioFile::operator=(AudioFile&&) noexcept = default;
AudioFile::~AudioFile() = default;

const AudioInfo& AudioFile::info() const { return state_->reader.info(); }

Sound AudioFile::read(double start_seconds, double seconds, int rate, int channels, const CancelToken& cancel) {
    const AudioInfo& info = state_->reader.info();
    if (rate <= 0 || rate > most_rate || channels < 1 || channels > 2 || !(start_seconds >= 0) ||
        start_seconds > 1e9 || !(seconds >= 0))
        throw Error(ErrorCode::usage, "A piece of sound begins at 0 seconds or later and has 1 or 2 channels.");
    check_piece(seconds, rate, channels, info, state_->reader.limits());
    return within_memory([&] {
        // Resampling begins at a sample that both rates share, far enough ahead for the filter to have settled:
        // the same samples come out as of the whole.
        const std::int64_t common = std::gcd(info.rate, rate), in_step = info.rate / common,
                           out_step = rate / common;
        const std::int64_t first = std::llround(start_seconds * rate), count = std::llround(seconds * rate);
        const std::int64_t margin = rate == info.rate ? 0 : 64 * (info.rate / rate + 1) + 64;
        const std::int64_t wanted = av_rescale(first, info.rate, rate);
        const std::int64_t steps = std::max<std::int64_t>(0, wanted - margin) / in_step;
        const std::int64_t from = steps * in_step;
        const std::int64_t until = av_rescale_rnd(first + count, info.rate, rate, AV_ROUND_UP) + margin;
        auto samples = state_->reader.read(from, until - from, channels, cancel);
        samples = resample(samples, channels, info.rate, rate);
        const std::int64_t got = static_cast<std::int64_t>(samples.size()) / channels;
        const std::int64_t begin = std::min(first - steps * out_step, got), end = std::min(begin + count, got);
        Sound sound{static_cast<double>(first) / rate, rate, channels, {}, state_->reader.notes()};
        sound.samples.assign(samples.begin() + begin * channels, samples.begin() + end * channels);
        return sound;
    });
}

Overview AudioFile::overview(int bins, const std::function<void(const Overview&)>& progress,
                             const CancelToken& cancel) {
    return within_memory([&] {
        AudioReader reader(state_->reader.source(), state_->reader.limits(), cancel);
        const AudioInfo& info = reader.info();
        const int channels = std::min(info.channels, 2);
        Outline outline(std::max(bins, 2), std::max(1, info.rate / 1000));
        Overview overview;
        auto told = std::chrono::steady_clock::now();
        for (std::int64_t at = 0; at / info.rate < reader.limits().seconds; at += info.rate) {
            const auto samples = reader.read(at, info.rate, channels, cancel);
            outline.add(samples, channels);
            if (static_cast<std::int64_t>(samples.size()) < std::int64_t{info.rate} * channels) {
                overview.complete = true;
                break;
            }
            const auto now = std::chrono::steady_clock::now();
            if (!progress || now - told < std::chrono::milliseconds(100)) continue;
            told = now;
            outline.tell(overview, info.rate);
            progress(overview);
        }
        outline.tell(overview, info.rate);
        overview.notes = reader.notes();
        if (!overview.complete)
            overview.notes.push_back("The sound is longer than the limit of " +
                                     std::to_string(reader.limits().seconds) + " seconds; its beginning is shown.");
        return overview;
    });
}

Sound read_beside(AudioFile& sound, double offset, double start, double seconds, int rate, int channels,
                  const CancelToken& cancel) {
    const double from = start - offset, silent = std::clamp(-from, 0.0, seconds);
    Sound out;
    if (silent < seconds) out = sound.read(std::max(0.0, from), seconds - silent, rate, channels, cancel);
    out.start = start;
    out.rate = rate;
    out.channels = channels;
    const auto before = static_cast<std::size_t>(std::llround(silent * rate)) * static_cast<std::size_t>(channels);
    out.samples.insert(out.samples.begin(), before, 0.0F);
    return out;
}

}  // namespace perceiver::media
