// The extract of the schema that the program has (src/normalize/ocsf_schema.h says how it is written), made of the schema's source. For tests only.
#pragma once

#include <string>

#include "schema_source.h"

namespace tocsin::ocsf {

/// Every class that logs can be (what is done to drones and what responders do are left out), and every object that one of them has inside.
std::string extract_of(const SchemaSource& source);

}  // namespace tocsin::ocsf
