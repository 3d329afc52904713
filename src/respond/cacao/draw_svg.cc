#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "base/text.h"
#include "respond/cacao/draw_layout.h"
#include "respond/cacao/drawing.h"

namespace tocsin::cacao {

namespace {

/// Of a box: what a line takes, and so many of them; whoever wants all of it reads the tree.
constexpr double kLineHeight = 17, kPadding = 10, kColumnWidth = 6.7, kBoldColumnWidth = 7.6;
constexpr std::size_t kBoxColumns = 34, kTitleLinesMax = 3, kDetailLinesMax = 6, kLabelColumns = 20;

constexpr std::string_view kStyle = R"(<style>
svg{background:#ffffff;font:12px ui-sans-serif,system-ui,"Liberation Sans",sans-serif;--ink:#1b2430;--soft:#51606f;--box:#f5f7f9;--line:#6b7a88;--fail:#b3261e;--edge:#2f6f9f;--part:#8a5a00;--end:#2e7d32}
@media (prefers-color-scheme:dark){svg{background:#12181f;--ink:#e7edf3;--soft:#a3b1bf;--box:#1d2630;--line:#8b9aa8;--fail:#ff8a80;--edge:#7cc0f0;--part:#f0bf60;--end:#81c784}}
.box{fill:var(--box);stroke:var(--edge);stroke-width:1.5}.part{stroke:var(--part)}.end{stroke:var(--end)}
.title{fill:var(--ink);font-weight:600}.detail,.label{fill:var(--soft)}.label{paint-order:stroke;stroke:var(--box);stroke-width:4px}
.way{fill:none;stroke:var(--line);stroke-width:1.5}.fail{stroke:var(--fail);stroke-dasharray:6 4}.tip{fill:var(--line)}.failtip{fill:var(--fail)}
@media print{svg{background:none}}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker><marker id="failtip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="failtip" d="M0 0L8 4L0 8z"/></marker></defs>
)";

/// For the content of an element. What is harmless on a terminal has no control characters left.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : terminal_safe(text)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

struct Drawn {
  const Step* step = nullptr;
  std::vector<std::string> title, details;
};

class SvgDrawing {
 public:
  explicit SvgDrawing(const Playbook& playbook) : playbook_(playbook) {}

  std::string all() {
    boxes();
    ways();
    const Layout layout = lay_out(std::move(boxes_), std::move(ways_));
    out_ = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\">\n<title>{2}</title>\n{3}", std::ceil(layout.width), std::ceil(layout.height), escaped(playbook_.name), kStyle);
    for (std::size_t i = 0; i < layout.ways.size(); ++i) draw(layout, layout.ways[i], said_[i]);
    for (std::size_t i = 0; i < layout.boxes.size(); ++i) draw(layout.boxes[i], drawn_[i]);
    for (std::size_t i = 0; i < layout.ways.size(); ++i) label(layout, layout.ways[i], said_[i]);
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  /// The start first: what is reached from it is looked at before what is not.
  void boxes() {
    const auto add = [&](const std::string& id, const Step& step) {
      if (!places_.emplace(id, drawn_.size()).second) return;
      Drawn one{.step = &step, .title = lines_of(title_of(step), kBoxColumns), .details = {}};
      if (one.title.size() > kTitleLinesMax) {
        one.title.resize(kTitleLinesMax);
        one.title.back() = cut_to(one.title.back(), kBoxColumns - 2) + " …";
      }
      for (const std::string& detail : details_of(playbook_, step)) one.details.push_back(cut_to(detail, kBoxColumns + 2));
      if (one.details.size() > kDetailLinesMax) {
        const std::size_t more = one.details.size() - kDetailLinesMax + 1;
        one.details.resize(kDetailLinesMax - 1);
        one.details.push_back(fmt::format("… and {} lines more", more));
      }
      double width = 8 * kColumnWidth;
      for (const std::string& line : one.title) width = std::max(width, static_cast<double>(columns_of(line)) * kBoldColumnWidth);
      for (const std::string& line : one.details) width = std::max(width, static_cast<double>(columns_of(line)) * kColumnWidth);
      boxes_.push_back({.width = width + 2 * kPadding, .height = static_cast<double>(one.title.size() + one.details.size()) * kLineHeight + kPadding});
      drawn_.push_back(std::move(one));
    };
    if (const auto start = playbook_.workflow.find(playbook_.workflow_start); start != playbook_.workflow.end()) add(start->first, start->second);
    for (const auto& [id, step] : playbook_.workflow) add(id, step);
  }

  void ways() {
    for (const auto& [id, place] : places_) {
      std::map<std::pair<std::string, DrawnWay::Kind>, std::size_t> drawn;  // to one step one arrow, with all that leads there written beside it
      for (DrawnWay& way : drawn_ways(playbook_, *drawn_[place].step)) {
        const auto [at, is_new] = drawn.emplace(std::pair(way.to, way.kind), said_.size());
        if (!is_new) {
          said_[at->second].label += ", " + way.label;
          continue;
        }
        if (ways_.size() == kDrawnWaysMax) return;
        ways_.push_back({.from = place, .to = places_.find(way.to)->second});
        said_.push_back(std::move(way));
      }
    }
  }

  /// From the lower edge to the upper; what leads to the step itself goes round its right side.
  std::vector<Point> points(const Layout& layout, const Way& way) const {
    const Box &from = layout.boxes[way.from], &to = layout.boxes[way.to];
    const double right = from.x + from.width;
    if (way.from == way.to) return {{right, from.y + from.height * 0.7}, {right + 14, from.y + from.height * 0.7}, {right + 14, from.y + from.height * 0.3}, {right, from.y + from.height * 0.3}};
    const bool is_down = from.layer < to.layer;
    std::vector<Point> points = {{from.x + from.width / 2, is_down ? from.y + from.height : from.y}};
    points.insert(points.end(), way.bends.begin(), way.bends.end());
    points.push_back({to.x + to.width / 2, is_down ? to.y : to.y + to.height});
    if (!is_down) points.front().x += from.width / 4, points.back().x += to.width / 4;  // beside those that go down
    return points;
  }

  void draw(const Layout& layout, const Way& way, const DrawnWay& said) {
    std::string path;
    for (const Point& point : points(layout, way)) path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", point.x, point.y);
    const bool is_failure = said.kind == DrawnWay::Kind::kFailure;
    out_ += fmt::format("<path class=\"way{}\" marker-end=\"url(#{})\" d=\"{}\"/>\n", is_failure ? " fail" : "", is_failure ? "failtip" : "tip", path);
  }

  /// A third of the way along its first piece: several that begin at one place are apart there.
  void label(const Layout& layout, const Way& way, const DrawnWay& said) {
    if (said.label.empty()) return;
    const std::vector<Point> way_points = points(layout, way);
    const Point &a = way_points[0], &b = way_points[1];
    out_ += fmt::format("<text class=\"label\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", a.x + (b.x - a.x) * 0.45, a.y + (b.y - a.y) * 0.45 + 4, escaped(cut_to(said.label, kLabelColumns)));
  }

  void draw(const Box& box, const Drawn& one) {
    const StepType type = one.step->type;
    const bool is_edge = type == StepType::kStart || type == StepType::kEnd;
    const bool is_part = type == StepType::kIf || type == StepType::kWhile || type == StepType::kSwitch || type == StepType::kParallel;
    out_ += fmt::format("<g><rect class=\"box{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\"/>", is_edge ? " end" : is_part ? " part" : "", box.x, box.y, box.width, box.height, is_edge ? 13 : 4);
    double y = box.y + kPadding / 2;
    const auto line = [&](const char* kind, const std::string& text) {
      y += kLineHeight;
      out_ += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", kind, box.x + box.width / 2, y - 4, escaped(text));
    };
    for (const std::string& text : one.title) line("title", text);
    for (const std::string& text : one.details) line("detail", text);
    out_ += "</g>\n";
  }

  const Playbook& playbook_;
  std::map<std::string_view, std::size_t> places_;
  std::vector<Drawn> drawn_;
  std::vector<Box> boxes_;
  std::vector<Way> ways_;
  std::vector<DrawnWay> said_;
  std::string out_;
};

}  // namespace

std::string draw_svg(const Playbook& playbook) { return SvgDrawing(playbook).all(); }

}  // namespace tocsin::cacao
