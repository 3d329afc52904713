#include "collect/dmarc_reader.h"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/openssl.h"
#include "collect/json_text.h"
#include "collect/mail_header.h"

namespace tocsin {

namespace {

using OwnParser = std::unique_ptr<XML_ParserStruct, Freed<XML_ParserFree>>;

/// What Expat gets at a time, so that what it holds back can be measured.
constexpr std::size_t kPieceBytes = 16 << 10;

/// An element below <feedback>, and what is in it. Children are numbers of elements, in their order.
struct Element {
  std::string name;
  std::string text;
  std::vector<std::size_t> children;
};

std::string_view local_name(std::string_view name) { return name.substr(name.rfind(':') + 1); }  // npos: all of it

bool is_count(std::string_view text) {
  return !text.empty() && text.size() < 16 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }) && (text.size() == 1 || text[0] != '0');
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

}  // namespace

bool is_dmarc_report(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  while (true) {
    head = head.substr(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
    const std::string_view end = head.starts_with("<?") ? "?>" : head.starts_with("<!--") ? "-->" : "";
    if (end.empty()) break;
    const std::size_t at = head.find(end);
    if (at == std::string_view::npos) return false;
    head.remove_prefix(at + end.size());
  }
  // One with a document type is one, too: it is refused by its reader, which says why.
  if (constexpr std::string_view kDocumentType = "<!DOCTYPE "; head.starts_with(kDocumentType)) head.remove_prefix(kDocumentType.size() - 1);
  if (!head.starts_with('<') && !head.starts_with(' ')) return false;
  const std::size_t size = head.find_first_of(" \t\r\n/>", 1);
  return size != std::string_view::npos && local_name(head.substr(1, size - 1)) == "feedback";
}

struct DmarcReader::State {
  OwnParser parser{XML_ParserCreate(nullptr)};
  ReceivedVisitor* visitor = nullptr;
  std::vector<Element> elements;      // of the child of <feedback> at hand, itself the first
  std::vector<std::size_t> open;      // of them, the outermost first
  std::size_t depth = 0, bytes = 0;
  std::string head, json;
  std::uint64_t given = 0;
  std::string trouble;
  Code code = Code::kInvalid;

  void stop(Code why, std::string what) {
    if (!trouble.empty()) return;
    code = why;
    trouble = std::move(what);
    XML_StopParser(parser.get(), XML_FALSE);
  }
  void begin(std::string_view name);
  void end();
  void text(std::string_view text);
  void append_members(const Element& element, std::string& out) const;
  void append_value(std::size_t index, std::string& out) const;
  void finish_child();
  Status parse(std::string_view xml, bool last);
};

void DmarcReader::State::begin(std::string_view name) {
  if (!trouble.empty()) return;  // Expat may still say something after it was stopped
  name = local_name(name);
  if (++depth > kDmarcDepthMax) return stop(Code::kLimit, fmt::format("elements are nested deeper than {}", kDmarcDepthMax));
  if (depth == 1) {
    if (name != "feedback") stop(Code::kInvalid, "its first element is not feedback");
    return;
  }
  bytes += name.size();
  if (elements.size() == kDmarcElementsMax) return stop(Code::kLimit, fmt::format("a record has more than {} elements", kDmarcElementsMax));
  if (bytes > kDmarcRecordBytesMax) return stop(Code::kLimit, fmt::format("a record is larger than {} bytes", kDmarcRecordBytesMax));
  if (!open.empty()) elements[open.back()].children.push_back(elements.size());
  open.push_back(elements.size());
  elements.push_back({std::string(name), {}, {}});
}

void DmarcReader::State::text(std::string_view text) {
  if (open.empty() || !trouble.empty()) return;
  bytes += text.size();
  if (bytes > kDmarcRecordBytesMax) return stop(Code::kLimit, fmt::format("a record is larger than {} bytes", kDmarcRecordBytesMax));
  elements[open.back()].text.append(text);
}

void DmarcReader::State::end() {
  if (!trouble.empty()) return;
  --depth;
  if (open.empty()) return;
  open.pop_back();
  if (open.empty()) finish_child();
}

void DmarcReader::State::append_value(std::size_t index, std::string& out) const {
  const Element& element = elements[index];
  const std::string_view text = trimmed(element.text);
  if (!element.children.empty()) {
    out += '{';
    append_members(element, out);
    out += '}';
  } else if (element.name == "count" && is_count(text)) {
    out.append(text);
  } else {
    append_quoted(out, text);
  }
}

/// What is empty is left out.
void DmarcReader::State::append_members(const Element& element, std::string& out) const {
  const std::size_t from = out.size();
  std::vector<std::string_view> done;
  for (const std::size_t child : element.children) {
    const std::string& name = elements[child].name;
    if (std::ranges::find(done, name) != done.end()) continue;
    done.push_back(name);
    std::vector<std::size_t> same;
    for (const std::size_t other : element.children) {
      const bool empty = elements[other].children.empty() && trimmed(elements[other].text).empty();
      if (elements[other].name == name && !empty) same.push_back(other);
    }
    if (same.empty()) continue;
    if (out.size() > from) out += ',';
    append_quoted(out, name);
    out += same.size() > 1 ? ":[" : ":";
    for (std::size_t i = 0; i < same.size(); ++i) {
      if (i > 0) out += ',';
      append_value(same[i], out);
    }
    if (same.size() > 1) out += ']';
  }
}

/// A child of <feedback> is whole: a record is handed on, all else stands before those that follow.
void DmarcReader::State::finish_child() {
  const bool record = elements.front().name == "record";
  if (record) {
    json = "{\"dmarc\":{" + head;
    const std::size_t before = json.size();
    if (!head.empty()) json += ',';
    const std::size_t members = json.size();
    append_members(elements.front(), json);
    if (json.size() == members) json.resize(before);
    json += "}}";
    Received received;
    received.raw = json;
    visitor->record(received);
  } else if (head.size() + bytes <= kDmarcHeadBytesMax && !(elements.front().children.empty() && trimmed(elements.front().text).empty())) {
    if (!head.empty()) head += ',';
    append_quoted(head, elements.front().name);
    head += ':';
    append_value(0, head);
  }
  elements.clear();
  bytes = 0;
}

Status DmarcReader::State::parse(std::string_view xml, bool last) {
  const XML_Status status = XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), last ? XML_TRUE : XML_FALSE);
  given += xml.size();
  if (status == XML_STATUS_OK) {
    const auto at = static_cast<std::uint64_t>(std::max<XML_Index>(XML_GetCurrentByteIndex(parser.get()), 0));
    if (!last && given > at + kDmarcTokenBytesMax) return Error{Code::kLimit, fmt::format("DMARC report: something in it is longer than {} bytes", kDmarcTokenBytesMax)};
    return {};
  }
  const std::string what = trouble.empty() ? XML_ErrorString(XML_GetErrorCode(parser.get())) : trouble;
  return Error{code, fmt::format("DMARC report: line {}: {}", XML_GetCurrentLineNumber(parser.get()), what)};
}

DmarcReader::DmarcReader() : state_(std::make_unique<State>()) {
  XML_Parser parser = state_->parser.get();
  TOCSIN_CHECK(parser != nullptr);
  XML_SetUserData(parser, state_.get());
  XML_SetElementHandler(
      parser, [](void* state, const char* name, const char**) { static_cast<State*>(state)->begin(name); }, [](void* state, const char*) { static_cast<State*>(state)->end(); });
  XML_SetCharacterDataHandler(parser, [](void* state, const char* text, int size) { static_cast<State*>(state)->text({text, static_cast<std::size_t>(size)}); });
  XML_SetStartDoctypeDeclHandler(
      parser, [](void* state, const char*, const char*, const char*, int) { static_cast<State*>(state)->stop(Code::kInvalid, "it has a document type, which no report has: not read"); });
}

DmarcReader::~DmarcReader() = default;

Status DmarcReader::read(std::string_view xml, ReceivedVisitor& visitor) {
  state_->visitor = &visitor;
  while (!xml.empty()) {
    TRY(state_->parse(xml.substr(0, kPieceBytes), false));
    xml.remove_prefix(std::min(kPieceBytes, xml.size()));
  }
  return {};
}

Status DmarcReader::finish(ReceivedVisitor& visitor) {
  state_->visitor = &visitor;
  return state_->parse({}, true);
}

}  // namespace tocsin
