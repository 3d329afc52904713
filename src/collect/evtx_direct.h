// BinXML without a template, straight into an event: forwarded events (every value stands in the record
// itself), and elements inside a value. The rules of evtx_json.h are applied while the tokens go by; what
// they make of a name that comes twice, or of text beside elements, cannot be known in time, and such a
// fragment goes the slow way. Per element this costs one look into a memo of names instead of a path lookup.
// One per reader, one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collect/evtx_format.h"
#include "collect/evtx_sink.h"
#include "collect/evtx_token.h"
#include "collect/evtx_xml.h"
#include "event/path_table.h"

namespace tocsin {

class EvtxDirect {
 public:
  EvtxDirect(PathTable& paths, EvtxBudget& budget, EvtxSink& sink) : paths_(paths), budget_(budget), sink_(sink) {}

  void start_chunk(EvtxBytes chunk);
  void start_record() { ++record_; }
  /// Adds the one element that the fragment is, below `parent`; its path goes to `root`. False if the
  /// fragment is anything else: the event is then half done and must be cleared.
  bool read(const EvtxFragment& fragment, PathId parent, PathId& root);

 private:
  struct Frame {
    PathId path = 0;
    PathId text_path = 0;  // where content goes: `path` or its #text
    bool data = false;
    bool unnamed = false;  // Data without a name: an element of the list Data.#text
    bool has_attribute = false;
    bool has_text = false;
    bool has_children = false;
    bool has_list = false;  // of unnamed Data
  };
  struct Memo {
    std::uint32_t chunk = 0;
    std::uint32_t name = 0;
    PathId parent = 0;
    PathId path = 0;
  };
  static constexpr std::size_t kMemos = 1024;

  bool add(const EvtxToken& token, PathId parent);
  bool open(const EvtxToken& token, PathId parent);
  bool attribute(const EvtxToken& token);
  bool attribute_value(const EvtxValue& value);
  bool close_start();
  bool close();
  bool text(const EvtxValue& value);
  bool entity(const EvtxToken& token);
  bool may_have_text() const;
  bool add_value(PathId path, const EvtxValue& value);
  bool begin_list_item();
  bool end_text();
  bool first_visit(PathId path);
  PathId child(PathId parent, EvtxBytes name);
  std::string_view utf8(EvtxBytes utf16);
  bool spells(EvtxBytes name, std::string_view utf16);

  PathTable& paths_;
  EvtxBudget& budget_;
  EvtxSink& sink_;
  EvtxBytes chunk_;
  std::uint32_t chunk_number_ = 0;
  std::uint32_t record_ = 0;
  std::vector<Memo> memos_;             // kMemos once the first such fragment comes
  std::vector<std::uint32_t> visited_;  // per path: the record in which an element was last seen there
  std::vector<Frame> frames_;
  bool in_start_tag_ = false;
  bool wants_value_ = false;  // an attribute's name has come, its value not yet
  bool done_ = false;
  bool is_name_ = false;  // the attribute is the Name of a Data
  PathId attribute_path_ = 0;
  PathId root_ = 0;
  std::vector<char> scratch_;
};

}  // namespace tocsin
