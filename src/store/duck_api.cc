#include "store/duck_api.h"

#ifdef TOCSIN_DUCKDB
#include <dlfcn.h>
#endif

namespace tocsin::store {

#ifndef TOCSIN_DUCKDB

Status duck_available() {
  return Error{Code::kUnsupported, "this program was built without DuckDB, which keeps and searches events; scripts/fetch-duckdb gets it for the build"};
}

#else

namespace {

/// Functions are looked up when they are first called: most never are. Found beside the program (its run path names the folder) or where the system keeps libraries.
constexpr const char* kLibrary = "libduckdb.so";

Result<DuckApi> load() {
  void* const library = ::dlopen(kLibrary, RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const reason = ::dlerror();
    return Error{Code::kUnsupported, std::string("DuckDB, which keeps and searches events, cannot be loaded: ") + (reason ? reason : kLibrary)};
  }
  DuckApi api;
  const char* missing = nullptr;
#define TOCSIN_DUCKDB_LOAD(name)                                                              \
  api.name = reinterpret_cast<decltype(api.name)>(::dlsym(library, "duckdb_" #name));         \
  if (api.name == nullptr) missing = "duckdb_" #name;
  TOCSIN_DUCKDB_FUNCTIONS(TOCSIN_DUCKDB_LOAD)
#undef TOCSIN_DUCKDB_LOAD
  if (missing != nullptr) return Error{Code::kUnsupported, std::string(kLibrary) + " has no " + missing + "; version 1.4 is wanted"};
  return api;
}

}  // namespace

Result<const DuckApi*> duck_api() {
  static const Result<DuckApi> api = load();
  if (!api) return api.error();
  return &*api;
}

Status duck_available() {
  TRY(duck_api());
  return {};
}

#endif

}  // namespace tocsin::store
