#ifndef ISOLATES_ENGINE_PINNED_VALUES_H_
#define ISOLATES_ENGINE_PINNED_VALUES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "value/store.h"
#include "value/value.h"
#include "value/version_table.h"

namespace isolates {

// The values of stores that one realm reads parts of, each with the number that tells whether it is the newest. Looking
// into one takes neither the lock of its store nor a count of the value: all readers would write to those, and wait for
// each other's caches.
//
// Threads: that of the realm.
// Owns: a count of each value, until it is seen that there is a newer one, or another takes its place.
class PinnedValues {
 public:
  // Its name here, which is never 0.
  uint64_t Pin(Store* store, const Store::Found& found);
  // The value while it is the newest of its key; null when it is not, or not pinned any more. Good until the next call.
  const Value* Find(uint64_t pin);
  // Lets go of those that are not the newest any more.
  void DropOutdated();
  void Clear();

 private:
  struct Place {
    bool is_current() const;

    uint64_t pin = 0;
    Value value;
    std::shared_ptr<const VersionChunk> numbers;
    Store::Current current{};
  };

  static constexpr size_t kPlaces = 16;

  std::array<Place, kPlaces> places_;
  uint64_t last_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PINNED_VALUES_H_
