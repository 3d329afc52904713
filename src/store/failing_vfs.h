// For tests: SQLite's files on a disk that fails. Below checksum_vfs.h, so it has to be there before the first database is opened: it is SQLite's default from the
// start of a test program that includes this, and does nothing until it is told.
//
//   FailingVfs::fail(3, 20);       // of reads, writes, syncs, openings and truncations the third from now and the 19 behind it
//   FailingVfs::fail(0, 0);        // all is well again
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace tocsin {

class FailingVfs {
 public:
  static void fail(std::uint64_t first, std::uint64_t count) {
    first_ = first;
    count_ = count;
    calls_ = 0;
  }
  static std::uint64_t calls() { return calls_; }

  /// Once, by what stands below.
  static bool install() {
    static sqlite3_vfs vfs = *base();
    vfs.pNext = nullptr;
    vfs.zName = "failing";
    vfs.szOsFile += static_cast<int>(sizeof(sqlite3_file));
    vfs.xOpen = open;
    return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK;
  }

 private:
  static bool fails() {
    const std::uint64_t call = ++calls_, first = first_;
    return first != 0 && call >= first && call < first + count_;
  }
  static sqlite3_vfs* base() {
    static sqlite3_vfs* const base = sqlite3_vfs_find(nullptr);
    return base;
  }
  static sqlite3_file* below(sqlite3_file* file) { return file + 1; }

  static int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* flags_out) {
    file->pMethods = nullptr;
    if (fails()) return SQLITE_CANTOPEN;
    const int code = base()->xOpen(base(), path, below(file), flags, flags_out);
    if (code == SQLITE_OK) file->pMethods = methods();
    return code;
  }
  static int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
    return fails() ? SQLITE_IOERR_READ : below(file)->pMethods->xRead(below(file), into, size, offset);
  }
  /// Half of it is there, and the disk is full.
  static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    if (!fails()) return below(file)->pMethods->xWrite(below(file), from, size, offset);
    (void)below(file)->pMethods->xWrite(below(file), from, size / 2, offset);
    return calls_ % 2 == 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  }
  static int sync(sqlite3_file* file, int flags) { return fails() ? SQLITE_IOERR_FSYNC : below(file)->pMethods->xSync(below(file), flags); }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return fails() ? SQLITE_IOERR_TRUNCATE : below(file)->pMethods->xTruncate(below(file), size);
  }
  static void barrier(sqlite3_file* file) { below(file)->pMethods->xShmBarrier(below(file)); }
  template <auto Method, class... Arguments>
  static int pass(sqlite3_file* file, Arguments... arguments) {
    return (below(file)->pMethods->*Method)(below(file), arguments...);
  }

  static const sqlite3_io_methods* methods() {
    using Io = sqlite3_io_methods;
    static const Io all = [] {
      Io io{};
      io.iVersion = 2;
      io.xClose = pass<&Io::xClose>;
      io.xRead = read;
      io.xWrite = write;
      io.xTruncate = truncate;
      io.xSync = sync;
      io.xFileSize = pass<&Io::xFileSize, sqlite3_int64*>;
      io.xLock = pass<&Io::xLock, int>;
      io.xUnlock = pass<&Io::xUnlock, int>;
      io.xCheckReservedLock = pass<&Io::xCheckReservedLock, int*>;
      io.xFileControl = pass<&Io::xFileControl, int, void*>;
      io.xSectorSize = pass<&Io::xSectorSize>;
      io.xDeviceCharacteristics = pass<&Io::xDeviceCharacteristics>;
      io.xShmMap = pass<&Io::xShmMap, int, int, int, void volatile**>;
      io.xShmLock = pass<&Io::xShmLock, int, int, int>;
      io.xShmBarrier = barrier;
      io.xShmUnmap = pass<&Io::xShmUnmap, int>;
      return io;
    }();
    return &all;
  }

  static inline std::atomic<std::uint64_t> first_{0}, count_{0}, calls_{0};
};

inline const bool kFailingVfsIsThere = FailingVfs::install();

}  // namespace tocsin
