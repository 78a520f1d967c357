#include "value/key_table.h"

#include <map>
#include <random>

#include "testing.h"

namespace {

using Table = isolates::KeyTable<int>;

// Few hashes, so that keys collide, run into each other and around the end of the table.
uint64_t HashOf(int number) { return (uint64_t{static_cast<unsigned>(number) % 3} << 32) | (number % 11 + 60); }

TEST("a table finds what a map finds, whatever is added and removed, however keys collide") {
  constexpr unsigned kSeed = 20240901;
  std::mt19937 random(kSeed);
  for (int round = 0; round < 50; ++round) {
    Table table;
    std::map<int, int> model;
    for (int step = 0; step < 400; ++step) {
      const int number = static_cast<int>(random() % 80);
      const std::string key = std::to_string(number);
      Table::Entry* entry = table.Find(key, HashOf(number));
      const auto known = model.find(number);
      if (!EXPECT_EQ(entry != nullptr, known != model.end())) return;
      if (entry == nullptr) {
        table.Add(key, HashOf(number), step);
        model[number] = step;
        continue;
      }
      EXPECT_EQ(entry->data, known->second);
      if (random() % 2 == 0) continue;
      const Table::Entry removed = table.Remove(entry);
      EXPECT(removed.key == key && removed.data == known->second);
      model.erase(known);
    }
    REQUIRE(table.size() == model.size());
    for (const auto& [number, data] : model) {
      const Table::Entry* entry = table.Find(std::to_string(number), HashOf(number));
      if (!EXPECT(entry != nullptr && entry->data == data)) return;
    }
    size_t seen = 0;
    for (const Table::Entry& entry : table) seen += model.count(std::stoi(entry.key));
    EXPECT_EQ(seen, model.size());
  }
}

TEST("a table can be emptied from its end and filled again") {
  Table table;
  EXPECT(table.last() == nullptr);
  EXPECT(table.Find("0", HashOf(0)) == nullptr);
  for (int round = 0; round < 3; ++round) {
    for (int number = 0; number < 100; ++number) table.Add(std::to_string(number), HashOf(number), number);
    while (Table::Entry* entry = table.last()) table.Remove(entry);
    EXPECT_EQ(table.size(), 0u);
  }
}

}  // namespace
