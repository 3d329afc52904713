#include "pipeline/host_memory.h"

#include "store/sealed_file.h"

namespace tocsin {

namespace {

constexpr std::string_view kName = "hosts";
/// Nonce, mark and tag are some dozen bytes.
constexpr std::size_t kFileBytesMax = enrich::kHostsPackedBytesMax + 4'096;

}  // namespace

HostMemory::HostMemory(Env& env, std::string folder, TokenVault& tokens) : env_(env), folder_(std::move(folder)), tokens_(tokens) {}

std::string HostMemory::path() const { return folder_ + "/" + std::string(kName); }

Status HostMemory::recall(enrich::HostTable& hosts) {
  kept_ns_ = env_.monotonic_ns();
  const Result<std::string> bytes = env_.read_file(path(), kFileBytesMax);
  if (!bytes && bytes.error().code == Code::kNotFound) return {};
  if (!bytes) return bytes.error();
  if (!hosts.unpack(tokens_.unsealed(*bytes), env_.now_us() - kHostsForgottenAfterUs)) {
    return Error{Code::kInvalid, path() + ": does not open: it is damaged, or of other data; which hosts had which addresses is learnt anew"};
  }
  return {};
}

Status HostMemory::keep(const enrich::HostTable& hosts, When when) {
  if (hosts.changes() == kept_changes_) return {};
  if (when == When::kIfDue && env_.monotonic_ns() < kept_ns_ + kHostsKeptEveryNs) return {};
  kept_ns_ = env_.monotonic_ns();  // a disk that fails is not asked again at once
  const std::uint64_t changes = hosts.changes();
  TRY(put_file(env_, folder_, kName, tokens_.sealed(hosts.packed(env_.now_us() - kHostsForgottenAfterUs))));
  kept_changes_ = changes;
  return {};
}

Status HostMemory::forget() {
  kept_changes_ = 0;
  if (!env_.exists(path())) return {};
  TRY(env_.remove_file(path()));
  return env_.sync_folder(folder_);
}

}  // namespace tocsin
