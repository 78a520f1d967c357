#include "engine/code_cache.h"

#include <cstring>
#include <functional>
#include <iterator>
#include <utility>

namespace isolates {

namespace {

constexpr size_t kSamples = 256;

// Of the name, the length and some characters: who is found is compared to the last character anyway.
uint64_t Hash(const CodeCache::Name& name) {
  uint64_t hash = std::hash<std::string>()(name.url) ^ static_cast<uint64_t>(name.kind);
  const Text text = name.source.text();
  const size_t stride = text.length() / kSamples + 1;
  hash = hash * 31 + text.length();
  for (size_t i = 0; i < text.length(); i += stride) hash = hash * 1099511628211u + text.at(i);
  return hash;
}

bool SameText(const Text& a, const Text& b) {
  if (a.length() != b.length() || a.two_byte() != b.two_byte()) return false;
  return a.data() == b.data() || std::memcmp(a.data(), b.data(), a.bytes()) == 0;
}

}  // namespace

CodeCache& CodeCache::Get() {
  static auto* cache = new CodeCache();
  return *cache;
}

CodeCache::Entries::iterator CodeCache::State::Find(const Name& name, uint64_t hash) {
  const auto [first, last] = by_hash.equal_range(hash);
  for (auto found = first; found != last; ++found) {
    const Name& known = found->second->name;
    if (known.kind == name.kind && known.url == name.url && SameText(known.source.text(), name.source.text())) {
      return found->second;
    }
  }
  return entries.end();
}

void CodeCache::State::Remove(Entries::iterator entry, Entries* out) {
  const auto [first, last] = by_hash.equal_range(entry->hash);
  for (auto found = first; found != last; ++found) {
    if (found->second != entry) continue;
    by_hash.erase(found);
    break;
  }
  bytes -= entry->bytes;
  out->splice(out->end(), entries, entry);
}

std::shared_ptr<const CodeCache::Code> CodeCache::Find(const Name& name) {
  const uint64_t hash = Hash(name);
  auto state = state_.Acquire();
  const auto found = state->Find(name, hash);
  if (found == state->entries.end()) return nullptr;
  state->entries.splice(state->entries.begin(), state->entries, found);
  return found->code;
}

void CodeCache::Keep(const Name& name, std::unique_ptr<const Code> code) {
  const size_t bytes = static_cast<size_t>(code->length) + name.source.text().bytes();
  if (bytes > kMostBytes) return;
  Entry entry{Hash(name), name, std::move(code), bytes};
  // Outlives the lock: a value must not be dropped under one.
  Entries dropped;
  auto state = state_.Acquire();
  if (state->Find(name, entry.hash) != state->entries.end()) {
    dropped.push_back(std::move(entry));
    return;
  }
  while (state->bytes + bytes > kMostBytes) state->Remove(std::prev(state->entries.end()), &dropped);
  state->bytes += bytes;
  const uint64_t hash = entry.hash;
  state->entries.push_front(std::move(entry));
  state->by_hash.emplace(hash, state->entries.begin());
}

void CodeCache::Drop(const Name& name) {
  Entries dropped;
  const uint64_t hash = Hash(name);
  auto state = state_.Acquire();
  const auto found = state->Find(name, hash);
  if (found != state->entries.end()) state->Remove(found, &dropped);
}

}  // namespace isolates
