// Writes one JSON object into a text, member by member; what is empty is left out. Plain, one thread, fails at nothing; calls have to be balanced, which is checked.
//
//   JsonText json(out);
//   json.text("subject", subject);
//   json.begin("from").text("address", address).end();
//   json.close();
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/text.h"

namespace tocsin {

class JsonText {
 public:
  explicit JsonText(std::string& out) : out_(out) { out_ += '{'; }

  JsonText& text(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    key(name);
    quote(value);
    return *this;
  }
  /// One as itself, several as an array.
  JsonText& texts(std::string_view name, const std::vector<std::string>& values) {
    if (values.size() == 1) return text(name, values.front());
    if (values.empty()) return *this;
    begin_array(name);
    for (const std::string& value : values) {
      separate();
      quote(value);
    }
    return end_array();
  }
  JsonText& number(std::string_view name, std::uint64_t value) {
    key(name);
    out_ += fmt::format("{}", value);
    return *this;
  }
  JsonText& boolean(std::string_view name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
    return *this;
  }
  /// `json` is a value.
  JsonText& value(std::string_view name, std::string_view json) {
    key(name);
    out_ += json;
    return *this;
  }

  JsonText& begin(std::string_view name) {
    key(name);
    return open('{');
  }
  /// An object within an array.
  JsonText& begin() {
    separate();
    return open('{');
  }
  JsonText& begin_array(std::string_view name) {
    key(name);
    return open('[');
  }
  /// An object without members is taken back, name and all.
  JsonText& end() {
    TOCSIN_CHECK(!starts_.empty());
    if (first_) {
      out_.resize(starts_.back().from);
      first_ = starts_.back().first;
    } else {
      out_ += '}';
    }
    starts_.pop_back();
    return *this;
  }
  JsonText& end_array() {
    TOCSIN_CHECK(!starts_.empty());
    starts_.pop_back();
    out_ += ']';
    first_ = false;
    return *this;
  }
  void close() {
    TOCSIN_CHECK(starts_.empty());
    out_ += '}';
  }

 private:
  struct Start {
    std::size_t from = 0;  // what begins with it, its comma and name included
    bool first = true;     // it is its parent's first
  };

  void separate() {
    from_ = out_.size();
    was_first_ = first_;
    if (!first_) out_ += ',';
    first_ = false;
  }
  void key(std::string_view name) {
    separate();
    quote(name);
    out_ += ':';
  }
  void quote(std::string_view value) {
    out_ += '"';
    append_json_escaped(out_, value);
    out_ += '"';
  }
  JsonText& open(char bracket) {
    starts_.push_back({from_, was_first_});
    out_ += bracket;
    first_ = true;
    return *this;
  }

  std::string& out_;
  std::vector<Start> starts_;
  std::size_t from_ = 0;
  bool first_ = true, was_first_ = true;
};

}  // namespace tocsin
