// For tests: the records of a whole export of the journal, the slow and obvious way, for comparison with JournalExport, whatever the reads were. It has the same rules
// (journal_export.h) and shares no code but the spelling of texts: everything is there at once, so there are no states. Never fails; used by journal_export_test.cc and the
// fuzz target.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "collect/base64.h"
#include "collect/journal_export.h"

namespace tocsin {

struct JournalTwin {
  struct Record {
    std::string json;
    bool truncated = false;
    bool operator==(const Record&) const = default;
  };
  std::vector<Record> records;
  JournalExport::Counts counts;

  std::vector<std::pair<std::string, std::string>> fields;
  std::size_t bytes = 0;
  bool truncated = false;

  void clear() {
    fields.clear();
    bytes = 0;
    truncated = false;
  }

  void add(const std::string& name, std::string value) {
    if (value.size() > kJournalValueBytesMax) {
      value.resize(kJournalValueBytesMax);
      truncated = true;
    }
    if (fields.size() >= kJournalFieldsMax || bytes + value.size() > kJournalEntryBytesMax) {
      truncated = true;
      return;
    }
    bytes += name.size() + value.size();
    fields.emplace_back(name, value);
  }

  static std::string array(const std::vector<std::string>& values) {
    std::string out = values.size() > 1 ? "[" : "";
    for (const std::string& value : values) out += (&value == values.data() ? "" : ",") + value;
    return out + (values.size() > 1 ? "]" : "");
  }

  void end() {
    if (fields.empty()) return;
    std::vector<std::string> names;
    std::string json;
    for (const auto& [name, unused] : fields) {
      if (std::ranges::find(names, name) != names.end()) continue;
      names.push_back(name);
      std::vector<std::string> texts, packed;
      bool all_text = true;
      for (const auto& [other, value] : fields) {
        if (other != name) continue;
        std::string& text = texts.emplace_back("\"");
        append_json_escaped(text, value);
        text += '"';
        std::string& base64 = packed.emplace_back("\"");
        append_base64(base64, value);
        base64 += '"';
        all_text = all_text && is_valid_utf8(value);
      }
      std::string member = ",\"" + name + "\":" + array(texts);
      if (!all_text) member += ",\"" + name + ".base64\":" + array(packed);
      if (json.size() + member.size() < kReceivedBytesMax) {
        json += member;
      } else {
        truncated = true;
      }
    }
    if (!json.empty()) {
      ++counts.entries;
      counts.truncated += truncated;
      records.push_back({"{" + json.substr(1) + "}", truncated});
    }
    clear();
  }

  static bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos && std::string_view("0123456789").find(text[0]) == std::string_view::npos;
  }

  /// Drops the entry, and what follows up to an empty line; `at` is where that may begin.
  std::size_t damage(std::string_view all, std::size_t at, bool behind_line_feed) {
    ++counts.damaged;
    clear();
    if (behind_line_feed && at < all.size() && all[at] == '\n') return at + 1;
    const std::size_t end = all.find("\n\n", at);
    return end == std::string_view::npos ? all.size() : end + 2;
  }

  explicit JournalTwin(std::string_view all) {
    std::size_t at = 0;
    while (at < all.size()) {
      const std::size_t feed = all.find('\n', at);
      const std::string_view line = all.substr(at, feed == std::string_view::npos ? all.size() - at : feed - at);
      const std::size_t sign = line.find('=');
      const std::string name(line.substr(0, sign));
      if (feed == std::string_view::npos) {
        truncated = true;
        if (sign != std::string_view::npos && is_name(name)) add(name, std::string(line.substr(sign + 1)));
        break;
      }
      at = feed + 1;
      if (line.empty()) {
        end();
      } else if (!is_name(name)) {
        at = damage(all, at, true);
      } else if (sign != std::string_view::npos) {
        add(name, std::string(line.substr(sign + 1)));
      } else if (all.size() - at < 8) {
        truncated = true;
        break;
      } else {
        std::uint64_t size = 0;
        for (std::size_t i = 8; i > 0; --i) size = size * 256 + static_cast<unsigned char>(all[at + i - 1]);
        at += 8;
        if (size > kJournalDataBytesMax) {
          at = damage(all, at, false);
        } else if (all.size() - at < size + 1) {
          truncated = true;
          break;
        } else if (all[at + size] != '\n') {
          at = damage(all, at + size, false);
        } else {
          add(name, std::string(all.substr(at, size)));
          at += size + 1;
        }
      }
    }
    end();
  }
};

}  // namespace tocsin
