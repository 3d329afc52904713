# tocsin_room(path DEPS ...): a static library tocsin_<path> from every .cc below src/<path>, and a test program
# <path>_test from every *_test.cc there. Sub-folders that are rooms of their own come with their own call.
set(TOCSIN_WARNINGS -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough)

# A warning stops the build with the compilers that we test with; a newer one may know warnings that nobody here has seen.
if((CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 15) OR
   (CMAKE_CXX_COMPILER_ID STREQUAL Clang AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 20))
  list(APPEND TOCSIN_WARNINGS -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND TOCSIN_WARNINGS -Wno-restrict)  # false alarms on "x" + std::string (GCC bug 105329)
endif()

add_library(tocsin_options INTERFACE)
target_include_directories(tocsin_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(tocsin_options INTERFACE ${TOCSIN_WARNINGS} -fno-omit-frame-pointer -fstack-protector-strong)
if(TOCSIN_SANITIZE)
  target_compile_options(tocsin_options INTERFACE -fsanitize=${TOCSIN_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(tocsin_options INTERFACE -fsanitize=${TOCSIN_SANITIZE})
endif()
if(TOCSIN_FUZZ)
  target_compile_options(tocsin_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_package(GTest REQUIRED)
include(GoogleTest)

function(tocsin_room path)
  cmake_parse_arguments(ROOM "" "" "DEPS" ${ARGN})
  string(REPLACE "/" "_" name ${path})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${path}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(tocsin_${name} STATIC ${sources})
    target_link_libraries(tocsin_${name} PUBLIC tocsin_options ${ROOM_DEPS})
  else()
    add_library(tocsin_${name} INTERFACE)
    target_link_libraries(tocsin_${name} INTERFACE tocsin_options ${ROOM_DEPS})
  endif()
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE tocsin_${name} GTest::gtest GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE TOCSIN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    gtest_discover_tests(${name}_test TEST_PREFIX "${path}:" DISCOVERY_TIMEOUT 120 PROPERTIES LABELS unit TIMEOUT 600)
  endif()
endfunction()
