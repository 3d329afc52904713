#include "collect/elastic_bulk.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "collect/json_walk.h"

namespace tocsin {

namespace {

constexpr std::array<std::string_view, 4> kActions = {"index", "create", "update", "delete"};

struct StatusText {
  int code;
  std::string_view type, reason;
};

/// In the order of BulkStatus. The types are those of Elasticsearch where it has one, since shippers log them.
constexpr std::array<StatusText, 7> kStatuses = {{
    {201, "", ""},
    {400, "document_parsing_exception", "the document is no JSON object"},
    {413, "document_too_large_exception", "the document is larger than 1 MiB"},
    {400, "illegal_argument_exception", "only index and create: a log store does not change or remove documents"},
    {400, "action_request_validation_exception", "Validation Failed: 1: index is missing;"},
    {400, "illegal_argument_exception", "_index is longer than 255 bytes or _id longer than 512"},
    {429, "es_rejected_execution_exception", "no room for more now, send it again later"},
}};
static_assert(kReceivedBytesMax == 1u << 20, "said in a reason above");

const StatusText& text_of(BulkStatus status) { return kStatuses[static_cast<std::size_t>(status)]; }

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

void append_id(std::string& out, const BulkItem& item) {
  out += ",\"_id\":";
  if (!item.received.id.empty()) return append_text(out, item.received.id);
  if (item.status != BulkStatus::kStored) {
    out += "null";
    return;
  }
  out += '"';
  append_number(out, item.sequence);
  out += '"';
}

void append_error(std::string& out, std::string_view type, std::string_view reason) {
  out += "{\"type\":";
  append_text(out, type);
  out += ",\"reason\":";
  append_text(out, reason);
  out += '}';
}

void append_created(std::string& out, const BulkItem& item) {
  out += "\"_version\":1,\"result\":\"created\",\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0},\"_seq_no\":";
  append_number(out, item.sequence);
  out += ",\"_primary_term\":1,";
}

/// What is wrong with the names and the document of an item that could be stored.
BulkStatus status_of(const BulkItem& item) {
  if (item.received.index.empty()) return BulkStatus::kNoIndex;
  if (item.received.index.size() > kIndexBytesMax || item.received.id.size() > kIdBytesMax)
    return BulkStatus::kNameTooLong;
  if (item.received.raw.size() > kReceivedBytesMax) return BulkStatus::kTooLarge;
  return is_json_object(item.received.raw) ? BulkStatus::kStored : BulkStatus::kMalformed;
}

void append_item(std::string& out, const BulkItem& item, bool brief) {
  const StatusText& status = text_of(item.status);
  const bool stored = item.status == BulkStatus::kStored;
  out += "{\"";
  out += kActions[static_cast<std::size_t>(item.action)];
  out += "\":{";
  if (!brief) {
    out += "\"_index\":";
    append_text(out, item.received.index);
    append_id(out, item);
    out += ',';
  }
  if (!brief && stored) append_created(out, item);
  out += "\"status\":";
  append_number(out, static_cast<std::uint64_t>(status.code));
  if (!stored) {
    out += ",\"error\":";
    append_error(out, status.type, status.reason);
  }
  out += "}}";
}

}  // namespace

int bulk_status_code(BulkStatus status) { return text_of(status).code; }

Error BulkReader::malformed(std::string_view what) const {
  return {Code::kInvalid, "Malformed action/metadata line [" + std::to_string(line_) + "], " + std::string(what)};
}

/// The next line, without its end; false behind the last.
Result<bool> BulkReader::read_line(std::string_view& line) {
  if (at_ == body_.size()) return false;
  const std::size_t end = body_.find('\n', at_);
  if (end == std::string_view::npos) {
    return Error{Code::kInvalid, "The bulk request must be terminated by a newline [\\n]"};
  }
  line = body_.substr(at_, end - at_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  at_ = end + 1;
  ++line_;
  return true;
}

/// A name as text: a string, or a number as some clients send it. False if it is neither.
bool BulkReader::read_name(std::string_view value, std::string_view& name) {
  if (value[0] == '{' || value[0] == '[') return false;
  if (value == "null") return true;
  if (value[0] != '"') {
    name = value;
    return true;
  }
  if (texts_used_ == texts_.size()) texts_.emplace_back();
  std::string& room = texts_[texts_used_];
  json_string(value, room, name);
  if (name.data() == room.data()) ++texts_used_;
  return true;
}

Status BulkReader::read_meta(std::string_view value, BulkItem& item) {
  JsonMembers members(value, 0);
  while (members.next()) {
    if (members.key() == "_index") {
      if (!read_name(members.value(), item.received.index))
        return malformed("expected a simple value for field [_index]");
    } else if (members.key() == "_id") {
      if (!read_name(members.value(), item.received.id)) return malformed("expected a simple value for field [_id]");
    } else if (members.key() == "op_type" && members.value() == "\"create\"" && item.action == BulkAction::kIndex) {
      item.action = BulkAction::kCreate;
    }
  }
  return {};
}

Status BulkReader::read_action(std::string_view line, BulkItem& item) {
  const std::size_t at = json_blanks(line, 0);
  if (line.size() > kBulkActionBytesMax) return malformed("it is longer than 64 KiB");
  JsonMembers members(line, at);
  if (members.failed()) return malformed("expected START_OBJECT");
  if (!members.next())
    return malformed(members.failed() ? "it is no JSON" : "expected FIELD_NAME but found [END_OBJECT]");
  const auto action = std::find(kActions.begin(), kActions.end(), members.key());
  if (action == kActions.end()) return malformed("expected field [create], [delete], [index] or [update]");
  const std::string_view meta = members.value();
  if (meta[0] != '{') return malformed("expected START_OBJECT behind the action");
  if (members.next()) return malformed("expected END_OBJECT but found [FIELD_NAME]");
  if (members.failed()) return malformed("it is no JSON");
  if (json_blanks(line, members.end()) != line.size()) return malformed("unexpected content behind END_OBJECT");
  item.action = static_cast<BulkAction>(action - kActions.begin());
  item.line = line_;
  return read_meta(meta, item);
}

Status BulkReader::read_source(BulkItem& item) {
  if (item.action == BulkAction::kDelete) return {};
  std::string_view source;
  if (!TRY(read_line(source))) return malformed("the source that belongs to it is missing");
  item.received.raw = source;
  if (item.action != BulkAction::kUpdate) item.status = status_of(item);
  return {};
}

Status BulkReader::read(std::string_view body, std::string_view url_index) {
  items_.clear();
  texts_used_ = 0;
  body_ = body;
  at_ = 0;
  line_ = 0;
  std::string_view line;
  while (TRY(read_line(line))) {
    if (json_blanks(line, 0) == line.size()) continue;
    if (items_.size() == kBulkItemsMax)
      return Error{Code::kLimit, "more than " + std::to_string(kBulkItemsMax) + " items in one request"};
    BulkItem item;
    item.received.index = url_index;
    TRY(read_action(line, item));
    if (item.action == BulkAction::kUpdate || item.action == BulkAction::kDelete)
      item.status = BulkStatus::kUnsupported;
    TRY(read_source(item));
    items_.push_back(item);
  }
  if (items_.empty()) return Error{Code::kInvalid, "Validation Failed: 1: no requests added;"};
  return {};
}

void append_bulk_answer(std::string& out, std::span<const BulkItem> items, const BulkAnswer& answer) {
  const bool errors =
      std::any_of(items.begin(), items.end(), [](const BulkItem& item) { return item.status != BulkStatus::kStored; });
  out += "{\"took\":";
  append_number(out, answer.took_ms);
  out += errors ? ",\"errors\":true,\"items\":[" : ",\"errors\":false,\"items\":[";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    append_item(out, items[i], answer.brief);
  }
  out += "]}";
}

int append_bulk_refusal(std::string& out, const Error& error) {
  const bool too_large = error.code == Code::kLimit;
  const int status = too_large ? 413 : 400;
  append_elastic_error(out, status, too_large ? "content_too_large_exception" : "illegal_argument_exception",
                       error.message);
  return status;
}

BulkItem read_elastic_document(std::string_view body, std::string_view index, std::string_view id) {
  BulkItem item;
  item.received.id = id;
  item.received.raw = body;
  item.received.index = index;
  item.status = status_of(item);
  return item;
}

int append_document_answer(std::string& out, const BulkItem& item) {
  const StatusText& status = text_of(item.status);
  if (item.status != BulkStatus::kStored) {
    append_elastic_error(out, status.code, status.type, status.reason);
    return status.code;
  }
  out += "{\"_index\":";
  append_text(out, item.received.index);
  append_id(out, item);
  out += ',';
  append_created(out, item);
  out.back() = '}';
  return status.code;
}

void append_elastic_error(std::string& out, int status, std::string_view type, std::string_view reason) {
  out += "{\"error\":{\"root_cause\":[";
  append_error(out, type, reason);
  out += "],\"type\":";
  append_text(out, type);
  out += ",\"reason\":";
  append_text(out, reason);
  out += "},\"status\":";
  append_number(out, static_cast<std::uint64_t>(status));
  out += '}';
}

}  // namespace tocsin
