// What a rule says: its parts, with what it has from those around it. What becomes of them in a class: ocsf_compile.cc.
#include "normalize/ocsf_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace tocsin {

namespace {

bool is_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size();
}

}  // namespace

std::optional<std::int64_t> OcsfTranslation::number_of(std::string_view folded) const {
  const auto at = exact.find(folded);
  if (at != exact.end()) return at->second;
  for (const auto& [pattern, number] : wild) {
    if (pattern.fits(folded)) return number;
  }
  return other;
}

void OcsfLoader::add(const YamlNode& node, const std::string& file) {
  file_ = file;
  add_list(node, {});
}

std::shared_ptr<const OcsfTables> OcsfLoader::finish() {
  constexpr std::string_view kRest = "- {class: base_event, fixed: {metadata.product.name: Unknown}}\n";
  const auto rest = parse_yaml(kRest);
  if (rest) add_list(rest->front(), {});
  return std::move(tables_);
}

void OcsfLoader::add_list(const YamlNode& node, const Context& around) {
  if (!node.is_sequence()) return complain_(node, "must be a list of rules");
  for (const YamlNode& item : node.items) add_rule(item, around);
}

void OcsfLoader::add_rule(const YamlNode& node, Context context) {
  if (!node.is_mapping()) return complain_(node, "a rule must be a mapping of source, when, class, fields …; docs/mappings.md lists them");
  for (const auto& [key, value] : node.entries) read_part(key, value, context);
  context.rule.where = fmt::format("{}:{}", file_, node.at.line);
  const YamlNode* const cases = node.find("cases");
  if (cases != nullptr) add_list(*cases, context);
  if (node.find("class") != nullptr || cases == nullptr) compile(node, context);
}

void OcsfLoader::read_part(const YamlNode& key, const YamlNode& value, Context& context) {
  const std::string& part = key.scalar;
  if (part == "source") {
    read_source(value, context.rule);
  } else if (part == "when") {
    read_when(value, context.rule);
  } else if (part == "capture") {
    read_captures(value, context.rule);
  } else if (part == "class") {
    context.rule.shape = OcsfSchema::shipped().find_class(value.scalar);
    if (context.rule.shape == nullptr) complain_(value, fmt::format("'{}' is not a class of OCSF {}", value.scalar, OcsfSchema::shipped().version()));
  } else if (part == "profiles") {
    for (std::string& profile : texts(value, "a profile")) context.profiles.push_back(std::move(profile));
  } else if (part == "activity") {
    context.rule.activity = leaf_of(value);
    context.has_activity = true;
  } else if (part == "severity" || part == "status") {
    read_field(part + "_id", value, context);
  } else if (part == "fields") {
    read_fields(value, context);
  } else if (part == "fixed") {
    read_fixed(value, context);
  } else if (part != "cases") {
    complain_(key, fmt::format("'{}' is not a part of a rule (source, when, capture, class, profiles, activity, severity, status, fields, fixed, cases)", part));
  }
}

void OcsfLoader::read_source(const YamlNode& node, OcsfRule& rule) {
  if (!node.is_mapping()) return complain_(node, "source must be a mapping of product, category and service");
  for (const auto& [key, value] : node.entries) {
    std::string LogSource::*const part = key.scalar == "product"    ? &LogSource::product
                                         : key.scalar == "category" ? &LogSource::category
                                         : key.scalar == "service"  ? &LogSource::service
                                                                    : nullptr;
    if (part == nullptr || !value.is_scalar()) {
      complain_(key, "source has the parts product, category and service, each a text");
      continue;
    }
    rule.source.*part = value.scalar;
    rule.any_source = false;
  }
}

void OcsfLoader::read_when(const YamlNode& node, OcsfRule& rule) {
  if (!node.is_mapping() || node.entries.empty()) return complain_(node, "when must be a mapping of field names to values");
  for (const auto& [name, wanted] : node.entries) {
    OcsfCondition condition;
    condition.field = field(name, name.scalar);
    const YamlNode* values = &wanted;
    if (wanted.is_mapping()) {
      const YamlNode* const exists = wanted.find("exists");
      values = wanted.find("not");
      if (wanted.entries.size() != 1 || (exists == nullptr && values == nullptr)) {
        complain_(wanted, fmt::format("'{}' must be a value, a list of values, {{exists: true}}, {{exists: false}} or {{not: …}}", name.scalar));
        continue;
      }
      condition.any_value = exists != nullptr;
      condition.negated = exists == nullptr || exists->scalar == "false";
    }
    if (!condition.any_value) {
      for (const std::string& text : texts(*values, "a value")) condition.any_of.emplace_back(text);
    }
    rule.when.push_back(std::move(condition));
  }
}

void OcsfLoader::read_captures(const YamlNode& node, OcsfRule& rule) {
  if (!node.is_mapping() || node.entries.size() != 1) return complain_(node, "capture must be one field and its patterns");
  const auto& [name, patterns] = node.entries.front();
  OcsfCaptures captures;
  captures.field = field(name, name.scalar);
  for (const std::string& text : texts(patterns, "a pattern")) {
    Result<CapturePattern> pattern = CapturePattern::parse(text);
    if (!pattern) {
      complain_(patterns, pattern.error().message);
      continue;
    }
    std::vector<OcsfFieldId>& ids = captures.names.emplace_back();
    for (const std::string& hole : pattern->names()) ids.push_back(field(patterns, "<" + hole + ">"));
    captures.patterns.push_back(std::move(*pattern));
  }
  rule.captures = std::move(captures);
}

void OcsfLoader::read_fields(const YamlNode& node, Context& context) {
  if (!node.is_mapping()) return complain_(node, "fields must be a mapping of OCSF paths to fields of the event");
  for (const auto& [path, value] : node.entries) read_field(path.scalar, value, context);
}

/// An inner rule's word stands in place of an outer one's; null takes it away, and all that is inside.
void OcsfLoader::read_field(const std::string& path, const YamlNode& value, Context& context) {
  const auto known = std::ranges::find(context.assignments, path, &Assignment::path);
  if (value.is_null()) {
    std::erase_if(context.assignments, [&](const Assignment& other) { return other.path == path || other.path.starts_with(path + "."); });
    return;
  }
  if (value.is_mapping() && read_shorthand(path, value, context)) return;
  Assignment assignment{path, value, leaf_of(value)};
  if (known != context.assignments.end()) {
    *known = std::move(assignment);
  } else {
    context.assignments.push_back(std::move(assignment));
  }
}

/// {file: F}, {user: F}, {address: F}: what is said in one field and stands in several places.
bool OcsfLoader::read_shorthand(const std::string& path, const YamlNode& node, Context& context) {
  if (node.entries.size() != 1) return false;
  const YamlNode& what = node.entries.front().first;
  const YamlNode& from = node.entries.front().second;
  const auto put = [&](const char* member, OcsfTake take, std::string at) {
    OcsfNode leaf;
    leaf.what = OcsfNode::What::kLeaf;
    leaf.no_address = std::string_view(member) == ".hostname";
    leaf.from = fields_of(from);
    leaf.take = take;
    leaf.at = std::move(at);
    const std::string whole = path + member;
    std::erase_if(context.assignments, [&](const Assignment& other) { return other.path == whole; });
    context.assignments.push_back({whole, node, std::move(leaf)});
  };
  if (what.scalar == "file") {
    put(".path", OcsfTake::kAll, {});
    put(".name", OcsfTake::kAfter, "/\\");
  } else if (what.scalar == "user") {
    put(".name", OcsfTake::kAfter, "\\");
    put(".domain", OcsfTake::kBefore, "\\");
  } else if (what.scalar == "address") {
    put(".ip", OcsfTake::kAll, {});
    put(".hostname", OcsfTake::kAll, {});
  } else {
    return false;
  }
  return true;
}

void OcsfLoader::read_fixed(const YamlNode& node, Context& context) {
  if (!node.is_mapping()) return complain_(node, "fixed must be a mapping of OCSF paths to constants");
  for (const auto& [key, value] : node.entries) {
    if (!value.is_scalar()) {
      complain_(value, "a constant must be a text, a number, true or false");
      continue;
    }
    const std::string& path = key.scalar;
    Assignment assignment{path, value, {}};
    assignment.leaf.what = OcsfNode::What::kFixed;
    assignment.leaf.fixed = value.scalar;  // JSON once its type is known
    std::erase_if(context.assignments, [&](const Assignment& other) { return other.path == path; });
    context.assignments.push_back(std::move(assignment));
  }
}

/// A field, a list of fields, a number that it always is, or a mapping of from and what is made of it.
OcsfNode OcsfLoader::leaf_of(const YamlNode& node) {
  OcsfNode leaf;
  leaf.what = OcsfNode::What::kLeaf;
  if (node.is_scalar() && !node.quoted && is_number(node.scalar)) {
    leaf.what = OcsfNode::What::kFixed;
    leaf.fixed = node.scalar;
    return leaf;
  }
  if (!node.is_mapping()) {
    leaf.from = fields_of(node);
    return leaf;
  }
  for (const auto& [key, value] : node.entries) {
    if (key.scalar == "from") {
      leaf.from = fields_of(value);
    } else if (key.scalar == "translate") {
      leaf.translation = translation_of(value, node.find("else"));
    } else if (key.scalar == "after" || key.scalar == "before") {
      leaf.take = key.scalar == "after" ? OcsfTake::kAfter : OcsfTake::kBefore;
      leaf.at = value.scalar;
    } else if (key.scalar == "hashes") {
      leaf.what = OcsfNode::What::kHashes;
      leaf.from = fields_of(value);
    } else if (key.scalar != "else") {
      complain_(key, fmt::format("'{}' is not a part of a field (from, translate, else, after, before; or file, user, address, hashes alone)", key.scalar));
    }
  }
  const YamlNode* const other = node.find("else");
  if (other != nullptr && !leaf.translation) leaf.fixed = other->scalar;
  if (leaf.from.empty() && leaf.fixed.empty()) complain_(node, "without 'from' there is nothing to take");
  return leaf;
}

OcsfTranslation OcsfLoader::translation_of(const YamlNode& node, const YamlNode* other) {
  OcsfTranslation translation;
  if (other != nullptr) translation.other = number_of(*other);
  if (!node.is_mapping()) {
    complain_(node, "translate must be a mapping of what events say to numbers");
    return translation;
  }
  for (const auto& [said, number] : node.entries) {
    FoldedPattern pattern(said.scalar);
    if (pattern.is_exact()) {
      translation.exact.emplace(folded(said.scalar), number_of(number));
    } else {
      translation.wild.emplace_back(std::move(pattern), number_of(number));
    }
  }
  return translation;
}

std::int64_t OcsfLoader::number_of(const YamlNode& node) {
  std::int64_t number = 0;
  const char* const end = node.scalar.data() + node.scalar.size();
  const auto [stop, error] = std::from_chars(node.scalar.data(), end, number);
  if (error != std::errc() || stop != end) complain_(node, fmt::format("'{}' must be a number of the schema", node.scalar));
  return number;
}

std::vector<OcsfFieldId> OcsfLoader::fields_of(const YamlNode& node) {
  std::vector<OcsfFieldId> ids;
  for (const std::string& name : texts(node, "a field name")) ids.push_back(field(node, name));
  return ids;
}

OcsfFieldId OcsfLoader::field(const YamlNode& at, const std::string& name) {
  const auto known = tables_->field_ids.find(name);
  if (known != tables_->field_ids.end()) return known->second;
  if (tables_->fields.size() >= kOcsfFieldsMax) {
    complain_(at, fmt::format("more than {} fields in 'ocsf'", kOcsfFieldsMax));
    return 0;
  }
  const auto id = static_cast<OcsfFieldId>(tables_->fields.size());
  tables_->fields.push_back(name);
  tables_->field_ids.emplace(name, id);
  return id;
}

std::vector<std::string> OcsfLoader::texts(const YamlNode& node, std::string_view what) {
  std::vector<std::string> out;
  if (node.is_scalar()) {
    out.push_back(node.scalar);
  } else if (node.is_sequence() && std::ranges::all_of(node.items, [](const YamlNode& item) { return item.is_scalar(); })) {
    for (const YamlNode& item : node.items) out.push_back(item.scalar);
  }
  if (out.empty()) complain_(node, fmt::format("{} must be a text or a list of texts", what));
  return out;
}

}  // namespace tocsin
