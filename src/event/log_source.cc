#include "event/log_source.h"

#include "base/check.h"

namespace tocsin {

namespace {
bool part_fits(const std::string& wanted, const std::string& actual) { return wanted.empty() || wanted == actual; }
}  // namespace

const LogSource* LogSourceClass::fits(const LogSource& wanted) const {
  for (const LogSource& source : sources) {
    if (part_fits(wanted.product, source.product) && part_fits(wanted.category, source.category) &&
        part_fits(wanted.service, source.service)) {
      return &source;
    }
  }
  return nullptr;
}

LogSourceTable::LogSourceTable() { intern({}); }

LogSourceId LogSourceTable::intern(const LogSourceClass& log_source) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [at, fresh] = ids_.try_emplace(log_source, static_cast<LogSourceId>(classes_.size()));
  if (fresh) classes_.push_back(log_source);
  return at->second;
}

const LogSourceClass& LogSourceTable::get(LogSourceId id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  TOCSIN_CHECK(id < classes_.size());
  return classes_[id];
}

std::size_t LogSourceTable::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return classes_.size();
}

}  // namespace tocsin
