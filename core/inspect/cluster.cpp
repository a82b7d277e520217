#include "inspect/cluster.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace perceiver::inspect {
namespace {

/// Groups that grow together: how alike any two are is kept for those still alive, in the row of their first member.
class Linkage {
  public:
    explicit Linkage(const at::Tensor& similarity)
        : n_(static_cast<std::size_t>(similarity.size(0))), alike_(n_ * n_), members_(n_) {
        const at::Tensor s = similarity.to(at::kDouble).contiguous();
        std::copy_n(s.data_ptr<double>(), n_ * n_, alike_.begin());
        for (std::size_t i = 0; i < n_; ++i) members_[i] = {static_cast<int>(i)};
    }
    /// Joins until one group is left, or none are alike enough to be told of as one; `least`: every join's likeness.
    void join_all(double alike, std::vector<int>& root) {
        root.resize(n_);
        std::iota(root.begin(), root.end(), 0);
        std::vector<std::size_t> chain;
        for (std::size_t left = n_; left > 1;) {
            if (chain.empty()) chain.push_back(first_alive());
            const std::size_t top = chain.back(), next = nearest(top, chain.size() > 1 ? chain[chain.size() - 2] : top);
            if (chain.size() > 1 && next == chain[chain.size() - 2]) {
                chain.resize(chain.size() - 2);
                join(next, top, alike, root);
                --left;
            } else {
                chain.push_back(next);
            }
        }
    }
    const std::vector<int>& order() const { return members_[first_alive()]; }

  private:
    std::size_t first_alive() const {
        return static_cast<std::size_t>(std::ranges::find_if(members_, [](const auto& m) { return !m.empty(); }) -
                                        members_.begin());
    }
    /// Of equals the one the chain came from: it ends there.
    std::size_t nearest(std::size_t to, std::size_t before) const {
        double best = before != to ? alike_[to * n_ + before] : -std::numeric_limits<double>::infinity();
        std::size_t found = before;
        for (std::size_t i = 0; i < n_; ++i)
            if (i != to && !members_[i].empty() && (alike_[to * n_ + i] > best || found == to))
                best = alike_[to * n_ + i], found = i;
        return found;
    }
    void join(std::size_t into, std::size_t from, double alike, std::vector<int>& root) {
        if (alike_[into * n_ + from] >= alike)
            for (const int m : members_[from])
                root[static_cast<std::size_t>(m)] = root[static_cast<std::size_t>(members_[into].front())];
        const double a = double(members_[into].size()), b = double(members_[from].size());
        for (std::size_t i = 0; i < n_; ++i) {
            if (i == into || members_[i].empty()) continue;
            const double mixed = (a * alike_[into * n_ + i] + b * alike_[from * n_ + i]) / (a + b);
            alike_[into * n_ + i] = alike_[i * n_ + into] = mixed;
        }
        members_[into].insert(members_[into].end(), members_[from].begin(), members_[from].end());
        members_[from].clear();
    }

    std::size_t n_;
    std::vector<double> alike_;
    std::vector<std::vector<int>> members_;
};

}  // namespace

Clusters clusters(const at::Tensor& similarity, double alike) {
    Clusters out;
    if (similarity.size(0) == 0) return out;
    Linkage linkage(similarity);
    std::vector<int> root;
    linkage.join_all(alike, root);
    out.order = linkage.order();
    out.of.assign(out.order.size(), -1);
    std::vector<int> number(out.order.size(), -1);
    int next = 0;
    for (const int latent : out.order) {
        int& of_root = number[static_cast<std::size_t>(root[static_cast<std::size_t>(latent)])];
        if (of_root < 0) of_root = next++;
        out.of[static_cast<std::size_t>(latent)] = of_root;
    }
    return out;
}

}  // namespace perceiver::inspect
