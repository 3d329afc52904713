#include "pipeline/watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <vector>

#include "base/memory_env.h"

namespace tocsin {
namespace {

TEST(Watch, SaysWhatIsInTheWayAndThatItIsOver) {
  MemoryEnv env;
  std::mutex mutex;
  std::string now;
  std::vector<std::string> told;
  Watch watch(
      env, "data/trouble",
      [&] {
        const std::lock_guard<std::mutex> lock(mutex);
        return now;
      },
      [&](const std::string& what) {
        const std::lock_guard<std::mutex> lock(mutex);
        told.push_back(what);
      },
      std::chrono::milliseconds(0));
  ASSERT_TRUE(watch.start());
  EXPECT_FALSE(read_trouble(env, "data/trouble"));
  const auto becomes = [&](const std::string& trouble, std::size_t times) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      now = trouble;
    }
    while (true) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      const std::lock_guard<std::mutex> lock(mutex);
      if (told.size() >= times) return;
    }
  };
  becomes("the disk is full: a long word about it", 1);
  const std::size_t room = env.text_of("data/trouble")->size();
  becomes("short", 2);
  while (!read_trouble(env, "data/trouble") || read_trouble(env, "data/trouble")->what != "short") std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(env.text_of("data/trouble")->size(), room) << "written over in place";
  becomes("", 3);
  watch.stop();
  EXPECT_EQ(told[0], "the disk is full: a long word about it");
  EXPECT_NE(told[2].find("is over"), std::string::npos);
}

TEST(Watch, WhatComesAndGoesIsSaidOnce) {
  MemoryEnv env;
  std::atomic<int> looks{0}, told{0};
  Watch watch(
      env, "data/trouble", [&] { return looks++ % 2 == 0 ? "the store is behind" : ""; }, [&](const std::string&) { ++told; }, std::chrono::seconds(10));
  ASSERT_TRUE(watch.start());
  while (looks < 5) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  watch.stop();
  EXPECT_EQ(told, 1);
}

TEST(Watch, WhatItWroteIsReadAndNothingElse) {
  MemoryEnv env;
  env.add_file("trouble", "2026-11-29T07:00:00Z it is full\n\n\n");
  ASSERT_TRUE(read_trouble(env, "trouble"));
  EXPECT_EQ(read_trouble(env, "trouble")->since, "2026-11-29T07:00:00Z");
  EXPECT_EQ(read_trouble(env, "trouble")->what, "it is full");
  for (const char* const text : {"", "\n\n", "word\n", "\n a"}) {
    env.add_file("trouble", text);
    EXPECT_FALSE(read_trouble(env, "trouble")) << text;
  }
}

}  // namespace
}  // namespace tocsin
