#include <fmt/format.h>

#include <algorithm>

#include "normalize/taxonomy_load.h"
#include "normalize/text_formats.h"

namespace tocsin {

namespace {

/// Names of formats that are code; a mapping's would be taken for them.
constexpr std::string_view kCodedFormats[] = {"syslog", "auditd", "w3c", "zeek", "access log", "squid log", "event xml", "cef", "key value", "json", "evtx", "unknown"};

}  // namespace

std::uint16_t MappingLoader::format_field(const YamlNode& place, const std::string& name) {
  const auto [at, fresh] = format_field_ids_.try_emplace(name, static_cast<FormatFieldId>(tables_->formats->fields.size()));
  if (!fresh) return at->second;
  if (tables_->formats->fields.size() >= kFormatFieldsMax) {
    complain(place, fmt::format("formats name more than {} fields", kFormatFieldsMax));
    format_field_ids_.erase(at);
    return 0;
  }
  tables_->formats->fields.push_back(name);
  return at->second;
}

std::vector<FormatConstant> MappingLoader::constants_of(const YamlNode& node) {
  std::vector<FormatConstant> constants;
  if (!node.is_mapping()) {
    complain(node, "add must be a mapping of field names to texts");
    return constants;
  }
  for (const auto& [name, value] : node.entries) {
    for (std::string& text : texts(value, "what is added")) constants.push_back({format_field(name, name.scalar), std::move(text)});
  }
  return constants;
}

/// One pattern or several; each gets what `like` has beside its own.
void MappingLoader::add_pattern(const YamlNode& node, std::vector<FormatPattern>& into, const FormatPattern& like) {
  const auto one = [&](const YamlNode& text) {
    if (!text.is_scalar() || text.scalar.empty()) return complain(text, "a pattern must be a text such as '<timestamp:time iso> <host:word> <message:rest>'");
    Result<LinePattern> compiled = LinePattern::compile(text.scalar);
    if (!compiled) return complain(text, compiled.error().message);
    if (++format_patterns_ > kFormatPatternsMax) return complain(text, fmt::format("more than {} patterns", kFormatPatternsMax));
    FormatPattern& pattern = into.emplace_back(like);
    for (const std::string& name : compiled->names()) pattern.fields.push_back(format_field(text, name));
    pattern.pattern = std::move(*compiled);
  };
  if (!node.is_sequence()) return one(node);
  for (const YamlNode& item : node.items) one(item);
}

/// Patterns, or mappings of a pattern and what it adds.
void MappingLoader::add_lines(const YamlNode& node, TextFormat& format) {
  const auto one = [&](const YamlNode& line) {
    if (!line.is_mapping()) return add_pattern(line, format.lines, {});
    FormatPattern like;
    const YamlNode* const pattern = line.find("pattern");
    const YamlNode* const add = line.find("add");
    if (pattern == nullptr || line.entries.size() != (add == nullptr ? 1u : 2u)) return complain(line, "a line must be a pattern, or a mapping of pattern and add");
    if (add != nullptr) like.add = constants_of(*add);
    add_pattern(*pattern, format.lines, like);
  };
  if (!node.is_sequence()) return one(node);
  for (const YamlNode& item : node.items) one(item);
}

void MappingLoader::add_parts(const YamlNode& node, TextFormat& format) {
  if (!node.is_mapping()) return complain(node, "parts must be a mapping of fields to patterns");
  for (const auto& [name, value] : node.entries) {
    std::vector<FormatPattern> patterns;
    add_pattern(value, patterns, {});
    for (FormatPattern& pattern : patterns) format.parts.push_back({format_field(name, name.scalar), std::move(pattern)});
  }
}

void MappingLoader::add_message(const YamlNode& name, const YamlNode& node, TextFormat& format) {
  FormatPattern like;
  like.name = name.scalar;
  if (!node.is_mapping()) return add_pattern(node, format.messages, like);
  const YamlNode* pattern = nullptr;
  for (const auto& [key, value] : node.entries) {
    if (key.scalar == "pattern") {
      pattern = &value;
    } else if (key.scalar == "component") {
      like.components = texts(value, "a component");
    } else if (key.scalar == "add") {
      like.add = constants_of(value);
    } else {
      complain(key, fmt::format("'{}' is not a part of a message (pattern, component, add)", key.scalar));
    }
  }
  if (pattern == nullptr) return complain(name, fmt::format("the message '{}' has no pattern", name.scalar));
  add_pattern(*pattern, format.messages, like);
}

void MappingLoader::add_messages(const YamlNode& node, TextFormat& format) {
  if (!node.is_mapping()) return complain(node, "messages must be a mapping of names to patterns");
  for (const auto& [name, value] : node.entries) add_message(name, value, format);
}

void MappingLoader::add_format(const YamlNode& node) {
  if (!node.is_mapping()) return complain(node, "a format must be a mapping of name, lines or programs, messages, add and parameters");
  TextFormat format;
  format.file = file_;
  for (const auto& [key, value] : node.entries) {
    if (key.scalar == "name") {
      format.name = value.scalar;
    } else if (key.scalar == "lines") {
      add_lines(value, format);
    } else if (key.scalar == "parts") {
      add_parts(value, format);
    } else if (key.scalar == "programs") {
      format.programs = texts(value, "a program");
    } else if (key.scalar == "messages") {
      add_messages(value, format);
    } else if (key.scalar == "add") {
      format.add = constants_of(value);
    } else if (key.scalar == "parameters") {
      if (value.scalar != "true" && value.scalar != "false") complain(value, "parameters must be true or false");
      format.parameters = value.scalar == "true";
    } else {
      complain(key, fmt::format("'{}' is not a part of a format (name, lines, programs, parts, messages, add, parameters)", key.scalar));
    }
  }
  if (format.name.empty()) return complain(node, "a format needs a name");
  if ((node.find("lines") == nullptr) == (node.find("programs") == nullptr)) {
    return complain(node, fmt::format("the format '{}' needs either lines, patterns of whole lines, or programs, whose syslog messages it knows", format.name));
  }
  if (node.find("programs") != nullptr && node.find("messages") == nullptr) return complain(node, fmt::format("the format '{}' names programs and no messages", format.name));
  const TextFormat* const other = tables_->formats->find(format.name);
  if (other != nullptr) return complain(node, fmt::format("a format '{}' is in {} already", format.name, other->file));
  if (std::ranges::find(kCodedFormats, format.name) != std::end(kCodedFormats)) return complain(node, fmt::format("'{}' is a format that the program knows by itself", format.name));
  if (tables_->formats->formats.size() >= kTextFormatsMax) return complain(node, fmt::format("more than {} formats", kTextFormatsMax));
  tables_->formats->formats.push_back(std::move(format));
}

void MappingLoader::add_formats(const YamlNode& node) {
  if (!node.is_sequence()) return complain(node, "formats must be a list of formats");
  for (const YamlNode& item : node.items) add_format(item);
}

}  // namespace tocsin
