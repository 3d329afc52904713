// The rules by which an event log record becomes paths and texts, applied slowly and in the open: a tree as
// JSON would have it, built element by element, then flattened. It decodes what compiled templates
// (evtx_template) leave alone (unusual shapes, damaged records), and is their oracle in the differential
// test. One thread; cannot fail.
//
// The rules are those of evtx_dump 0.8 and 0.9, whose JSON people write and test Sigma rules against:
//  - <A>x</A> is A: "x"; an element without anything is null.
//  - Attributes with a value other than null go into A.#attributes.<name>; the content of such an element is A.#text. A
//    null content shows there, too. If all attributes are null, the element is as if it had none.
//  - <Data Name="k">x</Data> is k: "x", whatever else it has as attributes. <Data>x</Data> is Data.#text: "x"; more of
//    them form an array, in which a null at the very front gives way to what follows. A Data without any content is not
//    there.
//  - A name that comes again takes the plain key; what stood there moves to <name>_1, or the first number that is
//    free. A null, or an element without attributes and content, does not move but is lost; before an element with attributes
//    anything that is no object is lost.
//  - Several texts in one element join; in an element with attributes they form an array. The entities of XML are
//    resolved, others stay as they stand.
// Where evtx_dump gives up on a record (CDATA, characters by number, a text behind a number, times that are
// none), this goes on as Windows does.
#pragma once

#include "collect/evtx_sink.h"
#include "collect/evtx_xml.h"
#include "event/path_table.h"

namespace tocsin {

/// Adds every value of the document to `sink`. Returns what was wrong with some value (which is then left
/// out), or nullptr.
const char* evtx_flatten(const EvtxXml& xml, PathTable& paths, EvtxBudget& budget, EvtxSink& sink);

}  // namespace tocsin
