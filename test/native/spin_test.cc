#include "sync/spin.h"

#include "testing.h"

namespace {

using isolates::SpinBudget;

// How often a spin for something that never comes asks for it.
int LooksInVain(SpinBudget* budget) {
  int looks = 0;
  EXPECT(!budget->Spin([&looks] {
    ++looks;
    return false;
  }));
  return looks;
}

TEST("a spin ends with what it waits for") {
  SpinBudget budget;
  int looks = 0;
  EXPECT(budget.Spin([&looks] { return ++looks == 20; }));
  EXPECT_EQ(looks, 20);
}

TEST("spins in vain become shorter, until each only looks once") {
  SpinBudget budget;
  for (int i = 0; i < 10; ++i) LooksInVain(&budget);
  EXPECT_EQ(LooksInVain(&budget), 1);
}

TEST("a short park shows that spinning pays again, once nobody else has the core for long") {
  SpinBudget budget;
  for (int i = 0; i < 10; ++i) LooksInVain(&budget);
  int looks = 0;
  for (int i = 0; i < 200 && looks <= 1; ++i) {
    budget.Parked(std::chrono::microseconds(1));
    looks = LooksInVain(&budget);
  }
  EXPECT(looks > 1);
}

TEST("a long park does not") {
  SpinBudget budget;
  for (int i = 0; i < 10; ++i) LooksInVain(&budget);
  budget.Parked(std::chrono::seconds(1));
  EXPECT_EQ(LooksInVain(&budget), 1);
}

}  // namespace
