#include "respond/cacao/draw_layout.h"

#include <algorithm>
#include <numeric>

namespace tocsin::cacao {

namespace {

constexpr double kGapX = 28, kGapY = 56, kMargin = 20;
/// Bends are that wide, so that ways have room beside each other.
constexpr double kBendWidth = 10;
/// Down and up again, each; more changes little.
constexpr int kSweeps = 6;

/// A box, or a bend of a way.
struct Knot {
  double width = 0, x = 0;  // its middle
  std::size_t layer = 0;
  double wish = 0;          // where those that it is joined to would have it
  std::vector<std::size_t> above = {}, below = {};
};

class Layers {
 public:
  explicit Layers(Layout& layout) : layout_(layout) {}

  void find() {
    break_rounds();
    give_layers();
    join();
    order();
    place();
    write();
  }

 private:
  std::size_t size() const { return layout_.boxes.size(); }

  /// Depth first; a way back to a step that is being looked at is turned round. Without recursion: a playbook may be a thousand steps deep.
  void break_rounds() {
    std::vector<std::vector<std::size_t>> from(size());
    for (std::size_t i = 0; i < layout_.ways.size(); ++i) from[layout_.ways[i].from].push_back(i);
    turned_.assign(layout_.ways.size(), false);
    enum class State : std::uint8_t { kNew, kOpen, kDone };
    std::vector<State> state(size(), State::kNew);
    std::vector<std::pair<std::size_t, std::size_t>> open;  // a box, and how many of its ways were followed
    for (std::size_t root = 0; root < size(); ++root) {
      if (state[root] != State::kNew) continue;
      state[root] = State::kOpen;
      open.emplace_back(root, 0);
      while (!open.empty()) {
        auto& [box, next] = open.back();
        if (next == from[box].size()) {
          state[box] = State::kDone;
          open.pop_back();
          continue;
        }
        const std::size_t way = from[box][next++];
        const std::size_t to = layout_.ways[way].to;
        turned_[way] = state[to] == State::kOpen;
        if (state[to] != State::kNew) continue;
        state[to] = State::kOpen;
        open.emplace_back(to, 0);
      }
    }
  }

  std::size_t upper(std::size_t way) const { return turned_[way] ? layout_.ways[way].to : layout_.ways[way].from; }
  std::size_t lower(std::size_t way) const { return turned_[way] ? layout_.ways[way].from : layout_.ways[way].to; }

  /// The longest way to it.
  void give_layers() {
    std::vector<std::vector<std::size_t>> down(size());
    std::vector<std::size_t> waiting(size());
    for (std::size_t i = 0; i < layout_.ways.size(); ++i) {
      if (upper(i) == lower(i)) continue;
      down[upper(i)].push_back(lower(i));
      ++waiting[lower(i)];
    }
    std::vector<std::size_t> ready;
    for (std::size_t box = 0; box < size(); ++box) {
      if (waiting[box] == 0) ready.push_back(box);
    }
    for (std::size_t i = 0; i < ready.size(); ++i) {
      for (const std::size_t to : down[ready[i]]) {
        layout_.boxes[to].layer = std::max(layout_.boxes[to].layer, layout_.boxes[ready[i]].layer + 1);
        if (--waiting[to] == 0) ready.push_back(to);
      }
    }
  }

  void join() {
    for (const Box& box : layout_.boxes) knots_.push_back({.width = box.width, .layer = box.layer});
    bends_.resize(layout_.ways.size());
    std::size_t bends = 0;
    for (std::size_t i = 0; i < layout_.ways.size(); ++i) {
      const std::size_t first = upper(i), last = lower(i);
      if (first == last) continue;
      const std::size_t between = knots_[last].layer - knots_[first].layer - 1;
      const bool is_bent = bends + between <= kBendsMax;
      std::size_t above = first;
      for (std::size_t layer = knots_[first].layer + 1; is_bent && layer < knots_[last].layer; ++layer) {
        bends_[i].push_back(knots_.size());
        knots_.push_back({.width = kBendWidth, .layer = layer});
        tie(above, knots_.size() - 1);
        above = knots_.size() - 1;
      }
      if (is_bent) bends += between;
      if (is_bent || between == 0) tie(above, last);
    }
    for (std::size_t i = 0; i < knots_.size(); ++i) {
      if (layers_.size() <= knots_[i].layer) layers_.resize(knots_[i].layer + 1);
      layers_[knots_[i].layer].push_back(i);
    }
  }

  void tie(std::size_t above, std::size_t below) {
    knots_[above].below.push_back(below);
    knots_[below].above.push_back(above);
  }

  /// The mean of where they are; where it is, if there are none.
  double mean(const std::vector<std::size_t>& joined, double own) const {
    if (joined.empty()) return own;
    return std::accumulate(joined.begin(), joined.end(), 0.0, [&](double sum, std::size_t knot) { return sum + knots_[knot].x; }) / static_cast<double>(joined.size());
  }

  /// While the order is sought, x is the place in the layer.
  void order() {
    const auto number = [&](const std::vector<std::size_t>& layer) {
      for (std::size_t i = 0; i < layer.size(); ++i) knots_[layer[i]].x = static_cast<double>(i) - static_cast<double>(layer.size()) / 2;
    };
    for (const auto& layer : layers_) number(layer);
    const auto sort = [&](std::vector<std::size_t>& layer, bool by_above) {
      for (const std::size_t knot : layer) knots_[knot].wish = mean(by_above ? knots_[knot].above : knots_[knot].below, knots_[knot].x);
      std::ranges::stable_sort(layer, {}, [&](std::size_t knot) { return knots_[knot].wish; });
      number(layer);
    };
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (std::size_t i = 1; i < layers_.size(); ++i) sort(layers_[i], true);
      for (std::size_t i = layers_.size(); i-- > 1;) sort(layers_[i - 1], false);
    }
    for (std::size_t i = 1; i < layers_.size(); ++i) sort(layers_[i], true);
  }

  double apart(std::size_t left, std::size_t right) const { return (knots_[left].width + knots_[right].width) / 2 + kGapX; }

  void place() {
    for (const auto& layer : layers_) {
      double x = 0;
      for (std::size_t i = 0; i < layer.size(); ++i) knots_[layer[i]].x = x += i == 0 ? 0 : apart(layer[i - 1], layer[i]);
      for (const std::size_t knot : layer) knots_[knot].x -= x / 2;
    }
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (std::size_t i = 1; i < layers_.size(); ++i) pull(layers_[i], true);
      for (std::size_t i = layers_.size(); i-- > 1;) pull(layers_[i - 1], false);
    }
    for (std::size_t i = 1; i < layers_.size(); ++i) pull(layers_[i], true);
  }

  /// To where they wish to be, as far as the others let them: the mean of the places that they would have if all were pushed to the right, and to the left.
  void pull(const std::vector<std::size_t>& layer, bool by_above) {
    if (layer.empty()) return;
    std::vector<double> right(layer.size()), left(layer.size());
    for (std::size_t i = 0; i < layer.size(); ++i) {
      const Knot& knot = knots_[layer[i]];
      const double wish = mean(by_above ? knot.above : knot.below, knot.x);
      right[i] = left[i] = wish;
      if (i > 0) right[i] = std::max(wish, right[i - 1] + apart(layer[i - 1], layer[i]));
    }
    for (std::size_t i = layer.size() - 1; i-- > 0;) left[i] = std::min(left[i], left[i + 1] - apart(layer[i], layer[i + 1]));
    for (std::size_t i = 0; i < layer.size(); ++i) knots_[layer[i]].x = (left[i] + right[i]) / 2;
  }

  void write() {
    double least = 0;
    for (const Knot& knot : knots_) least = std::min(least, knot.x - knot.width / 2);
    for (Knot& knot : knots_) {
      knot.x += kMargin - least;
      layout_.width = std::max(layout_.width, knot.x + knot.width / 2 + kMargin);
    }
    std::vector<double> top(layers_.size()), high(layers_.size());
    for (const Box& box : layout_.boxes) high[box.layer] = std::max(high[box.layer], box.height);
    double y = kMargin;
    for (std::size_t i = 0; i < top.size(); ++i) {
      top[i] = y;
      y += high[i] + kGapY;
    }
    layout_.height = std::max(y - kGapY + kMargin, 2 * kMargin);
    for (std::size_t i = 0; i < size(); ++i) {
      Box& box = layout_.boxes[i];
      box.x = knots_[i].x - box.width / 2;
      box.y = top[box.layer];
    }
    for (std::size_t i = 0; i < layout_.ways.size(); ++i) {
      std::vector<Point>& bends = layout_.ways[i].bends;
      for (const std::size_t bend : bends_[i]) {  // down beside the boxes of the layer
        const Knot& knot = knots_[bend];
        bends.push_back({knot.x, top[knot.layer]});
        bends.push_back({knot.x, top[knot.layer] + high[knot.layer]});
      }
      if (turned_[i]) std::ranges::reverse(bends);
    }
  }

  Layout& layout_;
  std::vector<bool> turned_;
  std::vector<Knot> knots_;  // the boxes, then the bends
  std::vector<std::vector<std::size_t>> bends_, layers_;
};

}  // namespace

Layout lay_out(std::vector<Box> boxes, std::vector<Way> ways) {
  Layout layout{.boxes = std::move(boxes), .ways = std::move(ways)};
  Layers(layout).find();
  return layout;
}

}  // namespace tocsin::cacao
