#include "collect/evtx_json.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace tocsin {
namespace {

struct Scalar {
  ValueKind kind = ValueKind::kNull;
  std::string text;
};

// A JSON value under construction.
struct Node {
  enum class Kind : std::uint8_t { kNull, kScalar, kArray, kObject };
  Kind kind = Kind::kNull;
  bool lost = false;            // a null only because damage took what stood here
  std::size_t moved = 0;        // how many came here before and moved away
  std::vector<Scalar> scalars;  // one, or the elements of the array
  std::vector<std::pair<std::string, Node*>> members;

  bool is_empty_object() const { return kind == Kind::kObject && members.empty(); }
};

class Model {
 public:
  explicit Model(EvtxBudget& budget) : budget_(budget) {}
  const char* damage = nullptr;

  void add_content(Node* parent, const EvtxElement& element);
  void flatten(const Node& node, PathId path, PathTable& paths, EvtxSink& sink) const;

 private:
  Node* make() { return &nodes_.emplace_back(); }
  Node* find(Node* parent, std::string_view key);
  Node* get_or_create(Node* parent, const std::string& key);
  void move_away(Node* parent, const std::string& key, Node* old);
  Node* insert(Node* parent, const std::string& key);
  Node* insert_with_attributes(Node* parent, const EvtxElement& element);
  void add_element(Node* parent, const EvtxElement& element);
  void add_text(Node* node, const Node& value);
  bool spell(const std::vector<EvtxPiece>& pieces, Node& into);
  bool spell(const EvtxPiece& piece, Node& into);
  bool spell(const EvtxValue& value, Scalar& into);
  bool affords(std::size_t steps);

  EvtxBudget& budget_;
  std::size_t text_bytes_ = 0;
  std::vector<char> scratch_;
  std::deque<Node> nodes_;
};

// As one text, the way evtx_dump joins: the elements of an array with commas.
std::string joined(const Node& node) {
  std::string text;
  for (const Scalar& scalar : node.scalars) {
    if (&scalar != &node.scalars.front()) text += ',';
    text += scalar.text;
  }
  return text;
}

bool Model::affords(std::size_t steps) {
  if (budget_.spend(static_cast<std::uint32_t>(steps)) && text_bytes_ <= kEvtxTextBytesMax) return true;
  damage = "limit on work or text reached";
  return false;
}

bool Model::spell(const EvtxValue& value, Scalar& into) {
  if (!affords(value.bytes.size / 16 + 1)) return false;
  const std::size_t room = evtx_spelling_max(value.bytes.size);
  if (scratch_.size() < room) scratch_.resize(room);
  const EvtxSpelling spelled = evtx_spell(scratch_.data(), value);
  if (!spelled.ok) damage = "value that does not fit its type";
  into = {spelled.kind, std::string(scratch_.data(), spelled.end)};
  text_bytes_ += into.text.size() + sizeof(Scalar);
  return spelled.ok;
}

// The piece as a JSON value. False if there is none: it was lost, or is an element.
bool Model::spell(const EvtxPiece& piece, Node& into) {
  into = {};
  if (piece.kind == EvtxPiece::Kind::kText) {
    into.kind = Node::Kind::kScalar;
    into.scalars.push_back({ValueKind::kText, piece.text});
    return true;
  }
  if (piece.kind != EvtxPiece::Kind::kValue) return false;
  if (!piece.value.is_array()) {
    Scalar scalar;
    if (!spell(piece.value, scalar)) return false;
    if (scalar.kind == ValueKind::kNull) return true;
    into.kind = Node::Kind::kScalar;
    into.scalars.push_back(std::move(scalar));
    return true;
  }
  into.kind = Node::Kind::kArray;
  EvtxValue element;
  for (std::uint32_t at = 0; evtx_next_element(piece.value, at, element);) {
    Scalar scalar;
    if (spell(element, scalar)) into.scalars.push_back(std::move(scalar));
  }
  return true;
}

// An attribute's value: one piece as it is, several as one text. False if it has none.
bool Model::spell(const std::vector<EvtxPiece>& pieces, Node& into) {
  bool any = false;
  for (const EvtxPiece& piece : pieces) {
    Node value;
    if (!spell(piece, value)) continue;
    if (!any) {
      into = std::move(value);
    } else if (value.kind != Node::Kind::kNull) {
      const std::string text = joined(into) + joined(value);
      into = {};
      into.kind = Node::Kind::kScalar;
      into.scalars.push_back({ValueKind::kText, text});
    }
    any = true;
  }
  return any;
}

Node* Model::find(Node* parent, std::string_view key) {
  budget_.spend(static_cast<std::uint32_t>(parent->members.size() / 8));
  for (auto& [name, node] : parent->members) {
    if (name == key) return node;
  }
  return nullptr;
}

// The member `key`, if need be as an empty object; what was a text so far goes into it.
Node* Model::get_or_create(Node* parent, const std::string& key) {
  if (parent->kind != Node::Kind::kObject) {
    Node before = std::exchange(*parent, {});
    parent->kind = Node::Kind::kObject;
    Node* member = make();
    if (before.kind == Node::Kind::kNull) {
      member->kind = Node::Kind::kObject;
    } else {
      *member = std::move(before);
    }
    parent->members.emplace_back(key, member);
    return member;
  }
  if (Node* member = find(parent, key)) return member;
  Node* member = make();
  member->kind = Node::Kind::kObject;
  parent->members.emplace_back(key, member);
  return member;
}

// What stood under `key` so far goes where it is free; the node of `key` itself is emptied.
void Model::move_away(Node* parent, const std::string& key, Node* member) {
  std::string name;
  do {
    name = key + "_" + std::to_string(++member->moved);
  } while (find(parent, name) != nullptr);
  Node* old = make();
  *old = std::move(*member);
  *member = {};
  member->moved = old->moved;
  parent->members.emplace_back(std::move(name), old);
}

// A fresh null under `key`.
Node* Model::insert(Node* parent, const std::string& key) {
  Node* member = get_or_create(parent, key);
  if (member->kind == Node::Kind::kNull || member->is_empty_object()) {
    *member = {};
    return member;
  }
  move_away(parent, key, member);
  return member;
}

Node* Model::insert_with_attributes(Node* parent, const EvtxElement& element) {
  std::vector<std::pair<std::string, Node*>> attributes;
  bool lost = false;
  for (const EvtxAttribute& attribute : element.attributes) {
    Node value;
    for (const EvtxPiece& piece : attribute.pieces) lost |= piece.kind == EvtxPiece::Kind::kLost;
    if (!spell(attribute.pieces, value) || value.kind == Node::Kind::kNull) continue;
    Node* node = make();
    *node = std::move(value);
    std::erase_if(attributes, [&](const auto& known) { return known.first == attribute.name; });
    attributes.emplace_back(attribute.name, node);
  }
  Node* member = get_or_create(parent, element.name);
  if (!attributes.empty() && member->kind == Node::Kind::kObject && !member->members.empty()) {
    move_away(parent, element.name, member);
  }
  const std::size_t moved = member->moved;
  *member = {};
  member->moved = moved;
  member->lost = lost;
  if (attributes.empty()) return member;
  Node* inner = make();
  inner->kind = Node::Kind::kObject;
  inner->members = std::move(attributes);
  member->kind = Node::Kind::kObject;
  member->members.emplace_back("#attributes", inner);
  return member;
}

void Model::add_text(Node* node, const Node& value) {
  switch (node->kind) {
    case Node::Kind::kNull:
      node->kind = value.kind;
      node->scalars = value.scalars;
      return;
    case Node::Kind::kScalar:
      node->scalars[0].text += joined(value);
      node->scalars[0].kind = ValueKind::kText;
      return;
    case Node::Kind::kArray:
      if (value.kind == Node::Kind::kNull) node->scalars.emplace_back();
      node->scalars.insert(node->scalars.end(), value.scalars.begin(), value.scalars.end());
      return;
    case Node::Kind::kObject: break;
  }
  Node* text = find(node, "#text");
  if (text == nullptr) {
    text = make();
    node->members.emplace_back("#text", text);
  }
  if (text->kind == Node::Kind::kScalar) text->kind = Node::Kind::kArray;
  add_text(text, value);
}

void Model::add_content(Node* parent, const EvtxElement& element) {
  for (const EvtxPiece& piece : element.content) {
    Node value;
    if (!affords(1)) {
      parent->lost = true;
      return;
    }
    if (piece.kind == EvtxPiece::Kind::kElement) {
      add_element(parent, *piece.element);
    } else if (spell(piece, value)) {
      add_text(parent, value);
    } else {
      parent->lost = true;
    }
  }
}

void Model::add_element(Node* parent, const EvtxElement& element) {
  if (element.name != "Data") {
    const bool bare = std::all_of(element.attributes.begin(), element.attributes.end(),
                                  [](const EvtxAttribute& attribute) { return attribute.pieces.empty(); });
    add_content(bare ? insert(parent, element.name) : insert_with_attributes(parent, element), element);
    return;
  }
  Node name;
  const EvtxAttribute* attribute = element.find("Name");
  if (attribute != nullptr && spell(attribute->pieces, name)) {
    add_content(insert(parent, joined(name)), element);
    return;
  }
  const bool has_content = std::any_of(element.content.begin(), element.content.end(),
                                       [](const EvtxPiece& piece) { return piece.kind != EvtxPiece::Kind::kLost; });
  if (has_content) add_content(get_or_create(parent, "Data"), element);
}

void Model::flatten(const Node& node, PathId path, PathTable& paths, EvtxSink& sink) const {
  switch (node.kind) {
    case Node::Kind::kNull:
      if (!node.lost) sink.add_null(path);
      return;
    case Node::Kind::kScalar:
    case Node::Kind::kArray:
      for (const Scalar& scalar : node.scalars) sink.add_text(path, scalar.text, scalar.kind);
      return;
    case Node::Kind::kObject:
      for (const auto& [key, member] : node.members) flatten(*member, paths.child(path, key), paths, sink);
  }
}

}  // namespace

const char* evtx_flatten(const EvtxXml& xml, PathTable& paths, EvtxBudget& budget, EvtxSink& sink) {
  Model model(budget);
  Node document;
  document.kind = Node::Kind::kObject;
  model.add_content(&document, xml.root());
  model.flatten(document, PathTable::kRoot, paths, sink);
  return model.damage;
}

}  // namespace tocsin
