// One record's BinXML into one event: by compiled templates where they fit, else by the slow way. Owns what
// stays warm between records: the template cache, the arena, the list of substitutions. One per reader, one
// thread.
#pragma once

#include <cstdint>
#include <vector>

#include "collect/evtx_direct.h"
#include "collect/evtx_sink.h"
#include "collect/evtx_template.h"
#include "collect/evtx_xml.h"
#include "event/path_table.h"

namespace tocsin {

class EvtxDecoder {
 public:
  explicit EvtxDecoder(PathTable& paths) : paths_(paths), templates_(paths), direct_(paths, budget_, sink_) {}

  void start_chunk(EvtxBytes chunk);
  /// The record whose content is [begin, end) of the chunk. `plain`: the slow way only.
  EvtxDamage decode(std::uint32_t begin, std::uint32_t end, bool plain);

  Event& event() { return sink_.event(); }
  std::uint64_t fast() const { return fast_; }
  std::uint64_t slow() const { return slow_; }
  std::size_t templates() const { return templates_.size(); }

 private:
  struct Run;  // one template instance
  bool fragment(std::uint32_t begin, std::uint32_t end, PathId parent, std::uint32_t nesting, PathId& root);
  bool run(const EvtxTemplate& compiled, std::size_t values, std::uint32_t nesting);
  bool step(const EvtxOp& op, Run& run);
  bool content(const EvtxOp& op, Run& run);
  bool nested(const EvtxOp& op, const EvtxValue& value, Run& run);
  bool attribute(const EvtxOp& op, Run& run);
  bool list_item(const EvtxOp& op, Run& run);
  bool loser(const EvtxOp& op, Run& run);
  bool add(PathId path, const EvtxValue& value);
  bool last_is_null(const EvtxValue& value);
  EvtxValue value(const EvtxOp& op, const Run& run) const;
  void finish();
  EvtxDamage decode_slowly(std::uint32_t begin, std::uint32_t end);

  PathTable& paths_;
  EvtxTemplateCache templates_;
  EvtxBudget budget_;
  EvtxSink sink_;
  EvtxDirect direct_;
  EvtxBytes chunk_;
  std::vector<EvtxValue> values_;  // of the instances being run, innermost last
  std::uint64_t fast_ = 0;
  std::uint64_t slow_ = 0;
};

}  // namespace tocsin
