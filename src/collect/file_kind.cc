#include "collect/file_kind.h"

#include <algorithm>

#include "collect/mail_header.h"

namespace tocsin {

namespace {

struct Mark {
  std::size_t at;
  std::string_view bytes;
  FileKind kind;
};

using namespace std::string_view_literals;

constexpr std::size_t kZerosBytes = 64;

/// The first that is there counts, so what says more stands before what says less.
const std::vector<Mark>& marks() {
  static const std::vector<Mark> all = {
      {0, "MZ"sv, {"application/vnd.microsoft.portable-executable", {"exe", "dll", "scr", "sys", "com", "cpl", "ocx", "drv", "efi", "mui", "ax"}}},
      {0, "\x7f""ELF"sv, {"application/x-executable", {"so", "elf", "o", "ko", "bin"}}},
      {0, "\xcf\xfa\xed\xfe"sv, {"application/x-mach-binary", {"dylib", "macho", "bin"}}},
      {0, "\xca\xfe\xba\xbe"sv, {"application/java-vm", {"class"}}},
      {0, "L\0\0\0\x01\x14\x02\0"sv, {"application/x-ms-shortcut", {"lnk"}}},
      {0, "MSCF"sv, {"application/vnd.ms-cab-compressed", {"cab", "msu"}}},
      {0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, {"application/x-ole-storage", {"doc", "xls", "ppt", "msg", "msi", "dot", "xlt", "pps", "vsd", "pub", "mpp", "msp", "wps"}}},
      {0, "PK\x03\x04"sv, {"application/zip", {"zip", "docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "dotx", "dotm", "xltx", "xltm", "xlsb", "ppsx", "potx", "odt", "ods", "odp", "odg", "jar", "apk", "epub", "kmz", "xpi", "vsdx", "pages", "numbers", "key", "cbz", "whl", "ipa", "appx", "msix", "one", "ott"}}},
      {0, "PK\x05\x06"sv, {"application/zip", {"zip", "jar"}}},
      {0, "Rar!\x1a\x07"sv, {"application/vnd.rar", {"rar", "cbr"}}},
      {0, "7z\xbc\xaf\x27\x1c"sv, {"application/x-7z-compressed", {"7z"}}},
      {0, "\x1f\x8b"sv, {"application/gzip", {"gz", "tgz", "svgz", "vsix", "emz"}}},
      {0, "BZh"sv, {"application/x-bzip2", {"bz2", "tbz", "tbz2"}}},
      {0, "\xfd""7zXZ\0"sv, {"application/x-xz", {"xz", "txz"}}},
      {0, "\x28\xb5\x2f\xfd"sv, {"application/zstd", {"zst", "tzst"}}},
      {257, "ustar"sv, {"application/x-tar", {"tar"}}},
      {0, "%PDF-"sv, {"application/pdf", {"pdf", "ai"}}},
      {0, "{\\rtf"sv, {"application/rtf", {"rtf", "doc"}}},
      {0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d"sv, {"application/onenote", {"one", "onepkg"}}},
      {0, "ITSF"sv, {"application/vnd.ms-htmlhelp", {"chm"}}},
      {0, "\x89PNG\r\n\x1a\n"sv, {"image/png", {"png", "apng"}}},
      {0, "\xff\xd8\xff"sv, {"image/jpeg", {"jpg", "jpeg", "jpe", "jfif"}}},
      {0, "GIF87a"sv, {"image/gif", {"gif"}}},
      {0, "GIF89a"sv, {"image/gif", {"gif"}}},
      {0, "BM"sv, {"image/bmp", {"bmp", "dib"}}},
      {0, "II*\0"sv, {"image/tiff", {"tif", "tiff", "dng", "cr2", "nef"}}},
      {0, "MM\0*"sv, {"image/tiff", {"tif", "tiff", "nef"}}},
      {8, "WEBP"sv, {"image/webp", {"webp"}}},
      {4, "ftyp"sv, {"video/mp4", {"mp4", "m4a", "m4v", "mov", "3gp", "heic", "heif", "avif"}}},
      {0, "ID3"sv, {"audio/mpeg", {"mp3"}}},
      {0, "OggS"sv, {"audio/ogg", {"ogg", "oga", "ogv", "opus"}}},
      {0, "#!"sv, {"text/x-shellscript", {"sh", "bash", "py", "pl", "rb", "command", "run", "txt", "cgi", "ksh", "zsh"}}},
  };
  return all;
}

const FileKind kHtml = {"text/html", {"html", "htm", "xhtml", "shtml", "mht", "hta", "xht"}};
const FileKind kSvg = {"image/svg+xml", {"svg", "xml"}};

}  // namespace

std::string file_extension(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot + 1 == name.size() ? std::string() : lower_case(name.substr(dot + 1));
}

bool FileKind::fits(std::string_view name) const {
  const std::string extension = file_extension(trimmed(name));
  return extension.empty() || std::ranges::find(extensions, extension) != extensions.end();
}

const FileKind* file_kind(std::string_view head) {
  for (const Mark& mark : marks()) {
    if (head.size() < mark.at || !head.substr(mark.at).starts_with(mark.bytes)) continue;
    // Two letters may begin a text, too; in what they mark there are zeros near the beginning.
    if (mark.bytes.size() > 2 || mark.bytes[0] < 'A' || head.substr(0, kZerosBytes).find('\0') != std::string_view::npos) return &mark.kind;
  }
  std::string begin = lower_case(trimmed(head));
  if (begin.starts_with("\xef\xbb\xbf")) begin.erase(0, 3);
  if (begin.starts_with("<!doctype html") || begin.starts_with("<html") || begin.starts_with("<script")) return &kHtml;
  if (begin.starts_with("<svg") || (begin.starts_with("<?xml") && begin.find("<svg") != std::string::npos)) return &kSvg;
  return nullptr;
}

}  // namespace tocsin
