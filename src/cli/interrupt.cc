#include "cli/interrupt.h"

namespace tocsin::cli {

CancelBySignal::CancelBySignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

CancelBySignal::~CancelBySignal() {
  done_ = true;
  if (thread_.joinable()) thread_.join();
}

void CancelBySignal::watch(std::function<void()> cancel) {
  thread_ = std::thread([this, cancel = std::move(cancel)] {
    constexpr timespec kLook{0, 50'000'000};
    while (!done_) {
      if (sigtimedwait(&signals_, nullptr, &kLook) > 0) cancel();
    }
  });
}

}  // namespace tocsin::cli
