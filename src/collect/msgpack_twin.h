// For tests: MessagePack as JSON, the slow and obvious way, for comparison with MsgpackEnd and append_msgpack_json. It has the same rules
// (msgpack_json.h) and shares no code but what tells UTF-8 and writes fractions. It recurses, so it is for small input. Never fails; used by msgpack_test.cc and the fuzz target.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/text.h"

namespace tocsin {

class MsgpackTwin {
 public:
  enum class Outcome { kWhole, kMore, kBad };
  std::string json;
  std::size_t size = 0;
  Outcome outcome = Outcome::kWhole;

  explicit MsgpackTwin(std::string bytes) : bytes_(std::move(bytes)) {
    json = value(0, false);
    size = at_;
  }

 private:
  using Number = unsigned long long;

  bool has(Number count) {
    if (outcome == Outcome::kWhole && bytes_.size() - at_ < count) outcome = Outcome::kMore;
    return outcome == Outcome::kWhole;
  }
  Number number(int count) {
    Number all = 0;
    if (!has(static_cast<Number>(count))) return 0;
    for (int i = 0; i < count; ++i) all = all * 256 + static_cast<unsigned char>(bytes_[at_++]);
    return all;
  }
  std::string take(Number count) {
    if (!has(count)) return "";
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  static std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      if (c == '"') out += "\\\"";
      else if (c == '\\') out += "\\\\";
      else if (c == '\b') out += "\\b";
      else if (c == '\f') out += "\\f";
      else if (c == '\n') out += "\\n";
      else if (c == '\r') out += "\\r";
      else if (c == '\t') out += "\\t";
      else if (static_cast<unsigned char>(c) < 32) out += escape;
      else out += c;
    }
    return out + "\"";
  }
  static std::string base64(const std::string& bytes) {
    const char* const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bits, out;
    for (const char c : bytes) {
      for (int i = 7; i >= 0; --i) bits += (c >> i & 1) != 0 ? '1' : '0';
    }
    while (bits.size() % 6 != 0) bits += '0';
    for (std::size_t i = 0; i < bits.size(); i += 6) out += digits[std::stoi(bits.substr(i, 6), nullptr, 2)];
    while (out.size() % 4 != 0) out += '=';
    return out;
  }
  template <class Real>
  static std::string real(Real value) {
    if (std::isnan(value)) return "\"NaN\"";
    if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    const std::string text = fmt::format("{}", value);
    return text.find('.') == std::string::npos && text.find('e') == std::string::npos ? text + ".0" : text;
  }
  std::string text(Number count) { return quoted(take(count)); }
  std::string binary(Number count) {
    const std::string taken = take(count);
    return is_valid_utf8(taken) ? quoted(taken) : "\"base64:" + base64(taken) + "\"";
  }
  std::string extension(Number count) {
    const auto type = static_cast<signed char>(number(1));
    return "{\"type\":" + std::to_string(type) + ",\"base64\":\"" + base64(take(count)) + "\"}";
  }
  std::string parts(Number count, bool map, int depth, bool key) {
    if (outcome == Outcome::kWhole && (key || (count > 0 && depth == 64))) outcome = Outcome::kBad;
    std::string out(map ? "{" : "[");
    for (Number i = 0; i < count && outcome == Outcome::kWhole; ++i) {
      if (i > 0) out += ",";
      if (map) {
        const std::string name = value(depth + 1, true);
        out += (name.empty() || name[0] == '"' ? name : quoted(name)) + ":";
      }
      if (outcome == Outcome::kWhole) out += value(depth + 1, false);
    }
    return out + (map ? "}" : "]");
  }
  std::string value(int depth, bool key) {
    const auto head = static_cast<unsigned>(number(1));
    if (outcome != Outcome::kWhole) return "";
    if (head <= 0x7F) return std::to_string(head);
    if (head <= 0x8F) return parts(head - 0x80, true, depth, key);
    if (head <= 0x9F) return parts(head - 0x90, false, depth, key);
    if (head <= 0xBF) return text(head - 0xA0);
    if (head >= 0xE0) return std::to_string(static_cast<int>(head) - 256);
    switch (head) {
      case 0xC0: return "null";
      case 0xC2: return "false";
      case 0xC3: return "true";
      case 0xC4: return binary(number(1));
      case 0xC5: return binary(number(2));
      case 0xC6: return binary(number(4));
      case 0xC7: return extension(number(1));
      case 0xC8: return extension(number(2));
      case 0xC9: return extension(number(4));
      case 0xCC: return std::to_string(number(1));
      case 0xCD: return std::to_string(number(2));
      case 0xCE: return std::to_string(number(4));
      case 0xCF: return std::to_string(number(8));
      case 0xD0: return std::to_string(static_cast<std::int8_t>(number(1)));
      case 0xD1: return std::to_string(static_cast<std::int16_t>(number(2)));
      case 0xD2: return std::to_string(static_cast<std::int32_t>(number(4)));
      case 0xD3: return std::to_string(static_cast<std::int64_t>(number(8)));
      case 0xD4: return extension(1);
      case 0xD5: return extension(2);
      case 0xD6: return extension(4);
      case 0xD7: return extension(8);
      case 0xD8: return extension(16);
      case 0xD9: return text(number(1));
      case 0xDA: return text(number(2));
      case 0xDB: return text(number(4));
      case 0xDC: return parts(number(2), false, depth, key);
      case 0xDD: return parts(number(4), false, depth, key);
      case 0xDE: return parts(number(2), true, depth, key);
      case 0xDF: return parts(number(4), true, depth, key);
      default: break;
    }
    if (head == 0xCA || head == 0xCB) return real_of(head == 0xCA);
    outcome = Outcome::kBad;
    return "";
  }
  std::string real_of(bool narrow) {
    const Number bits = number(narrow ? 4 : 8);
    if (outcome != Outcome::kWhole) return "";
    if (narrow) {
      const auto small = static_cast<std::uint32_t>(bits);
      float value = 0;
      std::memcpy(&value, &small, sizeof value);
      return real(value);
    }
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return real(value);
  }

  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace tocsin
