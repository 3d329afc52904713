#include "store/checksum_vfs.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "store/state_check.h"

namespace tocsin {

namespace {

constexpr char kName[] = "tocsin-checked";
constexpr int kGiveDamage = 0x544F4353;  // a file control of our own

sqlite3_vfs*& base() {
  static sqlite3_vfs* base = nullptr;
  return base;
}

/// One open file; SQLite's own for it lies behind in memory.
struct CheckedFile {
  sqlite3_file as_sqlite{};  // first: what SQLite has a pointer to
  std::string path;
  std::string page;          // being written
  // Of the database:
  bool checked = true;       // its pages have checks
  std::string damage;        // that was read last, here or in the log
  // Of the log:
  CheckedFile* database = nullptr;
  LogMark written;           // up to the last transaction that this process ended and did not sync yet; 0 if there is none
  bool ends = false;         // the frame whose page comes next ends a transaction
  std::uint64_t unsafe_from = UINT64_MAX;  // written by this process and not synced: SQLite may still rewrite it
  std::unique_ptr<char[]> mark_file;       // a sqlite3_file

  static CheckedFile& of(sqlite3_file* file) { return *reinterpret_cast<CheckedFile*>(file); }
  sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  bool is_log() const { return database != nullptr; }
};
static_assert(alignof(CheckedFile) >= alignof(sqlite3_int64), "what lies behind is aligned too");

int damaged(CheckedFile& database, std::string what) {
  database.damage = std::move(what);
  return SQLITE_IOERR_DATA;
}

bool is_page(int size, sqlite3_int64 offset) { return size >= 512 && (size & (size - 1)) == 0 && offset % size == 0; }

int read_below(CheckedFile& file, std::uint64_t offset, char* into, std::size_t size) {
  return file.below()->pMethods->xRead(file.below(), into, static_cast<int>(size), static_cast<sqlite3_int64>(offset));
}

int check_page(CheckedFile& file, std::string_view page, sqlite3_int64 offset) {
  const std::uint64_t number = static_cast<std::uint64_t>(offset) / page.size() + 1;
  if (number == 1) file.checked = page[kReservedAt] != 0;
  if (!file.checked || page_checks(number, page)) return SQLITE_OK;
  return damaged(file, fmt::format("page {} is not what was written", number));
}

/// A page of a frame: with the sums before it, the frame is complete.
int check_log_page(CheckedFile& file, std::string_view page, std::uint64_t offset) {
  char header[kLogHeaderBytes], before[8];
  std::string frame(kLogFrameHeaderBytes, '\0');
  if (const int code = read_below(file, 0, header, sizeof header); code != SQLITE_OK) return code;
  const std::optional<LogHeader> log = read_log_header({header, sizeof header});
  if (!log || page.size() != log->page_bytes) return damaged(*file.database, "the header of its log is not what was written");
  const std::uint64_t at = offset - kLogFrameHeaderBytes, number = (at - kLogHeaderBytes) / (kLogFrameHeaderBytes + page.size());
  const std::uint64_t sums_at = number == 0 ? 24 : log->frame_at(number - 1) + 16;
  if (const int code = read_below(file, at, frame.data(), frame.size()); code != SQLITE_OK) return code;
  if (const int code = read_below(file, sums_at, before, sizeof before); code != SQLITE_OK) return code;
  frame += page;
  if (log_frame_checks(*log, log_sums_at({before, sizeof before}, 0), frame)) return SQLITE_OK;
  return damaged(*file.database, fmt::format("frame {} of its log (at byte {}) is not what was written", number + 1, at));
}

/// The file of the mark, made if need be; nullptr if it cannot be had, and then there is no mark.
sqlite3_file* mark_file(CheckedFile& log, int flags) {
  if (log.mark_file == nullptr) {
    auto room = std::make_unique<char[]>(static_cast<std::size_t>(base()->szOsFile));
    auto* const file = reinterpret_cast<sqlite3_file*>(room.get());
    std::string path = log.database->path + "-mark";
    path.append(3, '\0');  // SQLite's names end in an empty list
    int ignored = 0;
    const int opened = base()->xOpen(base(), path.c_str(), file, flags | SQLITE_OPEN_MAIN_JOURNAL, &ignored);
    if (opened != SQLITE_OK) {
      if (file->pMethods != nullptr) (void)file->pMethods->xClose(file);
      return nullptr;
    }
    log.mark_file = std::move(room);
  }
  return reinterpret_cast<sqlite3_file*>(log.mark_file.get());
}

void close_mark(CheckedFile& log) {
  if (log.mark_file == nullptr) return;
  auto* const file = reinterpret_cast<sqlite3_file*>(log.mark_file.get());
  (void)file->pMethods->xClose(file);
  log.mark_file.reset();
}

std::optional<LogMark> read_mark(CheckedFile& log) {
  sqlite3_file* const file = mark_file(log, SQLITE_OPEN_READONLY);
  if (file == nullptr) return std::nullopt;
  char bytes[kLogMarkBytes];
  const int code = file->pMethods->xRead(file, bytes, sizeof bytes, 0);
  close_mark(log);
  return code == SQLITE_OK ? read_log_mark({bytes, sizeof bytes}) : std::nullopt;
}

/// Reading the header is how SQLite begins to read a log after a crash; it holds off all others then.
int check_log(CheckedFile& file) {
  sqlite3_int64 bytes = 0;
  if (const int code = file.below()->pMethods->xFileSize(file.below(), &bytes); code != SQLITE_OK) return code;
  int failed = SQLITE_OK;
  const ReadAt read = [&](std::uint64_t offset, char* into, std::size_t size) -> Result<bool> {
    const int code = read_below(file, offset, into, size);
    if (code == SQLITE_OK) return true;
    if (code == SQLITE_IOERR_SHORT_READ) return false;
    failed = code;
    return Error{Code::kIo, "the log cannot be read"};
  };
  const Result<std::optional<std::string>> damage = log_damage(read, static_cast<std::uint64_t>(bytes), read_mark(file));
  if (!damage) return failed;
  return *damage ? damaged(*file.database, "its log (-wal) has lost what was safe: " + **damage) : SQLITE_OK;
}

int close_file(sqlite3_file* file) {
  CheckedFile& checked = CheckedFile::of(file);
  close_mark(checked);
  const int code = checked.below()->pMethods->xClose(checked.below());
  checked.~CheckedFile();
  return code;
}

int read_file(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  CheckedFile& checked = CheckedFile::of(file);
  const int code = checked.below()->pMethods->xRead(checked.below(), into, size, offset);
  if (code != SQLITE_OK) return code;
  const std::string_view bytes(static_cast<const char*>(into), static_cast<std::size_t>(size));
  if (!checked.is_log()) {
    if (is_page(size, offset)) return check_page(checked, bytes, offset);
    // The header by itself, with which every opening begins.
    if (offset == 0 && bytes.size() > kReservedAt) checked.checked = bytes[kReservedAt] != 0;
    return SQLITE_OK;
  }
  const auto from = static_cast<std::uint64_t>(offset);
  if (from == 0) return check_log(checked);
  const bool is_frames_page = is_page(size, 0) && (from - kLogHeaderBytes) % (kLogFrameHeaderBytes + bytes.size()) == kLogFrameHeaderBytes;
  return is_frames_page && from < checked.unsafe_from ? check_log_page(checked, bytes, from) : SQLITE_OK;
}

/// Notes where transactions end. A frame is written as header and page; what belongs to none that ended may be written over.
int write_log(CheckedFile& log, std::string_view bytes, sqlite3_int64 offset) {
  const auto from = static_cast<std::uint64_t>(offset);
  log.unsafe_from = std::min(log.unsafe_from, from);
  const int code = log.below()->pMethods->xWrite(log.below(), bytes.data(), static_cast<int>(bytes.size()), offset);
  if (code != SQLITE_OK || from == 0) return code;
  if (bytes.size() == kLogFrameHeaderBytes) {
    log.ends = bytes.substr(4, 4) != std::string_view("\0\0\0\0", 4);
    log.written.salts = bytes.substr(8, 8);
  } else if (std::exchange(log.ends, false)) {
    log.written.end = from + bytes.size();
  }
  return code;
}

int write_page(CheckedFile& file, std::string_view page, sqlite3_int64 offset) {
  if (offset == 0 && page[kReservedAt] == 0 && file.checked) return SQLITE_IOERR_WRITE;  // no room for checks: none is made
  if (offset == 0) file.checked = page[kReservedAt] != 0;
  file.page = page;
  if (file.checked) {
    const std::size_t size = page.size() - kPageCheckBytes;
    const PageCheck check = check_of_page(static_cast<std::uint64_t>(offset) / page.size() + 1, page.substr(0, size));
    std::memcpy(file.page.data() + size, check.data(), check.size());
  }
  return file.below()->pMethods->xWrite(file.below(), file.page.data(), static_cast<int>(file.page.size()), offset);
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  CheckedFile& checked = CheckedFile::of(file);
  const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(size));
  if (!checked.is_log() && is_page(size, offset)) return write_page(checked, bytes, offset);
  if (checked.is_log()) return write_log(checked, bytes, offset);
  return checked.below()->pMethods->xWrite(checked.below(), from, size, offset);
}

int sync_file(sqlite3_file* file, int flags) {
  CheckedFile& checked = CheckedFile::of(file);
  const int code = checked.below()->pMethods->xSync(checked.below(), flags);
  if (!checked.is_log()) return code;
  if (code == SQLITE_OK) checked.unsafe_from = UINT64_MAX;
  const LogMark safe{checked.written.salts, std::exchange(checked.written.end, 0)};  // after a sync that failed, SQLite forgets what it wrote
  if (code != SQLITE_OK || safe.end == 0) return code;
  if (sqlite3_file* const mark = mark_file(checked, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) {
    const std::string text = log_mark_text(safe);
    (void)mark->pMethods->xWrite(mark, text.data(), static_cast<int>(text.size()), 0);
  }
  return code;
}

int control_file(sqlite3_file* file, int operation, void* argument) {
  CheckedFile& checked = CheckedFile::of(file);
  if (operation != kGiveDamage) return checked.below()->pMethods->xFileControl(checked.below(), operation, argument);
  *static_cast<std::string*>(argument) = checked.damage;
  return SQLITE_OK;
}

/// Passes a call on to the file below.
template <auto Method, class... Arguments>
int pass(sqlite3_file* file, Arguments... arguments) {
  sqlite3_file* const below = CheckedFile::of(file).below();
  return (below->pMethods->*Method)(below, arguments...);
}

void pass_barrier(sqlite3_file* file) {
  sqlite3_file* const below = CheckedFile::of(file).below();
  below->pMethods->xShmBarrier(below);
}

/// Version 2: without mapped pages, which nobody could check.
const sqlite3_io_methods& file_methods() {
  static const sqlite3_io_methods methods = [] {
    sqlite3_io_methods all{};
    all.iVersion = 2;
    all.xClose = close_file;
    all.xRead = read_file;
    all.xWrite = write_file;
    all.xTruncate = pass<&sqlite3_io_methods::xTruncate, sqlite3_int64>;
    all.xSync = sync_file;
    all.xFileSize = pass<&sqlite3_io_methods::xFileSize, sqlite3_int64*>;
    all.xLock = pass<&sqlite3_io_methods::xLock, int>;
    all.xUnlock = pass<&sqlite3_io_methods::xUnlock, int>;
    all.xCheckReservedLock = pass<&sqlite3_io_methods::xCheckReservedLock, int*>;
    all.xFileControl = control_file;
    all.xSectorSize = pass<&sqlite3_io_methods::xSectorSize>;
    all.xDeviceCharacteristics = pass<&sqlite3_io_methods::xDeviceCharacteristics>;
    all.xShmMap = pass<&sqlite3_io_methods::xShmMap, int, int, int, void volatile**>;
    all.xShmLock = pass<&sqlite3_io_methods::xShmLock, int, int, int>;
    all.xShmBarrier = pass_barrier;
    all.xShmUnmap = pass<&sqlite3_io_methods::xShmUnmap, int>;
    return all;
  }();
  return methods;
}

/// Databases and their logs are checked; journals and scratch files are what they are below.
int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  const bool is_log = (flags & SQLITE_OPEN_WAL) != 0;
  if (path == nullptr || (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) return base()->xOpen(base(), path, file, flags, flags_out);
  auto* const checked = new (file) CheckedFile;
  const int code = base()->xOpen(base(), path, checked->below(), flags, flags_out);
  if (code != SQLITE_OK) {
    if (checked->below()->pMethods != nullptr) (void)checked->below()->pMethods->xClose(checked->below());
    checked->~CheckedFile();
    file->pMethods = nullptr;
    return code;
  }
  checked->path = path;
  if (is_log) checked->database = &CheckedFile::of(sqlite3_database_file_object(path));
  file->pMethods = &file_methods();
  return SQLITE_OK;
}

/// The base in all but how files are opened.
sqlite3_vfs* registered() {
  static sqlite3_vfs vfs;
  base() = sqlite3_vfs_find(nullptr);
  vfs = *base();
  vfs.pNext = nullptr;
  vfs.zName = kName;
  vfs.szOsFile = static_cast<int>(sizeof(CheckedFile)) + base()->szOsFile;
  vfs.xOpen = open_file;
  sqlite3_vfs_register(&vfs, 0);
  return &vfs;
}

}  // namespace

const char* checksum_vfs() {
  static const sqlite3_vfs* const vfs = registered();
  return vfs->zName;
}

bool has_page_checks(sqlite3* database) {
  int bytes = -1;  // asks
  (void)sqlite3_file_control(database, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
  return bytes == kPageCheckBytes;
}

void reserve_page_checks(sqlite3* database) {
  int bytes = kPageCheckBytes;
  (void)sqlite3_file_control(database, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
}

std::string damage_read(sqlite3* database) {
  std::string damage;
  (void)sqlite3_file_control(database, "main", kGiveDamage, &damage);
  return damage;
}

}  // namespace tocsin
