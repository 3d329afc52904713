#include "pipeline/watch.h"

#include <utility>

#include "base/time.h"

namespace tocsin {

namespace {

/// The room of the file: one block of the disk, which is there whatever becomes of the rest.
constexpr std::size_t kTroubleBytes = 4096;
/// People look every few seconds at most.
constexpr std::chrono::milliseconds kLook{500};

}  // namespace

Watch::Watch(Env& env, std::string path, std::function<std::string()> trouble, std::function<void(const std::string&)> tell,
             std::chrono::milliseconds calm)
    : env_(env), path_(std::move(path)), trouble_(std::move(trouble)), tell_(std::move(tell)), calm_(calm) {}

Watch::~Watch() { stop(); }

Status Watch::start() {
  TRY(note(""));
  thread_ = std::thread([this] { run(); });
  return {};
}

void Watch::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watch::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!wake_.wait_for(lock, kLook, [this] { return stopping_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

void Watch::look() {
  std::string now = trouble_();
  without_trouble_ = now.empty() ? without_trouble_ + kLook : std::chrono::milliseconds(0);
  if (now == told_ || (now.empty() && without_trouble_ < calm_)) return;
  told_ = std::move(now);
  if (tell_) tell_(told_.empty() ? "what was in the way is over; records are taken" : told_);
  (void)note(told_);  // who reads the messages knows it already
}

/// The whole room is written: nothing is left of what was said before.
Status Watch::note(const std::string& text) {
  std::string line = text.empty() ? "" : format_time(env_.now_us()) + " " + text;
  line.resize(kTroubleBytes, '\n');
  Result<std::unique_ptr<DurableFile>> file = env_.open_durable(path_, true);
  if (!file && file.error().code == Code::kNotFound) file = env_.create_durable(path_);
  if (!file) return file.error();
  return (*file)->append(line);
}

std::optional<Trouble> read_trouble(Env& env, const std::string& path) {
  const std::string text = env.read_file(path, kTroubleBytes).value_or("");
  const std::size_t space = text.find(' '), end = text.find('\n');
  if (space == std::string::npos || end < space) return std::nullopt;
  return Trouble{text.substr(0, space), text.substr(space + 1, end - space - 1)};
}

}  // namespace tocsin
