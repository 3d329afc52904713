#include "normalize/text_formats.h"

#include <algorithm>

#include "normalize/message_parameters.h"
#include "normalize/text_scan.h"

namespace tocsin {

namespace {

std::string_view without_end_spaces(std::string_view line) {
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  return line;
}

std::size_t bytes_of(const std::vector<FormatConstant>& constants) {
  std::size_t bytes = 0;
  for (const FormatConstant& constant : constants) bytes += constant.text.size();
  return bytes;
}

unsigned char first_byte(std::string_view text) { return static_cast<unsigned char>(text.front()); }

bool is_key_char(char c) { return is_name_char(c) || c == '.' || c == '/' || c == '@'; }

/// "key=" at the scan; no move if there is none.
bool read_key(TextScan& scan, std::string_view& key) {
  const std::string_view rest = scan.rest();
  std::size_t size = 0;
  while (size < rest.size() && size <= kPatternNameBytesMax && is_key_char(rest[size])) ++size;
  if (size == 0 || size > kPatternNameBytesMax || size == rest.size() || rest[size] != '=') return false;
  key = rest.substr(0, size);
  scan.skip(size + 1);
  return true;
}

std::string_view read_pair_value(TextScan& scan) {
  std::string_view value;
  TextScan ahead = scan;
  if (ahead.eat('"') && ahead.take_until_plain('"', value)) {
    scan = ahead;
    return value;
  }
  value = scan.rest().substr(0, scan.rest().find_first_of(" \t"));
  scan.skip(value.size());
  while (value.ends_with(',') || value.ends_with(';')) value.remove_suffix(1);
  return value;
}

}  // namespace

void LineFilter::Heads::add(const PatternHead& head, std::uint64_t bit) {
  for (std::size_t i = 0; i < kPatternHeadBytes; ++i) {
    if (i < head.size) reach[i] |= bit;
    for (std::size_t c = 0; c < 256; ++c) {
      if (i >= head.size || has(head.bytes[i], static_cast<char>(c))) allow[i][c] |= bit;
    }
  }
}

void LineFilter::add(const LinePattern& pattern) {
  if (size_ % 64 == 0) groups_.emplace_back();
  const std::uint64_t bit = std::uint64_t{1} << (size_++ % 64);
  groups_.back().all |= bit;
  if (pattern.begins_with_digits()) groups_.back().digits_first |= bit;
  groups_.back().first.add(pattern.head(), bit);
  groups_.back().second.add(pattern.second_head(), bit);
}

void TextFormats::index() {
  std::size_t format_bytes = 0;
  std::size_t message_bytes = 0;
  for (std::uint16_t id = 0; id < formats.size(); ++id) {
    TextFormat& format = formats[id];
    format_bytes = std::max(format_bytes, format.name.size() + bytes_of(format.add));
    for (std::uint16_t line = 0; line < format.lines.size(); ++line) {
      filter.add(format.lines[line].pattern);
      lines.emplace_back(id, line);
    }
    for (int c = 0; c < 256; ++c) {
      for (std::uint16_t message = 0; message < format.messages.size(); ++message) {
        if (format.messages[message].pattern.may_begin_with(static_cast<char>(c))) format.messages_by_first[static_cast<std::size_t>(c)].push_back(message);
      }
    }
    for (const FormatPattern& message : format.messages) message_bytes = std::max(message_bytes, message.name.size() + bytes_of(message.add));
    for (const std::string& program : format.programs) {
      if (program.ends_with('*')) {
        by_program_start.emplace_back(program.substr(0, program.size() - 1), id);
      } else {
        by_program[program].push_back(id);
      }
    }
  }
  added_bytes_max = 2 * format_bytes + message_bytes;  // of the line's format, and of the program's
}

const TextFormat* TextFormats::find(std::string_view name) const {
  const auto found = std::ranges::find(formats, name, &TextFormat::name);
  return found == formats.end() ? nullptr : &*found;
}

FormatReader::FormatReader(const TextFormats& formats, PathTable& paths)
    : formats_(formats),
      paths_(paths),
      log_format_(paths.child(PathTable::kRoot, "log_format")),
      message_name_(paths.child(PathTable::kRoot, "message_name")),
      parameters_(paths.child(PathTable::kRoot, "parameters")),
      message_(paths.child(PathTable::kRoot, "message")),
      component_(paths.child(PathTable::kRoot, "component")),
      program_(paths.child(PathTable::kRoot, "program")),
      vpc_flow_(paths) {
  for (const std::string& name : formats.fields) {
    PathId path = PathTable::kRoot;
    for (std::size_t from = 0; from <= name.size();) {
      const std::size_t dot = std::min(name.size(), name.find('.', from));
      path = paths.child(path, std::string_view(name).substr(from, dot - from));
      from = dot + 1;
    }
    fields_.push_back(name == "*" ? PathTable::kRoot : path);
  }
}

bool FormatReader::parse(std::string_view line, TimeUs reference, TextArena& arena, Event& event) {
  const std::string_view trimmed = without_end_spaces(line);
  if (trimmed.empty()) return false;
  match_.remember_line(trimmed.data());
  const bool taken = formats_.filter.any(trimmed, [&](std::size_t place) {
    const auto [format, line_pattern] = formats_.lines[place];
    return parse_by(formats_.formats[format], formats_.formats[format].lines[line_pattern], line, reference, arena, event);
  });
  match_.forget_line();
  return taken;
}

bool FormatReader::parse_by_head(std::string_view line, TextArena& arena, Event& event) {
  if (!vpc_flow_.knows_columns() || !vpc_flow_.parse(line, arena, event)) return false;
  format_ = kVpcFlowFormat;
  return true;
}

bool FormatReader::say_columns(std::string_view names) {
  names.remove_prefix(std::min(names.size(), names.find_first_not_of(' ')));
  if (!names.empty() && !is_vpc_head(names)) return false;
  if (said_columns_ != names) said_columns_ = names;
  return true;
}

void FormatReader::begin_file() {
  vpc_flow_.forget_columns();
  if (!said_columns_.empty()) vpc_flow_.read_head(said_columns_);
}

bool FormatReader::parse_as(const TextFormat& format, std::string_view line, TimeUs reference, TextArena& arena, Event& event) {
  for (const FormatPattern& pattern : format.lines) {
    if (parse_by(format, pattern, line, reference, arena, event)) return true;
  }
  return false;
}

bool FormatReader::parse_by(const TextFormat& format, const FormatPattern& pattern, std::string_view line, TimeUs reference, TextArena& arena,
                            Event& event) {
  if (!pattern.pattern.match(without_end_spaces(line), reference, match_)) return false;
  arena.prepare(line.size() + room());
  const std::string_view copy = arena.put(line);
  // What was found lies in the line; its place in the copy is the same.
  const std::ptrdiff_t moved = copy.data() - line.data();
  match_.move_by(moved);
  add_value(event, PathTable::kRoot, copy);
  add_value(event, log_format_, arena.put(format.name));
  found_message_ = found_component_ = found_program_ = {};
  event.time = match_.time();
  add_match(format, pattern, event);
  const std::string_view message = found_message_, component = found_component_, program = found_program_;
  add_constants(pattern.add, arena, event);
  add_constants(format.add, arena, event);
  format_ = format.name;
  if (!message.empty() && !add_message_of(format, component, message, arena, event)) {
    const bool known = !program.empty() && add_message(program, message, arena, event);
    if (!known && format.parameters) add_parameters(message, event);
  }
  event.text = arena.text();
  return true;
}

void FormatReader::add_match(const TextFormat& format, const FormatPattern& pattern, Event& event) {
  add_fields(pattern, match_, event);
  for (const FormatPart& part : format.parts) {
    for (const LineMatch::Field& field : match_) {
      if (pattern.fields[field.name] != part.field) continue;
      if (part.pattern.pattern.match(field.text, kNoTime, part_match_)) add_fields(part.pattern, part_match_, event);
    }
  }
}

void FormatReader::add_fields(const FormatPattern& pattern, const LineMatch& match, Event& event) {
  for (const LineMatch::Field& field : match) {
    const PathId path = fields_[pattern.fields[field.name]];
    if (field.type == FieldType::kPairs) {
      add_pairs(field.text, path, event);
      continue;
    }
    if (path == message_) found_message_ = field.text;
    if (path == component_) found_component_ = field.text;
    if (path == program_) found_program_ = field.text;
    add_or_null(event, path, field.text);
  }
}

void FormatReader::add_pairs(std::string_view text, PathId parent, Event& event) {
  TextScan scan(text);
  std::string_view key;
  PathId path = parent;
  for (std::size_t pairs = 0; !scan.at_end() && pairs < kFormatPairsMax; scan.skip_spaces()) {
    if (!read_key(scan, key)) {
      read_pair_value(scan);  // a word between the pairs
      if (scan.peek() == ',' || scan.peek() == ';') scan.skip(1);
      continue;
    }
    const std::string_view value = read_pair_value(scan);
    if (scan.peek() == ',' || scan.peek() == ';') scan.skip(1);
    path = paths_.child_after(path, parent, key);
    add_or_null(event, path, value);
    ++pairs;
  }
}

void FormatReader::add_constants(const std::vector<FormatConstant>& constants, TextArena& arena, Event& event) {
  for (const FormatConstant& constant : constants) {
    const PathId path = fields_[constant.field];
    const bool there = std::ranges::any_of(event.values, [path](const Value& value) { return value.path == path && value.kind != ValueKind::kNull; });
    if (!there) add_value(event, path, arena.put(constant.text));
  }
}

bool FormatReader::add_message_of(const TextFormat& format, std::string_view component, std::string_view message, TextArena& arena, Event& event) {
  message = without_end_spaces(message);
  if (message.empty()) return false;
  for (const std::uint16_t id : format.messages_by_first[first_byte(message)]) {
    const FormatPattern& pattern = format.messages[id];
    if (!pattern.pattern.may_begin(message)) continue;
    if (!pattern.components.empty() && std::ranges::find(pattern.components, component) == pattern.components.end()) continue;
    if (!pattern.pattern.match(message, kNoTime, match_)) continue;
    add_value(event, message_name_, arena.put(pattern.name));
    add_match(format, pattern, event);
    add_constants(pattern.add, arena, event);
    return true;
  }
  return false;
}

bool FormatReader::add_message(std::string_view program, std::string_view message, TextArena& arena, Event& event) {
  const auto by = [&](std::uint16_t id) {
    const TextFormat& format = formats_.formats[id];
    const bool known = add_message_of(format, program, message, arena, event);
    if (known) add_constants(format.add, arena, event);
    return known;
  };
  const auto named = [&](std::string_view name) {
    const auto found = formats_.by_program.find(name);
    return found != formats_.by_program.end() && std::ranges::any_of(found->second, by);
  };
  if (named(program)) return true;
  const std::size_t slash = program.rfind('/');
  if (slash != std::string_view::npos && named(program.substr(slash + 1))) return true;
  return std::ranges::any_of(formats_.by_program_start, [&](const auto& start) { return program.starts_with(start.first) && by(start.second); });
}

void FormatReader::add_parameters(std::string_view message, Event& event) {
  for_each_parameter(message, [&](std::string_view parameter) { add_value(event, parameters_, parameter); });
}

}  // namespace tocsin
