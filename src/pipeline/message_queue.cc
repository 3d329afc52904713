#include "pipeline/message_queue.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "pipeline/ingest_messages.h"

namespace tocsin {

void MessageQueue::start() {
  thread_ = std::thread([this] { run(); });
}

void MessageQueue::push(std::string head, std::unique_ptr<IntakeBatch> batch) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    messages_.push_back({std::move(head), std::move(batch)});
  }
  work_.notify_one();
}

void MessageQueue::finish() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    finishing_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void MessageQueue::run() {
  bool good = true;
  while (true) {
    Message message;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      work_.wait(lock, [this] { return finishing_ || !messages_.empty(); });
      if (messages_.empty()) return;
      message = std::move(messages_.front());
      messages_.pop_front();
    }
    good = good && write(message);
  }
}

bool MessageQueue::write(const Message& message) {
  std::string_view first = message.head, second = message.batch == nullptr ? std::string_view() : message.batch->all();
  while (!first.empty() || !second.empty()) {
    iovec parts[2] = {{const_cast<char*>(first.data()), first.size()}, {const_cast<char*>(second.data()), second.size()}};
    msghdr header{};
    header.msg_iov = parts;
    header.msg_iovlen = 2;
    const ssize_t written = ::sendmsg(socket_, &header, MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    const std::size_t of_first = std::min(first.size(), static_cast<std::size_t>(written));
    first.remove_prefix(of_first);
    second.remove_prefix(static_cast<std::size_t>(written) - of_first);
  }
  return true;
}

Status read_message(int socket, std::size_t bytes_max, std::uint8_t& kind, std::string& payload) {
  char head[kIngestHeadBytes];
  const auto gone = [] { return Error{Code::kIo, "the other process is gone"}; };
  if (!receive_all(socket, head)) return gone();
  const auto size = number_at<std::uint32_t>({head, sizeof head}, 0);
  kind = static_cast<std::uint8_t>(head[4]);
  if (size > bytes_max) return Error{Code::kLimit, "a message is too large"};
  payload.resize(size);
  if (!receive_all(socket, payload)) return gone();
  return {};
}

}  // namespace tocsin
