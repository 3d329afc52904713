// A playbook to look at: as a tree for a terminal, and as a picture (SVG 1.1). Whoever approves a playbook reads one of the two; so both show every step, who does it to what, how long it may take, and where it goes when it fails.
// Texts of the playbook are made harmless: no control character reaches the terminal, no markup the picture. Pure; total for whatever read_playbook gives, also if check_playbook finds mistakes in it.
//
//   fmt::print("{}", draw_text(playbook, {.columns = 100}));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "respond/cacao/playbook.h"

namespace tocsin::cacao {

struct TextOptions {
  std::size_t columns = 80;  // lines are broken there; at least kColumnsMin
};
inline constexpr std::size_t kColumnsMin = 40;

/// Of a picture; as many as check_playbook takes (kWaysMax), the others are left out.
inline constexpr std::size_t kDrawnWaysMax = 20'000;

/// A step is shown where it is reached first and has a number there; elsewhere stands "go on with 3".
std::string draw_text(const Playbook& playbook, const TextOptions& options);

/// Layers from top to bottom. No script, no reference to anything outside; light or dark as the reader has it.
std::string draw_svg(const Playbook& playbook);

// Parts of both.

/// A member that leads from a step to another.
struct DrawnWay {
  enum class Kind : std::uint8_t { kOn, kPart, kFailure } kind = Kind::kOn;  // it goes on there; it parts there; what is done where it fails
  std::string label;  // what is written beside it, harmless; perhaps nothing
  std::string to;
};
/// In the order in which they are shown; only those that lead to steps of the playbook.
std::vector<DrawnWay> drawn_ways(const Playbook& playbook, const Step& step);
std::string title_of(const Step& step);
/// A line each, harmless: what is done, by whom, to what, with which variables, how long.
std::vector<std::string> details_of(const Playbook& playbook, const Step& step);

/// Places on a screen that a text takes: two for a wide character, none for a combining one.
std::size_t columns_of(std::string_view text);
/// The text, or so much of it, and "…", that it takes no more.
std::string cut_to(std::string_view text, std::size_t columns);
/// Lines of at most so many places, broken at blanks where there are some. A text of one line at least.
std::vector<std::string> lines_of(std::string_view text, std::size_t columns);

}  // namespace tocsin::cacao
