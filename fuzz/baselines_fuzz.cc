// Any bytes as what baselines have learnt: what is taken is written again to bytes that are taken again, and an event can be learnt and asked about on top of it. After a mark that fits, so that the tables are reached.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "baseline/baselines.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  using namespace tocsin::baseline;
  static const BaselineFields fields = *BaselineFields::shipped();
  static const std::string mark = Baselines(fields).packed().substr(0, 16);
  std::string bytes = mark;
  bytes.append(reinterpret_cast<const char*>(data), size);
  Baselines baselines(fields);
  (void)baselines.unpack(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!baselines.unpack(bytes)) return 0;
  const std::string packed = baselines.packed();
  Baselines again(fields);
  TOCSIN_CHECK(again.unpack(packed));
  TOCSIN_CHECK(again.packed() == packed);
  const Value value{"a.exe", 5, 0, ValueKind::kText};
  Observation seen;
  seen.time_s = size < 4 ? 1'000'000 : number_at<std::uint32_t>(bytes, bytes.size() - 4);
  seen.source = "syslog/gw";
  seen.source_fingerprint = 3;
  seen.host = {size < 8 ? 5 : number_at<std::uint64_t>(bytes, bytes.size() - 8) | 1, &value};
  seen.fields[0] = {7, 11, &value, "Image"};
  seen.field_count = 1;
  seen.login = {seen.host, &value, {{'F', 'R'}, 48.8, 2.3, 20}};
  baselines.promote(kPromotableKinds);
  for (int i = 0; i < 3; ++i) {
    std::vector<BaselineSign> signs;
    baselines.ask(seen, signs);
    TOCSIN_CHECK(signs.size() <= kBaselineSignsMax);
    baselines.ask_promoted(seen, signs);
    for (const BaselineSign& sign : signs) TOCSIN_CHECK(sign.days >= 0 && sign.observed >= 0);
    baselines.learn(seen);
    seen.time_s += 7'200;
  }
  return 0;
}
