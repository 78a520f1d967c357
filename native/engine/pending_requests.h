#ifndef ISOLATES_ENGINE_PENDING_REQUESTS_H_
#define ISOLATES_ENGINE_PENDING_REQUESTS_H_

#include <v8.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace isolates {

// The promises of one Node environment, or of one guest, that wait for an outcome of isolates it made.
//
// A ticket is a place in a list and how often that place was used before, so no number comes twice: whoever
// still has an old one (an interrupt that came late) means nobody.
//
// Threads: the environment's own; the one that has the guest's turn.
// Owns: the promises.
class PendingRequests {
 public:
  struct Request {
    v8::Global<v8::Promise::Resolver> promise;  // empty when its caller has given up
    uint64_t isolate_id = 0;
  };

  uint64_t Open(v8::Isolate* isolate, v8::Local<v8::Promise::Resolver> promise, uint64_t isolate_id) {
    const uint64_t ticket = Reserve(isolate_id);
    Attach(ticket, isolate, promise);
    return ticket;
  }

  // A ticket whose promise is attached before its outcome is taken.
  uint64_t Reserve(uint64_t isolate_id) {
    uint64_t place = places_.size();
    if (free_.empty()) {
      places_.emplace_back();
      places_.back().ticket = place;
    } else {
      place = free_.back();
      free_.pop_back();
    }
    Place& taken = places_[place];
    taken.request.isolate_id = isolate_id;
    last_ = taken.ticket;
    return taken.ticket;
  }

  void Attach(uint64_t ticket, v8::Isolate* isolate, v8::Local<v8::Promise::Resolver> promise) {
    places_[ticket % kPlaces].request.promise.Reset(isolate, promise);
  }

  // The ticket that was opened last.
  uint64_t last() const { return last_; }

  // Ends a request; the ticket is void.
  Request Take(uint64_t ticket) {
    Place& place = places_[ticket % kPlaces];
    place.ticket += kPlaces;
    free_.push_back(ticket % kPlaces);
    return std::move(place.request);
  }

  // For a caller who does not wait any more: takes the promise out, while the outcome is still to come. Null when the
  // request has ended.
  v8::Global<v8::Promise::Resolver> Abandon(uint64_t ticket) {
    Place& place = places_[ticket % kPlaces];
    if (place.ticket != ticket) return {};
    return std::move(place.request.promise);
  }

  void Clear() { places_.clear(); }

 private:
  // So many may be in flight; the rest of the 53 bits of a JavaScript integer count the rounds.
  static constexpr uint64_t kPlaces = uint64_t{1} << 24;

  struct Place {
    Request request;
    uint64_t ticket = 0;
  };

  std::vector<Place> places_;
  std::vector<uint64_t> free_;
  uint64_t last_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PENDING_REQUESTS_H_
