#include "sync/priority_line.h"

#include <optional>
#include <vector>

#include "testing.h"

namespace {

using Line = isolates::PriorityLine<int>;

std::vector<int> TakeAll(Line* line) {
  std::vector<int> items;
  while (const std::optional<int> item = line->Take()) items.push_back(*item);
  return items;
}

TEST("a line gives items of one priority in order of arrival") {
  Line line;
  for (int i = 0; i < 5; ++i) line.Add(0, i);
  EXPECT(line.size() == 5);
  EXPECT((TakeAll(&line) == std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT(line.size() == 0);
  EXPECT(!line.Take().has_value());
}

TEST("a line gives those of higher priority first") {
  Line line;
  line.Add(0, 1);
  line.Add(5, 2);
  line.Add(-3, 3);
  line.Add(5, 4);
  line.Add(0, 5);
  EXPECT((TakeAll(&line) == std::vector<int>{2, 4, 1, 5, 3}));
}

TEST("an item can leave from the midst of a line, once") {
  Line line;
  line.Add(0, 1);
  const Line::Place second = line.Add(0, 2);
  line.Add(0, 3);
  EXPECT(line.Remove(second) == 2);
  EXPECT(!line.Remove(second).has_value());
  EXPECT(line.size() == 2);
  EXPECT((TakeAll(&line) == std::vector<int>{1, 3}));
}

TEST("an item that was taken cannot leave any more") {
  Line line;
  const Line::Place place = line.Add(7, 1);
  EXPECT(line.Take() == 1);
  EXPECT(!line.Remove(place).has_value());
  EXPECT(!line.Remove({42, 0}).has_value());
}

TEST("what has left takes no room in a line that does not move") {
  Line line;
  std::vector<Line::Place> places;
  for (int i = 0; i < 10'000; ++i) places.push_back(line.Add(0, i));
  for (int i = 0; i < 10'000; ++i) {
    if (i % 100 != 0) EXPECT(line.Remove(places[static_cast<size_t>(i)]) == i);
  }
  EXPECT(line.size() == 100);
  const std::vector<int> left = TakeAll(&line);
  EXPECT(left.size() == 100);
  for (size_t i = 0; i < left.size(); ++i) EXPECT(left[i] == static_cast<int>(i) * 100);
}

TEST("many priorities, used once each, leave a line as it was") {
  Line line;
  for (int i = 0; i < 1000; ++i) line.Add(i, i);
  const std::vector<int> items = TakeAll(&line);
  EXPECT(items.size() == 1000);
  EXPECT(items.front() == 999 && items.back() == 0);
  line.Add(3, 1);
  EXPECT(line.Take() == 1);
}

}  // namespace
