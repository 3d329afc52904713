#include "respond/connector/action_order.h"

#include "base/bytes.h"

namespace tocsin::respond {

void append_order(std::string& out, const ActionOrder& order) {
  append_number(out, order.key.run);
  append_number(out, order.key.action);
  append_number(out, static_cast<std::uint8_t>((order.probe ? 1 : 0) | (order.is_undo ? 2 : 0)));
  append_number(out, order.approvals);
  out.append(reinterpret_cast<const char*>(order.hash.data()), order.hash.size());
  append_call(out, order.call);
}

Result<ActionOrder> read_order(std::string_view bytes) {
  ByteReader reader(bytes);
  ActionOrder order;
  order.key.run = reader.number<std::uint64_t>();
  order.key.action = reader.number<std::uint32_t>();
  const auto flags = reader.number<std::uint8_t>();
  order.approvals = reader.number<std::uint32_t>();
  const std::string_view hash = reader.take(order.hash.size());
  if (!reader.good() || flags > 3) return Error{Code::kInvalid, "this is no order of an action"};
  order.probe = (flags & 1) != 0;
  order.is_undo = (flags & 2) != 0;
  std::memcpy(order.hash.data(), hash.data(), hash.size());
  order.call = TRY(read_call(reader.rest()));
  return order;
}

void append_answer(std::string& out, const ActionAnswer& answer) {
  append_number(out, answer.key.run);
  append_number(out, answer.key.action);
  append_result(out, answer.result);
}

Result<ActionAnswer> read_answer(std::string_view bytes) {
  ByteReader reader(bytes);
  ActionAnswer answer;
  answer.key.run = reader.number<std::uint64_t>();
  answer.key.action = reader.number<std::uint32_t>();
  if (!reader.good()) return Error{Code::kInvalid, "this is no answer about an action"};
  answer.result = TRY(read_result(reader.rest()));
  return answer;
}

}  // namespace tocsin::respond
