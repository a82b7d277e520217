#include "contender.h"

#include "commands.h"
#include "input/input_array.h"
#include "train/camera.h"
#include "weights/to_torch.h"
#include "weights/to_torch_rival.h"

namespace perceiver {

Contender::Contender(const std::string& path) : path_(path) {
    about(path, [&] {
        if (weights::is_rival_bundle(path)) {
            rival_bundle_ = weights::read_rival_bundle(path);
            rival_.emplace(weights::to_rival(*rival_bundle_));
        } else {
            bundle_ = weights::read_bundle(path);
            model_.emplace(weights::to_perceiver(*bundle_));
        }
    });
}

const std::vector<std::string>& Contender::labels() const {
    return rival_ ? rival_->config().labels : bundle_->config.labels;
}

std::int64_t Contender::parameters() const {
    return rival_ ? rival_->config().parameter_count() : bundle_->config.parameter_count();
}

const InputConfig& Contender::input() const { return rival_ ? rival_->config().input : bundle_->config.input; }

std::int64_t Contender::examples(const train::Split& split) const {
    return input().type == InputConfig::Type::video ? train::test_clips : split.size();
}

train::Evaluation Contender::evaluate(const train::Pack& pack, const train::Split& split, const Measurement& how,
                                      const std::function<bool(std::int64_t)>& progress) const {
    if (!rival_) {
        if (how.permute)
            throw Error(ErrorCode::usage, "--permute is for rivals: a shuffle changes nothing for a Perceiver.");
        return train::evaluate(*model_, pack.labels(), split, progress, how.views, how.conditions);
    }
    if (how.views > 1) throw Error(ErrorCode::usage, "A rival has no views.");
    std::vector<std::int64_t> order;
    if (how.permute) order = input::permutation(rival_->config().elements(), *how.permute);
    return train::evaluate(*rival_, pack.labels(), split, progress, order);
}

void Contender::write(const weights::Card& card) const {
    about(path_, [&] {
        if (rival_bundle_)
            weights::write_rival_bundle(path_, rival_bundle_->config, card, rival_bundle_->file.tensors);
        else
            weights::write_bundle(path_, bundle_->config, card, bundle_->file.tensors);
    });
}

}  // namespace perceiver
