// Messages on their way to the core, written by a thread of their own, in order: whoever parses does not wait for the other process. What is queued is
// bounded by who asks for answers (remote_intake.h). push() is safe from any thread. When the core is gone nothing is written any more, and
// nobody is told: who reads the same socket learns it.
//
//   MessageQueue queue(socket);
//   queue.start();
//   queue.push(count_message(IngestKind::kRefused, source, 3));
//   queue.finish();    // all is written
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "collect/intake.h"

namespace tocsin {

class MessageQueue {
 public:
  explicit MessageQueue(int socket) : socket_(socket) {}
  ~MessageQueue() { finish(); }
  MessageQueue(const MessageQueue&) = delete;
  MessageQueue& operator=(const MessageQueue&) = delete;

  /// Begins the thread; what was pushed before waits for it.
  void start();
  /// The bytes of `batch` follow `head`.
  void push(std::string head, std::unique_ptr<IntakeBatch> batch = nullptr);
  /// Writes what is queued, and ends.
  void finish();

 private:
  struct Message {
    std::string head;
    std::unique_ptr<IntakeBatch> batch;
  };
  void run();
  bool write(const Message& message);

  const int socket_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Message> messages_;  // guarded by mutex_
  bool finishing_ = false;        // guarded by mutex_
  std::thread thread_;
};

/// Reads a whole message. kIo if the stream ended; kLimit if it is larger than `bytes_max`.
Status read_message(int socket, std::size_t bytes_max, std::uint8_t& kind, std::string& payload);

}  // namespace tocsin
