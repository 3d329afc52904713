// Any bytes as what the log of runs and the process that does actions are given: an input, a call, a result, an order, an answer, the first message, a stream of messages. What reads is written again and reads the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "respond/engine/run_input.h"
#include "respond/executor/action_wire.h"

namespace {

template <class Value, class Append>
void again(const tocsin::Result<Value>& value, Append append, tocsin::Result<Value> (*read)(std::string_view)) {
  if (!value) return;
  std::string once, twice;
  append(once, *value);
  const tocsin::Result<Value> back = read(once);
  TOCSIN_CHECK(back.has_value());
  append(twice, *back);
  TOCSIN_CHECK(once == twice);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::respond;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  again(read_input(bytes), append_input, read_input);
  again(read_call(bytes), append_call, read_call);
  again(read_result(bytes), append_result, read_result);
  again(read_order(bytes), append_order, read_order);
  again(read_answer(bytes), append_answer, read_answer);
  (void)read_begin(bytes);
  (void)read_ready(bytes);
  MessageCutter cutter;
  cutter.add(bytes);
  ActionMessage kind{};
  std::string_view payload;
  for (bool more = true; more;) {
    const tocsin::Result<bool> next = cutter.next(kind, payload);
    more = next && *next;
  }
  return 0;
}
