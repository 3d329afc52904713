// A rule of the part `ocsf` in its class: each path looked up in the schema and put into the tree of what is to be written.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "normalize/ocsf_load.h"

namespace tocsin {

namespace {

/// What the projector writes itself.
constexpr std::uint32_t kCategoryStep = 1'000, kExtensionStep = 100'000;
constexpr std::string_view kOwn[] = {"activity_id", "activity_name", "class_uid", "category_uid", "type_uid", "time", "observables", "unmapped",
                                     "raw_data", "metadata.version", "metadata.profiles", "metadata.original_time"};

bool contains(const std::vector<std::string>& list, std::string_view text) { return std::ranges::find(list, text) != list.end(); }

std::string quoted(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out + "\"";
}

bool is_integer(std::string_view text, std::int64_t& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size();
}

bool allows(const OcsfAttribute& attribute, std::int64_t number) {
  return attribute.numbers.empty() || std::ranges::binary_search(attribute.numbers, number);
}

std::uint32_t add_child(OcsfRule& rule, std::uint32_t parent, OcsfNode child) {
  const auto id = static_cast<std::uint32_t>(rule.nodes.size());
  rule.nodes.push_back(std::move(child));
  rule.nodes[parent].children.push_back(id);
  return id;
}

/// The child that has this key, or 0.
std::uint32_t child_named(const OcsfRule& rule, std::uint32_t parent, std::string_view name) {
  for (const std::uint32_t child : rule.nodes[parent].children) {
    const std::string_view key = rule.nodes[child].key;
    if (key.substr(1, key.size() - 3) == name) return child;
  }
  return 0;
}

void add_fixed(OcsfRule& rule, std::uint32_t parent, std::string_view name, std::string json) {
  OcsfNode node;
  node.what = OcsfNode::What::kFixed;
  node.key = quoted(name) + ":";
  node.fixed = std::move(json);
  add_child(rule, parent, std::move(node));
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? "," : "") + quoted(text);
  return out + "]";
}

}  // namespace

void OcsfLoader::compile(const YamlNode& node, Context& context) {
  OcsfRule& rule = context.rule;
  if (rule.shape == nullptr) return complain_(node, "a rule without cases needs a class");
  if (tables_->rules.size() >= kOcsfRulesMax) return complain_(node, fmt::format("more than {} rules", kOcsfRulesMax));
  std::ranges::sort(context.profiles);
  context.profiles.erase(std::unique(context.profiles.begin(), context.profiles.end()), context.profiles.end());
  rule.nodes.assign(1, {});
  for (const Assignment& assignment : context.assignments) place(assignment, context, rule);
  settle_activity(node, context);
  const std::uint32_t metadata = child_named(rule, 0, "metadata");
  if (metadata != 0) {
    rule.nodes[metadata].is_metadata = true;
    add_fixed(rule, metadata, "version", quoted(OcsfSchema::shipped().version()));
    if (!context.profiles.empty()) add_fixed(rule, metadata, "profiles", list_of(context.profiles));
  }
  settle_object(node, *rule.shape, 0, context, rule);
  finish_node(rule, rule.nodes.front());
  finish_node(rule, rule.activity);
  rule.head = fmt::format("{{\"class_uid\":{},\"category_uid\":{},", rule.shape->uid, rule.shape->uid % kExtensionStep / kCategoryStep);
  if (rule.nodes.size() > kOcsfNodesMax) return complain_(node, fmt::format("more than {} attributes in one rule", kOcsfNodesMax));
  tables_->rules.push_back(std::move(rule));
}

/// Walks down the path, making the objects on the way, and puts the leaf at its end.
void OcsfLoader::place(const Assignment& assignment, const Context& context, OcsfRule& rule) {
  if (std::ranges::find(kOwn, assignment.path) != std::end(kOwn)) {
    return complain_(assignment.at, fmt::format("'{}' is written of itself", assignment.path));
  }
  const OcsfShape* shape = rule.shape;
  std::uint32_t parent = 0;
  std::string walked;
  std::string_view rest = assignment.path;
  for (std::size_t depth = 0; depth < kOcsfPathDepthMax; ++depth) {
    const std::size_t dot = rest.find('.');
    std::string_view name = rest.substr(0, dot);
    const std::size_t bracket = std::min(name.find('['), name.size());
    const std::string_view brackets = name.substr(bracket);
    name = name.substr(0, bracket);
    const OcsfAttribute* const attribute = attribute_of(assignment, *shape, name, brackets, context);
    if (attribute == nullptr) return;
    walked += (walked.empty() ? "" : ".") + std::string(name);
    const std::uint32_t known = child_named(rule, parent, name);
    OcsfNode child;
    const bool last = dot == std::string_view::npos;
    if (last) child = assignment.leaf;
    child.key = quoted(name) + ":";
    child.path = walked;
    child.list = attribute->list;
    child.each = brackets == "[*]";
    if (last) {
      if (known != 0) return complain_(assignment.at, fmt::format("'{}' stands here twice", assignment.path));
      if (settle_leaf(assignment, *attribute, context, child)) add_child(rule, parent, std::move(child));
      return;
    }
    if (attribute->kind != OcsfKind::kObject) return complain_(assignment.at, fmt::format("'{}' is no object, so nothing is inside", walked));
    parent = known != 0 ? known : add_child(rule, parent, std::move(child));
    shape = OcsfSchema::shipped().find_object(attribute->object);
    if (shape == nullptr) return complain_(assignment.at, fmt::format("'{}' is an object of which nothing is known", walked));
    rest = rest.substr(dot + 1);
  }
  complain_(assignment.at, fmt::format("'{}' is deeper than {} objects", assignment.path, kOcsfPathDepthMax));
}

const OcsfAttribute* OcsfLoader::attribute_of(const Assignment& assignment, const OcsfShape& shape, std::string_view name, std::string_view brackets,
                                              const Context& context) {
  const OcsfAttribute* const attribute = shape.find(name);
  if (attribute == nullptr) {
    complain_(assignment.at, fmt::format("'{}': {} has no attribute '{}'", assignment.path, shape.name, name));
  } else if (attribute->list != !brackets.empty() || (!brackets.empty() && brackets != "[]" && brackets != "[*]")) {
    complain_(assignment.at, fmt::format("'{}': {}", assignment.path,
                                         attribute->list ? fmt::format("{} is a list: write {}[] for one element, {}[*] for one of each value", name, name, name)
                                                         : fmt::format("{} is no list", name)));
  } else if (!attribute->profile.empty() && !contains(context.profiles, attribute->profile)) {
    complain_(assignment.at, fmt::format("'{}': {} belongs to the profile '{}', which 'profiles' does not name", assignment.path, name, attribute->profile));
  } else {
    return attribute;
  }
  return nullptr;
}

bool OcsfLoader::settle_leaf(const Assignment& assignment, const OcsfAttribute& attribute, const Context& context, OcsfNode& leaf) {
  leaf.kind = attribute.kind;
  leaf.observable = attribute.observable;
  leaf.words = attribute.words;
  if (leaf.what == OcsfNode::What::kFixed) return settle_fixed(assignment, attribute, leaf);
  if (leaf.what == OcsfNode::What::kHashes) {
    if (attribute.object == "fingerprint" && attribute.list) return true;
    complain_(assignment.at, fmt::format("'{}' is no list of fingerprints", assignment.path));
    return false;
  }
  constexpr OcsfKind kUnreached[] = {OcsfKind::kObject, OcsfKind::kBytes, OcsfKind::kDatetime, OcsfKind::kSubnet};
  if (std::ranges::find(kUnreached, attribute.kind) != std::end(kUnreached)) {
    complain_(assignment.at, fmt::format("'{}' is of a type that no field is turned into", assignment.path));
    return false;
  }
  if (!leaf.fixed.empty()) return settle_fixed(assignment, attribute, leaf);
  if (!leaf.translation) return true;
  std::vector<std::int64_t> numbers;
  for (const auto& [said, number] : leaf.translation->exact) numbers.push_back(number);
  for (const auto& [pattern, number] : leaf.translation->wild) numbers.push_back(number);
  if (leaf.translation->other) numbers.push_back(*leaf.translation->other);
  for (const std::int64_t number : numbers) {
    if (attribute.kind == OcsfKind::kInteger && allows(attribute, number)) continue;
    complain_(assignment.at, fmt::format("'{}' cannot be {}", assignment.path, number));
    return false;
  }
  const auto is_sibling = [&](const Assignment& other) {
    const std::size_t end = assignment.path.size() - attribute.name.size();
    return other.path == assignment.path.substr(0, end) + attribute.sibling;
  };
  const bool said = std::ranges::any_of(context.assignments, is_sibling);
  if (!attribute.sibling.empty() && !said) leaf.sibling = quoted(attribute.sibling) + ":";
  return true;
}

bool OcsfLoader::settle_fixed(const Assignment& assignment, const OcsfAttribute& attribute, OcsfNode& leaf) {
  std::int64_t number = 0;
  bool good = true;
  if (attribute.kind == OcsfKind::kInteger) {
    good = is_integer(leaf.fixed, number) && allows(attribute, number);
  } else if (attribute.kind == OcsfKind::kBool) {
    good = leaf.fixed == "true" || leaf.fixed == "false";
  } else if (attribute.kind == OcsfKind::kText) {
    leaf.fixed = quoted(leaf.fixed);
  } else {
    good = false;
  }
  if (attribute.list) leaf.fixed = "[" + leaf.fixed + "]";
  if (!good) complain_(assignment.at, fmt::format("'{}' cannot be always '{}'", assignment.path, leaf.fixed));
  return good;
}

/// A number, or a translation; without a word it is 0, Unknown.
void OcsfLoader::settle_activity(const YamlNode& node, Context& context) {
  OcsfRule& rule = context.rule;
  if (!context.has_activity) {
    rule.activity.what = OcsfNode::What::kFixed;
    rule.activity.fixed = "0";
  }
  const OcsfAttribute* const attribute = rule.shape->find("activity_id");
  if (attribute == nullptr) return;
  rule.activity.key = "\"activity_id\":";
  rule.activity.path = "activity_id";
  const Assignment assignment{"activity_id", node, {}};
  if (rule.activity.what == OcsfNode::What::kLeaf && !rule.activity.translation) {
    complain_(node, "activity must be a number, or a field and how it is translated");
  }
  settle_leaf(assignment, *attribute, context, rule.activity);
}

/// What is known of a node once all of its rule is there.
void OcsfLoader::finish_node(OcsfRule& rule, OcsfNode& node) {
  if (node.observable != 0) {
    node.observable_head = fmt::format("{{\"type_id\":{},\"name\":", node.observable);
    node.observable_head.append(quoted(node.path)).append(",\"value\":");
  }
  node.asks = node.from;
  node.always = node.what == OcsfNode::What::kObject ? node.stands : node.what == OcsfNode::What::kFixed || (node.needed && !node.fixed.empty());
  std::string members;
  bool is_constant = node.what == OcsfNode::What::kObject && !node.each && !node.is_metadata;
  for (const std::uint32_t child : node.children) {
    finish_node(rule, rule.nodes[child]);
    rule.nodes[child].is_one_of = std::ranges::find(node.one_of, child) != node.one_of.end();
    is_constant = is_constant && !rule.nodes[child].fragment.empty();
    members.append(members.empty() ? "" : ",").append(rule.nodes[child].fragment);
    node.asks.insert(node.asks.end(), rule.nodes[child].asks.begin(), rule.nodes[child].asks.end());
  }
  if (node.what == OcsfNode::What::kFixed) node.fragment = node.key + node.fixed;
  if (is_constant && !members.empty()) node.fragment = node.key + (node.list ? "[{" : "{") + members + (node.list ? "}]" : "}");
  std::ranges::sort(node.asks);
  node.asks.erase(std::unique(node.asks.begin(), node.asks.end()), node.asks.end());
  for (const OcsfFieldId field : node.asks) node.asks_bits |= std::uint64_t{1} << field % 64;
}

/// Notes what the schema asks of the object, adds 0 for numbers that must be there and may be Unknown, and complains of what else is not there.
void OcsfLoader::settle_object(const YamlNode& node, const OcsfShape& shape, std::uint32_t at, const Context& context, OcsfRule& rule) {
  const std::vector<std::uint32_t> own = rule.nodes[at].children;
  for (const std::uint32_t child : own) {
    if (!rule.nodes[child].fixed.empty()) rule.nodes[at].stands = true;
    if (rule.nodes[child].what != OcsfNode::What::kObject) continue;
    const std::string name = rule.nodes[child].key.substr(1, rule.nodes[child].key.size() - 3);
    settle_object(node, *OcsfSchema::shipped().find_object(shape.find(name)->object), child, context, rule);
    if (rule.nodes[child].stands) rule.nodes[at].stands = true;
  }
  for (const OcsfAttribute& attribute : shape.attributes) {
    const bool of_rule = attribute.profile.empty() || contains(context.profiles, attribute.profile);
    if (!attribute.required || !of_rule || (at == 0 && std::ranges::find(kOwn, attribute.name) != std::end(kOwn))) continue;
    const std::uint32_t child = child_named(rule, at, attribute.name);
    const char* const unknown = attribute.list ? "[0]" : "0";
    const bool may_be_unknown = attribute.kind == OcsfKind::kInteger && std::ranges::binary_search(attribute.numbers, 0);
    if (child != 0) {
      rule.nodes[at].required.push_back(child);
      rule.nodes[child].needed = true;
      if (may_be_unknown && rule.nodes[child].fixed.empty()) rule.nodes[child].fixed = unknown;
    } else if (may_be_unknown && !attribute.sibling.empty() && child_named(rule, at, attribute.sibling) != 0) {
      complain_(node, fmt::format("{}: '{}' says in words what '{}' is: translate that one, with else: 99", rule.shape->name, attribute.sibling, attribute.name));
    } else if (may_be_unknown) {
      add_fixed(rule, at, attribute.name, unknown);
    } else {
      complain_(node, fmt::format("{} must have '{}{}{}'", rule.shape->name, rule.nodes[at].path, at == 0 ? "" : ".", attribute.name));
    }
  }
  const std::vector<std::string>& wanted = shape.at_least_one.empty() ? shape.just_one : shape.at_least_one;
  for (const std::string& name : wanted) {
    if (const std::uint32_t child = child_named(rule, at, name); child != 0) rule.nodes[at].one_of.push_back(child);
  }
  if (!wanted.empty() && rule.nodes[at].one_of.empty()) {
    complain_(node, fmt::format("{}: '{}' must have one of {}", rule.shape->name, rule.nodes[at].path, fmt::join(wanted, ", ")));
  }
}

}  // namespace tocsin
