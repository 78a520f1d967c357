#include "engine/pinned_values.h"

#include <atomic>
#include <utility>

namespace isolates {

bool PinnedValues::Place::is_current() const {
  return numbers->numbers()[current.index].load(std::memory_order_acquire) == current.number;
}

uint64_t PinnedValues::Pin(Store* store, const Store::Found& found) {
  const uint64_t pin = ++last_;
  // What stood there may be the last of a tree with handles in it: it goes when the place is in order again.
  const Place before =
      std::exchange(places_[pin % kPlaces], Place{pin, found.value, store->Chunk(found.current.chunk), found.current});
  return pin;
}

const Value* PinnedValues::Find(uint64_t pin) {
  Place& place = places_[pin % kPlaces];
  if (pin == 0 || place.pin != pin) return nullptr;
  if (place.is_current()) return &place.value;
  const Place outdated = std::exchange(place, Place());
  return nullptr;
}

void PinnedValues::DropOutdated() {
  for (Place& place : places_) {
    if (place.pin != 0) (void)Find(place.pin);
  }
}

void PinnedValues::Clear() {
  for (Place& place : places_) {
    const Place dropped = std::exchange(place, Place());
  }
}

}  // namespace isolates
