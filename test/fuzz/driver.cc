// Runs a fuzz target where there is no libFuzzer: on what a seed makes, and on mutations of what was made before.
// FUZZ_RUNS and FUZZ_SEED say how often, and what; the seed is printed first.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kLongest = 512;
constexpr size_t kKept = 64;

uint64_t NumberFrom(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  Bytes Next() {
    Bytes bytes = kept_.empty() || Below(4) == 0 ? Fresh() : kept_[Below(kept_.size())];
    for (size_t changes = 1 + Below(4); changes > 0; --changes) Change(&bytes);
    if (kept_.size() < kKept) {
      kept_.push_back(bytes);
    } else {
      kept_[Below(kKept)] = bytes;
    }
    return bytes;
  }

 private:
  size_t Below(size_t limit) { return static_cast<size_t>(random_() % limit); }

  // Small counts are what gets furthest, as numbers of both kinds that messages have.
  Bytes Fresh() {
    Bytes bytes;
    while (bytes.size() < Below(kLongest)) {
      if (Below(3) == 0) {
        const auto number = static_cast<double>(Below(24));
        const size_t at = bytes.size();
        bytes.resize(at + sizeof(number));
        std::memcpy(bytes.data() + at, &number, sizeof(number));
      } else {
        bytes.push_back(static_cast<uint8_t>(Below(2) == 0 ? Below(16) : Below(256)));
      }
    }
    return bytes;
  }

  void Change(Bytes* bytes) {
    static constexpr uint8_t kExtreme[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
    const size_t at = bytes->empty() ? 0 : Below(bytes->size());
    switch (Below(6)) {
      case 0:
        if (!bytes->empty()) (*bytes)[at] ^= static_cast<uint8_t>(1u << Below(8));
        break;
      case 1:
        if (!bytes->empty()) (*bytes)[at] = kExtreme[Below(sizeof(kExtreme))];
        break;
      case 2:
        bytes->insert(bytes->begin() + static_cast<std::ptrdiff_t>(at), static_cast<uint8_t>(Below(256)));
        break;
      case 3:
        bytes->resize(at);
        break;
      case 4:
        bytes->insert(bytes->end(), 1 + Below(16), 0xff);
        break;
      default:
        for (size_t i = at; i < bytes->size() && i < at + sizeof(double); ++i) {
          (*bytes)[i] = static_cast<uint8_t>(Below(256));
        }
    }
  }

  std::mt19937_64 random_;
  std::vector<Bytes> kept_;
};

}  // namespace

int main() {
  const uint64_t runs = NumberFrom("FUZZ_RUNS", 50'000);
  const uint64_t seed = NumberFrom("FUZZ_SEED", std::random_device()());
  std::printf("%llu runs from seed %llu\n", static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  Mutator mutator(seed);
  for (uint64_t run = 0; run < runs; ++run) {
    const Bytes bytes = mutator.Next();
    // Of exactly its size, so that a sanitizer sees every read beyond it.
    const std::unique_ptr<uint8_t[]> input(new uint8_t[bytes.size()]);
    if (!bytes.empty()) std::memcpy(input.get(), bytes.data(), bytes.size());
    LLVMFuzzerTestOneInput(input.get(), bytes.size());
  }
  std::printf("tests: 1 passed, 0 failed\n");
}
