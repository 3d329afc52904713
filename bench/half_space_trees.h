// Streaming half-space trees (S. C. Tan, K. M. Ting, T. F. Liu, Fast Anomaly Detection for Streaming Data, IJCAI 2011): trees that halve the space along numbers chosen at random, before any data are seen, and count in
// each node how many points of the last window fell there. A point is odd where few did. As in the paper: 25 trees, and nodes are not gone into below a tenth of the window. A window is of as many points as
// one says; the paper has 250, and a depth of 15. Points are vectors of numbers between 0 and 1; what is outside falls into the outermost halves. Seeds are constants. One thread.
//
//   HalfSpaceTrees trees(5, 15, 250);
//   const double odd = trees.score(point);   // higher is odder
//   trees.learn(point);
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace tocsin::baseline {

class HalfSpaceTrees {
 public:
  HalfSpaceTrees(std::size_t numbers, std::size_t depth, std::size_t window, unsigned seed = 2011) : depth_(depth), window_(window), nodes_of_tree_((std::size_t{2} << depth) - 1), nodes_(kTrees * nodes_of_tree_) {
    std::mt19937 random(seed);
    std::vector<double> low(numbers), high(numbers);
    for (std::size_t tree = 0; tree < kTrees; ++tree) {
      // The paper's work range: around a random point, twice as wide as what is farther from it.
      for (std::size_t i = 0; i < numbers; ++i) {
        const double middle = static_cast<double>(random()) / 4294967296.0, reach = 2 * std::max(middle, 1 - middle);
        low[i] = middle - reach;
        high[i] = middle + reach;
      }
      grow(tree * nodes_of_tree_, 0, 0, low, high, random);
    }
  }

  /// Between 0 and some 20: the mass that the whole window would have at this depth against what there is, as logarithm.
  double score(std::span<const double> point) const {
    if (!is_full_) return 0;
    double mass = 0;
    for (std::size_t tree = 0; tree < kTrees; ++tree) {
      std::size_t at = 0, depth = 0;
      while (depth < depth_ && node(tree, at).before > window_ / 10) at = child(tree, at, point), ++depth;
      mass += std::ldexp(node(tree, at).before, static_cast<int>(depth));
    }
    return -std::log2((mass + 1) / (kTrees * static_cast<double>(window_)));
  }

  void learn(std::span<const double> point) {
    for (std::size_t tree = 0; tree < kTrees; ++tree) {
      std::size_t at = 0;
      ++node(tree, at).now;
      for (std::size_t depth = 0; depth < depth_; ++depth) at = child(tree, at, point), ++node(tree, at).now;
    }
    if (++seen_ % window_ != 0) return;
    for (Node& one : nodes_) one.before = one.now, one.now = 0;
    is_full_ = true;
  }

 private:
  static constexpr std::size_t kTrees = 25;
  struct Node {
    double half = 0;
    std::uint16_t number = 0, before = 0, now = 0;
  };

  Node& node(std::size_t tree, std::size_t at) { return nodes_[tree * nodes_of_tree_ + at]; }
  const Node& node(std::size_t tree, std::size_t at) const { return nodes_[tree * nodes_of_tree_ + at]; }
  std::size_t child(std::size_t tree, std::size_t at, std::span<const double> point) const { return 2 * at + (point[node(tree, at).number] < node(tree, at).half ? 1 : 2); }

  void grow(std::size_t tree_begin, std::size_t at, std::size_t depth, std::vector<double>& low, std::vector<double>& high, std::mt19937& random) {
    if (depth == depth_) return;
    Node& here = nodes_[tree_begin + at];
    const std::size_t i = random() % low.size();
    here.number = static_cast<std::uint16_t>(i);
    here.half = (low[i] + high[i]) / 2;
    const double was_low = low[i], was_high = high[i];
    high[i] = here.half;
    grow(tree_begin, 2 * at + 1, depth + 1, low, high, random);
    high[i] = was_high;
    low[i] = here.half;
    grow(tree_begin, 2 * at + 2, depth + 1, low, high, random);
    low[i] = was_low;
  }

  std::size_t depth_, window_, nodes_of_tree_;
  std::vector<Node> nodes_;
  std::uint64_t seen_ = 0;
  bool is_full_ = false;
};

}  // namespace tocsin::baseline
