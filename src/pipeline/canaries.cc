#include "pipeline/canaries.h"

#include <algorithm>

#include "pipeline/canary_rule.h"

namespace tocsin {

namespace {

/// While one is awaited, and while none is: then there is the store to look at, and the time of the next.
constexpr std::chrono::milliseconds kLook{200}, kIdle{1'000};

}  // namespace

Result<std::unique_ptr<Canaries>> Canaries::open(Env& env, CanaryBook& book, const std::vector<ServiceAddress>& ports, const CanaryOptions& options, Path path) {
  const auto syslog = std::ranges::find(ports, name_of(PortUse::kSyslogTcp), &ServiceAddress::input);
  if (syslog == ports.end()) return Error{Code::kUnsupported, "no canaries: the service takes no syslog over TCP"};
  CanaryPort port = TRY(CanaryPort::open(syslog->address));
  return std::unique_ptr<Canaries>(new Canaries(env, book, std::move(port), options, std::move(path)));
}

Canaries::~Canaries() { stop(); }

void Canaries::start() {
  if (options_.every.count() > 0) thread_ = std::thread([this] { run(); });
}

void Canaries::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::string Canaries::trouble() const {
  const std::optional<CanaryBook::Alarm> alarm = book_.snapshot().alarm;
  return alarm ? alarm->text : "";
}

void Canaries::run() {
  std::int64_t begun_ns = env_.monotonic_ns();  // the first comes when others have
  std::unique_lock<std::mutex> lock(mutex_);
  bool awaits = false;
  while (!wake_.wait_for(lock, awaits ? kLook : kIdle, [this] { return stopping_; })) {
    lock.unlock();
    book_.look({options_.late, path_.store_after() + kCanaryStoreSlack + options_.late}, path_.progress());
    CanaryBook::Snapshot seen = book_.snapshot();
    const std::chrono::nanoseconds pause = seen.alarm ? std::min(options_.every, options_.late) : options_.every;
    if (env_.monotonic_ns() - begun_ns >= pause.count()) {
      begun_ns = env_.monotonic_ns();
      send_one();
      seen = book_.snapshot();
    }
    awaits = seen.begun > seen.out + seen.lost;
    lock.lock();
  }
}

void Canaries::send_one() {
  Result<std::string> line = new_canary();
  const std::uint64_t number = book_.begin(line.value_or(""), env_.now_us(), port_.address());
  const Status sent = line ? port_.send(*line) : Status(line.error());
  if (sent) {
    book_.passed(number, CanaryStage::kSent);
  } else {
    book_.not_sent(number, sent.error().message);
  }
}

}  // namespace tocsin
