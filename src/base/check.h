// Assertions for our own mistakes, on in every build. What depends on data never asserts: that is a Result.
#pragma once

#include <cstdio>
#include <cstdlib>

#define TOCSIN_CHECK(condition, ...)                                                              \
  do {                                                                                            \
    if (!(condition)) [[unlikely]] {                                                              \
      std::fprintf(stderr, "tocsin: defect at %s:%d: %s is false\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                               \
    }                                                                                             \
  } while (0)
