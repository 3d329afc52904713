// The audit log's arithmetic against what others published: proofs of trees (merkle/ of the shared data) and canonical JSON (jcs/).
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "base/canonical_json.h"
#include "base/env.h"
#include "report/audit/merkle.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

fs::path data() {
  const char* const given = std::getenv("TOCSIN_DATA");
  return given != nullptr ? given : TOCSIN_SOURCE_DIR "/../shared/data";
}

std::string read(const fs::path& path) {
  const Result<std::string> text = Env::system().read_file(path.string(), 1 << 20);
  EXPECT_TRUE(text) << path;
  return text.value_or("");
}

/// Some stand for a hash and have another length ("don't care"): equal ones stay equal, and others do not. What is empty is none, and nothing equals it.
audit::Hash hash_of(const json::value& value) {
  const std::string text(value.as_string());
  std::string bytes(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  EXPECT_GE(size, 0) << text;
  bytes.resize(static_cast<std::size_t>(size) - (text.ends_with("==") ? 2u : text.ends_with("=") ? 1u : 0u));
  static std::uint64_t nothing = 0;
  audit::Hash hash;
  if (bytes.empty()) return sha256("nothing " + std::to_string(++nothing));
  if (bytes.size() != hash.size()) return sha256(bytes);
  std::ranges::copy(bytes, reinterpret_cast<char*>(hash.data()));
  return hash;
}

std::vector<audit::Hash> proof_of(const json::object& test) {
  std::vector<audit::Hash> proof;
  const json::value* const given = test.if_contains("proof");
  if (given == nullptr || given->is_null()) return proof;
  for (const json::value& one : given->as_array()) proof.push_back(hash_of(one));
  return proof;
}

struct Counts {
  int good = 0, refused = 0;
};

void each(const std::string& kind, Counts& counts, const std::function<bool(const json::object&)>& holds) {
  for (const auto& entry : fs::recursive_directory_iterator(data() / "merkle" / kind)) {
    if (entry.path().extension() != ".json") continue;
    const json::object test = json::parse(read(entry.path())).as_object();
    const bool wanted = !test.contains("wantErr") || !test.at("wantErr").as_bool();
    EXPECT_EQ(holds(test), wanted) << entry.path();
    ++(wanted ? counts.good : counts.refused);
  }
}

TEST(AuditVectors, ProofsOfInclusionAndConsistency) {
  if (!fs::exists(data() / "merkle")) GTEST_SKIP() << "skipped: there is no shared data";
  const auto number = [](const json::value& value) { return value.to_number<std::uint64_t>(); };
  Counts counts;
  each("inclusion", counts, [&](const json::object& test) {
    return audit::check_inclusion(hash_of(test.at("leafHash")), number(test.at("leafIdx")), number(test.at("treeSize")), proof_of(test), hash_of(test.at("root"))).has_value();
  });
  each("consistency", counts, [&](const json::object& test) {
    return audit::check_consistency(number(test.at("size1")), number(test.at("size2")), hash_of(test.at("root1")), hash_of(test.at("root2")), proof_of(test)).has_value();
  });
  std::printf("proofs: %d hold, %d are refused\n", counts.good, counts.refused);
  EXPECT_EQ(counts.good + counts.refused, 196);
  EXPECT_EQ(counts.good, 12);
}

TEST(AuditVectors, CanonicalJson) {
  if (!fs::exists(data() / "jcs")) GTEST_SKIP() << "skipped: there is no shared data";
  int count = 0;
  for (const auto& entry : fs::directory_iterator(data() / "jcs" / "input")) {
    const Result<std::string> canonical = canonical_json(read(entry.path()));
    ASSERT_TRUE(canonical) << entry.path() << ": " << canonical.error().message;
    std::string wanted = read(data() / "jcs" / "output" / entry.path().filename());
    EXPECT_EQ(*canonical, wanted) << entry.path();
    EXPECT_EQ(*canonical_json(*canonical), *canonical);
    ++count;
  }
  EXPECT_EQ(count, 6);
}

}  // namespace
}  // namespace tocsin
