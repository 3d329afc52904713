// Where the boxes of a picture stand: layers from top to bottom (the idea is Sugiyama's: break rounds, put each box below all that lead to it, order each layer by what it is joined to, then give places). A way over several layers
// gets a bend in each, so that it runs between the boxes. What is left out: crossings are made fewer, not fewest, by a fixed number of sweeps. Costs sweeps * ways * log; a thousand steps take milliseconds. Pure, and the same each time.
//
//   const Layout layout = lay_out(boxes, ways);
#pragma once

#include <cstdint>
#include <vector>

namespace tocsin::cacao {

/// Bends of all ways together; a way that would have more goes straight, behind what is between.
inline constexpr std::size_t kBendsMax = 20'000;

struct Box {
  double width = 0, height = 0;   // given
  double x = 0, y = 0;            // found: the left upper corner
  std::size_t layer = 0;
};

struct Point {
  double x = 0, y = 0;
};

/// From one box to another, by their places.
struct Way {
  std::size_t from = 0, to = 0;
  std::vector<Point> bends = {};  // found: in the order of the way
};

struct Layout {
  std::vector<Box> boxes;
  std::vector<Way> ways;
  double width = 0, height = 0;
};

Layout lay_out(std::vector<Box> boxes, std::vector<Way> ways);

}  // namespace tocsin::cacao
