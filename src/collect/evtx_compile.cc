// From the tree of a definition to the steps of a template. Every shape is either compiled exactly as
// evtx_json.h would render it, or the whole template is left to the slow path; the differential test holds
// the two together.
#include <algorithm>
#include <map>
#include <utility>

#include "collect/evtx_template.h"

namespace tocsin {
namespace {

using Op = EvtxOp;
using Piece = EvtxPiece;

class Compiler {
 public:
  Compiler(PathTable& paths, EvtxTemplate& into) : paths_(paths), into_(into) {}

  void compile(const EvtxElement& top, PathId parent);

 private:
  // What is known of an element's attributes before a record is seen.
  enum class Attributes { kNone, kMaybe, kSure };
  struct Child {
    const EvtxElement* element = nullptr;
    std::string key;  // "" and unnamed: an unnamed Data
    bool unnamed = false;
    bool data = false;
  };

  void unusual() { into_.plain = false; }
  Op& add(Op::Kind kind, PathId path) {
    Op& op = into_.ops.emplace_back();
    op.kind = kind;
    op.path = path;
    return op;
  }
  bool static_text(const Piece& piece, Op& op);
  Attributes attributes(const EvtxElement& element, PathId path);
  void body(const EvtxElement& element, PathId path, Attributes attributes);
  void single(const Piece& piece, PathId path, Attributes attributes);
  void content_beside(const Piece& piece, PathId path, bool before, Attributes attributes);
  std::vector<Child> children(const EvtxElement& element);
  bool classify(const EvtxElement& element, Child& child);
  void container(const EvtxElement& element, PathId path, Attributes attributes);
  void member(const Child& child, PathId parent, const std::map<std::string, int>& uses,
              std::map<std::string, int>& seen);
  void loser(const Child& child, PathId parent, const std::map<std::string, int>& uses);
  void list_item(const EvtxElement& element, PathId parent, bool first);

  PathTable& paths_;
  EvtxTemplate& into_;
};

bool is_element(const Piece& piece) { return piece.kind == Piece::Kind::kElement; }

void Compiler::compile(const EvtxElement& top, PathId parent) {
  const bool one = top.content.size() == 1 && is_element(top.content[0]) && top.content[0].element->name != "Data";
  if (!one) return unusual();
  const EvtxElement& element = *top.content[0].element;
  into_.root = paths_.child(parent, element.name);
  body(element, into_.root, attributes(element, into_.root));
}

// A value that the definition itself brings. False if it is null.
bool Compiler::static_text(const Piece& piece, Op& op) {
  std::string text = piece.text;
  op.value_kind = ValueKind::kText;
  if (piece.kind == Piece::Kind::kValue) {
    text.resize(evtx_spelling_max(piece.value.bytes.size));
    const EvtxSpelling spelled = evtx_spell(text.data(), piece.value);
    if (!spelled.ok) unusual();
    text.resize(static_cast<std::size_t>(spelled.end - text.data()));
    op.value_kind = spelled.kind;
  }
  op.from = static_cast<std::uint32_t>(into_.text.size());
  op.size = static_cast<std::uint32_t>(text.size());
  into_.text += text;
  return op.value_kind != ValueKind::kNull;
}

Compiler::Attributes Compiler::attributes(const EvtxElement& element, PathId path) {
  std::vector<Op> ops;
  Attributes result = Attributes::kNone;
  std::map<std::string, int> names;
  const PathId group = element.attributes.empty() ? 0 : paths_.child(path, "#attributes");
  for (const EvtxAttribute& attribute : element.attributes) {
    if (attribute.pieces.empty()) continue;
    if (attribute.pieces.size() > 1 || ++names[attribute.name] > 1) unusual();
    const Piece& piece = attribute.pieces[0];
    Op op;
    op.path = paths_.child(group, attribute.name);
    if (piece.kind == Piece::Kind::kSubstitution) {
      op.kind = Op::Kind::kAttribute;
      op.index = piece.index;
      if (result == Attributes::kNone) result = Attributes::kMaybe;
    } else if (static_text(piece, op)) {
      result = Attributes::kSure;
    } else {
      continue;
    }
    ops.push_back(op);
  }
  if (result == Attributes::kMaybe) add(Op::Kind::kMark, path);
  into_.ops.insert(into_.ops.end(), ops.begin(), ops.end());
  return result;
}

void Compiler::body(const EvtxElement& element, PathId path, Attributes attributes) {
  const auto elements = std::count_if(element.content.begin(), element.content.end(), is_element);
  if (elements > 0) return container(element, path, attributes);
  if (element.content.size() > 1) return unusual();
  if (!element.content.empty()) return single(element.content[0], path, attributes);
  if (attributes == Attributes::kNone) add(Op::Kind::kStatic, path);
  if (attributes == Attributes::kMaybe) add(Op::Kind::kNullUnless, path);
}

void Compiler::single(const Piece& piece, PathId path, Attributes attributes) {
  const bool open = piece.kind == Piece::Kind::kSubstitution;
  Op& op = add(open ? Op::Kind::kContent : Op::Kind::kStatic, path);
  if (attributes == Attributes::kMaybe) op.flags |= Op::kMarked;
  if (attributes == Attributes::kSure) op.flags |= Op::kAsText;
  op.text_path = attributes == Attributes::kNone ? path : paths_.child(path, "#text");
  if (open) {
    op.index = piece.index;
    if (attributes != Attributes::kSure) op.flags |= Op::kHasNull;
    return;
  }
  if (op.flags & Op::kAsText) op.path = op.text_path;
  static_text(piece, op);
}

// A substitution between elements: BinXML as a rule (EventData beside System).
void Compiler::content_beside(const Piece& piece, PathId path, bool before, Attributes attributes) {
  if (piece.kind != Piece::Kind::kSubstitution || attributes == Attributes::kMaybe) return unusual();
  Op& op = add(Op::Kind::kContent, path);
  op.index = piece.index;
  op.flags = before && attributes == Attributes::kNone ? Op::kBeforeChildren : Op::kAsText;
  op.text_path = paths_.child(path, "#text");
}

bool Compiler::classify(const EvtxElement& element, Child& child) {
  child.element = &element;
  child.key = element.name;
  child.data = element.name == "Data";
  if (!child.data) return true;
  const EvtxAttribute* name = element.find("Name");
  child.unnamed = name == nullptr || name->pieces.empty();
  if (child.unnamed) return true;
  Op ignored;
  if (name->pieces.size() > 1 || name->pieces[0].kind == Piece::Kind::kSubstitution) return false;
  const std::size_t before = into_.text.size();
  static_text(name->pieces[0], ignored);
  child.key = into_.text.substr(before);
  into_.text.resize(before);
  return true;
}

std::vector<Compiler::Child> Compiler::children(const EvtxElement& element) {
  std::vector<Child> result;
  for (const Piece& piece : element.content) {
    if (!is_element(piece)) continue;
    if (!classify(*piece.element, result.emplace_back())) unusual();
    if (result.back().unnamed && piece.element->content.empty()) result.pop_back();  // not there at all
  }
  return result;
}

void Compiler::container(const EvtxElement& element, PathId path, Attributes attributes) {
  const std::vector<Child> found = children(element);
  std::map<std::string, int> uses, seen;
  bool list = false;
  for (const Child& child : found) {
    if (!child.unnamed) ++uses[child.key];
    list |= child.unnamed;
  }
  if (list) ++uses["Data"];
  const auto siblings = static_cast<std::uint32_t>(into_.siblings.size());
  for (const auto& [key, count] : uses) into_.siblings.push_back(paths_.child(path, key));
  if (found.empty() || (list && uses["Data"] > 1)) return unusual();
  bool first_item = true, any_element = false, beside = false;
  std::size_t at = 0;
  for (const Piece& piece : element.content) {
    if (!is_element(piece)) {
      if (std::exchange(beside, true)) return unusual();
      content_beside(piece, path, !any_element, attributes);
      if (!into_.plain) return;
      into_.ops.back().from = siblings;
      into_.ops.back().size = static_cast<std::uint32_t>(uses.size());
      continue;
    }
    if (at == found.size() || found[at].element != piece.element) continue;
    const Child& child = found[at++];
    any_element = true;
    if (child.unnamed) {
      list_item(*child.element, path, first_item);
      first_item = false;
    } else {
      member(child, path, uses, seen);
    }
  }
}

void Compiler::member(const Child& child, PathId parent, const std::map<std::string, int>& uses,
                      std::map<std::string, int>& seen) {
  const int count = uses.at(child.key);
  if (count > 2) return unusual();
  if (count == 2 && ++seen[child.key] == 1) return loser(child, parent, uses);
  const PathId path = paths_.child(parent, child.key);
  if (child.data) return body(*child.element, path, Attributes::kNone);
  if (count == 2 && !child.element->attributes.empty()) return unusual();
  body(*child.element, path, attributes(*child.element, path));
}

// The first of two with the same key: it moves to key_1, or is lost if it is null.
void Compiler::loser(const Child& child, PathId parent, const std::map<std::string, int>& uses) {
  const std::string moved = child.key + "_1";
  const EvtxElement& element = *child.element;
  const bool fits = (child.data || element.attributes.empty()) && element.content.size() == 1 &&
                    element.content[0].kind == Piece::Kind::kSubstitution && uses.find(moved) == uses.end();
  if (!fits) return unusual();
  add(Op::Kind::kLoser, paths_.child(parent, moved)).index = element.content[0].index;
}

void Compiler::list_item(const EvtxElement& element, PathId parent, bool first) {
  if (element.content.size() > 1 || element.content[0].kind != Piece::Kind::kSubstitution) return unusual();
  Op& op = add(Op::Kind::kListItem, paths_.child(paths_.child(parent, "Data"), "#text"));
  op.index = element.content[0].index;
  op.flags = first ? Op::kFirst : 0;
}

}  // namespace

EvtxTemplate evtx_compile(const EvtxXml& xml, PathId parent, PathTable& paths) {
  EvtxTemplate compiled;
  compiled.plain = true;
  compiled.parent = parent;
  Compiler(paths, compiled).compile(xml.root(), parent);
  return compiled;
}

}  // namespace tocsin
