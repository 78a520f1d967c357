#ifndef ISOLATES_TEST_NATIVE_TESTING_H_
#define ISOLATES_TEST_NATIVE_TESTING_H_

// A test program is one file: TEST blocks, named by a sentence, and nothing else; this header holds main().
//
//   TEST("a closed queue refuses tasks") {
//     EXPECT(!queue.Post(task));
//     EXPECT_EQ(queue.size(), 0u);
//   }
//
// A failed expectation is printed and the test goes on; REQUIRE leaves the test at once. An argument of the program
// picks the tests whose name contains it.
//
// Threads: expectations may be used on any thread. A test joins its threads before it returns.

#include <atomic>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace isolates::testing {

struct Test {
  const char* name;
  void (*body)();
};

inline std::vector<Test>& Tests() {
  static std::vector<Test> tests;
  return tests;
}

inline std::atomic<int> failures{0};

struct Registration {
  Registration(const char* name, void (*body)()) { Tests().push_back({name, body}); }
};

template <typename T>
std::string Show(const T& value) {
  if constexpr (requires(std::ostream & out) { out << value; }) {
    std::ostringstream out;
    out << std::boolalpha << value;
    return out.str();
  } else {
    return "(a value)";
  }
}

inline void Fail(const char* file, int line, const std::string& text) {
  failures.fetch_add(1);
  std::fprintf(stderr, "  %s:%d: %s\n", file, line, text.c_str());
}

template <typename A, typename B>
bool ExpectEqual(const A& actual, const B& expected, const char* file, int line, const char* text) {
  if (actual == expected) return true;
  Fail(file, line, std::string(text) + ": " + Show(actual) + " is not " + Show(expected));
  return false;
}

inline bool Expect(bool held, const char* file, int line, const char* text) {
  if (!held) Fail(file, line, text);
  return held;
}

inline int RunAll(const char* pattern) {
  int failed_tests = 0;
  int run = 0;
  for (const Test& test : Tests()) {
    if (pattern != nullptr && std::strstr(test.name, pattern) == nullptr) continue;
    const int before = failures.load();
    test.body();
    ++run;
    const bool passed = failures.load() == before;
    if (!passed) ++failed_tests;
    std::printf("%s %s\n", passed ? "ok    " : "FAILED", test.name);
  }
  std::printf("tests: %d passed, %d failed\n", run - failed_tests, failed_tests);
  return failed_tests == 0 && run > 0 ? 0 : 1;
}

}  // namespace isolates::testing

#define ISOLATES_TEST_JOIN2(a, b) a##b
#define ISOLATES_TEST_JOIN(a, b) ISOLATES_TEST_JOIN2(a, b)
#define ISOLATES_TEST_AS(name, function)                                                                    \
  static void function();                                                                                   \
  static const ::isolates::testing::Registration ISOLATES_TEST_JOIN(function, _registered)(name, function); \
  static void function()

#define TEST(name) ISOLATES_TEST_AS(name, ISOLATES_TEST_JOIN(Test, __LINE__))

#define EXPECT(condition) ::isolates::testing::Expect(static_cast<bool>(condition), __FILE__, __LINE__, #condition)
#define EXPECT_EQ(actual, expected) ::isolates::testing::ExpectEqual((actual), (expected), __FILE__, __LINE__, #actual)
#define REQUIRE(condition)          \
  do {                              \
    if (!EXPECT(condition)) return; \
  } while (false)

int main(int argc, char** argv) { return ::isolates::testing::RunAll(argc > 1 ? argv[1] : nullptr); }

#endif  // ISOLATES_TEST_NATIVE_TESTING_H_
