// The files of state.db as SQLite sees them: a layer (VFS) over SQLite's own for this system, which gives each page that is written a check at its end and
// refuses, with SQLITE_IOERR_DATA, a page that is not what was written; of the log (WAL) it checks each page that is read, and at the opening after
// a crash that nothing is missing that was safe. The bytes are in state_check.h. Files of databases without checks are read as they are, and none is made.
//
//   sqlite3_open_v2(path, &database, flags, checksum_vfs());
//   if (!has_page_checks(database)) reserve_page_checks(database);      // a file that is new gets checks, an older one by VACUUM
//   if (sqlite3_extended_errcode(database) == SQLITE_IOERR_DATA) complain(damage_read(database));
#pragma once

#include <string>

struct sqlite3;

namespace tocsin {

/// The name to open databases with. Registered at the first call, over what is SQLite's default then.
const char* checksum_vfs();

/// Once something was read of the database: whether its pages have checks, or reserve_page_checks() was called.
bool has_page_checks(sqlite3* database);
/// Pages of a new file, and of one that is vacuumed, get room for checks.
void reserve_page_checks(sqlite3* database);

/// What was found damaged by the last read that was refused: "page 5 is not what was written".
std::string damage_read(sqlite3* database);

}  // namespace tocsin
