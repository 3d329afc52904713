#include "normalize/ocsf_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/content.h"

namespace tocsin {

namespace {

constexpr std::pair<std::string_view, OcsfKind> kKinds[] = {
    {"boolean_t", OcsfKind::kBool},     {"bytestring_t", OcsfKind::kBytes}, {"datetime_t", OcsfKind::kDatetime}, {"email_t", OcsfKind::kEmail},
    {"float_t", OcsfKind::kFloat},      {"integer_t", OcsfKind::kInteger},  {"ip_t", OcsfKind::kIp},             {"json_t", OcsfKind::kJson},
    {"long_t", OcsfKind::kInteger},     {"mac_t", OcsfKind::kMac},          {"port_t", OcsfKind::kPort},         {"subnet_t", OcsfKind::kSubnet},
    {"timestamp_t", OcsfKind::kTime},   {"uuid_t", OcsfKind::kUuid},
};

std::string_view next_part(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size();
}

std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) names.emplace_back(next_part(list, ','));
  return names;
}

/// Numbers or words.
void read_choices(std::string_view list, OcsfAttribute& attribute) {
  while (!list.empty()) {
    const std::string_view choice = next_part(list, ',');
    std::int64_t number = 0;
    if (read_number(choice, number)) {
      attribute.numbers.push_back(number);
    } else {
      attribute.words.emplace_back(choice);
    }
  }
}

/// " process! process", without the blank in front.
bool read_attribute(std::string_view line, OcsfAttribute& attribute) {
  std::string_view name = next_part(line, ' ');
  attribute.list = name.ends_with("[]");
  if (attribute.list) name.remove_suffix(2);
  attribute.required = name.ends_with('!');
  if (attribute.required) name.remove_suffix(1);
  attribute.name = name;
  const std::string_view type = next_part(line, ' ');
  const auto kind = std::ranges::find(kKinds, type, &std::pair<std::string_view, OcsfKind>::first);
  if (kind != std::end(kKinds)) {
    attribute.kind = kind->second;
  } else if (!type.ends_with("_t")) {
    attribute.kind = OcsfKind::kObject;
    attribute.object = type;
  }
  while (!line.empty()) {
    std::string_view part = next_part(line, ' ');
    if (part.empty()) return false;
    const char what = part.front();
    part.remove_prefix(1);
    if (what == '@') {
      attribute.profile = part;
    } else if (what == '~') {
      attribute.sibling = part;
    } else if (what == '#') {
      if (!read_number(part, attribute.observable)) return false;
    } else if (what == '=') {
      read_choices(part, attribute);
    } else {
      return false;
    }
  }
  return !attribute.name.empty() && !type.empty();
}

/// "process_activity 1007 ?a,b", "process ?pid,uid".
bool read_shape(std::string_view line, bool is_class, OcsfShape& shape) {
  shape.name = next_part(line, ' ');
  if (is_class && !read_number(next_part(line, ' '), shape.uid)) return false;
  while (!line.empty()) {
    const std::string_view part = next_part(line, ' ');
    if (part.size() < 2 || (part.front() != '?' && part.front() != '!')) return false;
    (part.front() == '?' ? shape.at_least_one : shape.just_one) = names_of(part.substr(1));
  }
  return !shape.name.empty();
}

void add_base(const OcsfShape& base, OcsfShape& shape) {
  const std::size_t own = shape.attributes.size();
  for (const OcsfAttribute& attribute : base.attributes) {
    const auto end = shape.attributes.begin() + static_cast<std::ptrdiff_t>(own);
    if (std::ranges::find(shape.attributes.begin(), end, attribute.name, &OcsfAttribute::name) == end) shape.attributes.push_back(attribute);
  }
}

const OcsfShape* find_shape(const std::vector<OcsfShape>& shapes, std::string_view name) {
  const auto at = std::ranges::lower_bound(shapes, name, {}, &OcsfShape::name);
  return at != shapes.end() && at->name == name ? &*at : nullptr;
}

}  // namespace

const OcsfAttribute* OcsfShape::find(std::string_view attribute) const {
  const auto at = std::ranges::lower_bound(attributes, attribute, {}, &OcsfAttribute::name);
  return at != attributes.end() && at->name == attribute ? &*at : nullptr;
}

Result<OcsfSchema> OcsfSchema::parse(std::string_view text) {
  OcsfSchema schema;
  OcsfShape* shape = nullptr;
  int number = 0;
  while (!text.empty()) {
    std::string_view line = next_part(text, '\n');
    ++number;
    bool good = true;
    if (line.starts_with('#') || line.empty()) continue;
    if (line.starts_with(' ')) {
      good = shape != nullptr && read_attribute(line.substr(1), shape->attributes.emplace_back());
    } else {
      const std::string_view what = next_part(line, ' ');
      if (what == "version") {
        schema.version_ = line;
      } else if (what == "class" || what == "object") {
        shape = &(what == "class" ? schema.classes_ : schema.objects_).emplace_back();
        good = read_shape(line, what == "class", *shape);
      } else {
        good = false;
      }
    }
    if (!good) return Error{Code::kInvalid, fmt::format("ocsf/schema.txt:{}: not a line of the extract", number)};
  }
  if (schema.classes_.empty()) return Error{Code::kInvalid, "ocsf/schema.txt: no class"};
  for (std::size_t i = 1; i < schema.classes_.size(); ++i) add_base(schema.classes_.front(), schema.classes_[i]);
  for (std::vector<OcsfShape>* shapes : {&schema.classes_, &schema.objects_}) {
    std::ranges::sort(*shapes, {}, &OcsfShape::name);
    for (OcsfShape& each : *shapes) std::ranges::sort(each.attributes, {}, &OcsfAttribute::name);
  }
  return schema;
}

const OcsfSchema& OcsfSchema::shipped() {
  static const OcsfSchema schema = [] {
    for (const ContentFile& file : content_files()) {
      if (file.name != "ocsf/schema.txt") continue;
      if (auto parsed = parse(file.text)) return std::move(*parsed);
    }
    return OcsfSchema();
  }();
  return schema;
}

const OcsfShape* OcsfSchema::find_class(std::string_view name) const { return find_shape(classes_, name); }
const OcsfShape* OcsfSchema::find_object(std::string_view name) const { return find_shape(objects_, name); }

}  // namespace tocsin
