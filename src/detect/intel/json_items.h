// The objects of a JSON document that stand in the arrays under some key, one at a time, whatever the size of the document: bytes go in as they are read, each object comes out whole. Only the shape of
// the document is looked at (brackets, strings, keys); whoever takes an object parses it. One thread. What is no JSON in its shape ends it, and trouble() says where.
//
//   JsonItems items({"objects"}, [&](std::string_view object, std::uint32_t number) { … });
//   while (there is more) if (!items.feed(bytes)) break;
//   items.finish();
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intel {

/// Brackets within brackets. STIX and MISP have less than twenty.
inline constexpr std::size_t kJsonItemsDepthMax = 64;
/// Of one object. A pattern may have kStixPatternBytesMax; a sample that is in an event of MISP makes more of it, and it is passed over.
inline constexpr std::size_t kJsonItemBytesMax = 4u << 20;
/// Of a key, as far as it is compared.
inline constexpr std::size_t kJsonItemsKeyBytesMax = 32;

class JsonItems {
 public:
  /// Its number counts from 1 over all arrays. An object that is too large comes as "".
  using Take = std::function<bool(std::string_view object, std::uint32_t number)>;
  /// Objects in arrays under these keys, and in an array that is the whole document.
  JsonItems(std::vector<std::string> keys, Take take) : keys_(std::move(keys)), take_(std::move(take)) {}

  /// False: it is no JSON, or no more is wanted.
  bool feed(std::string_view bytes);
  /// After the last byte; false if the document is not at its end.
  bool finish();
  /// "byte 17: a bracket closes nothing"; "" if all is well.
  const std::string& trouble() const { return trouble_; }

 private:
  struct Level {
    bool array = false, wanted = false;
  };
  bool fail(const char* why);
  bool byte(char c);
  bool open(bool array);
  bool close(bool array);
  void end_string();

  const std::vector<std::string> keys_;
  const Take take_;
  std::vector<Level> levels_;
  std::uint64_t at_ = 0;
  bool in_string_ = false, escaped_ = false, begun_ = false, stopped_ = false, too_large_ = false;
  std::size_t item_level_ = 0;  // how many levels there were when the object at hand began; 0: none is
  std::uint32_t items_ = 0;
  std::string string_, key_, item_, trouble_;
};

}  // namespace tocsin::intel
