#include "engine/cpu_profiling.h"

#include <atomic>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/guarded.h"
#include "engine/profiling_signal.h"

namespace isolates {

namespace {

// V8's clock and ours are the same where both are CLOCK_MONOTONIC; further apart than that they are two.
constexpr int64_t kSameClock = 1'000'000;

int64_t Now() { return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count(); }

// Those that take a profile at the moment.
struct Active {
  std::atomic<size_t> count{0};
  Guarded<std::unordered_map<const Interrupts*, CpuProfiling*>> by_interrupts;
};

Active& GetActive() {
  static auto* active = new Active();
  return *active;
}

}  // namespace

CpuProfiling* CpuProfiling::Find(const Interrupts* interrupts) {
  Active& active = GetActive();
  if (active.count.load(std::memory_order_relaxed) == 0) return nullptr;
  auto map = active.by_interrupts.Acquire();
  const auto found = map->find(interrupts);
  return found == map->end() ? nullptr : found->second;
}

void CpuProfiling::Register() {
  if (interrupts_ == nullptr) return;
  auto map = GetActive().by_interrupts.Acquire();
  if (map->emplace(interrupts_, this).second) GetActive().count.fetch_add(1, std::memory_order_relaxed);
}

void CpuProfiling::UnregisterWhenNone() {
  if (interrupts_ == nullptr || !profiles_.empty()) return;
  outside_ = 0;
  auto map = GetActive().by_interrupts.Acquire();
  if (map->erase(interrupts_) != 0) GetActive().count.fetch_sub(1, std::memory_order_relaxed);
}

void CpuProfiling::OnLeaving(const Interrupts* interrupts) {
  CpuProfiling* const self = Find(interrupts);
  if (self != nullptr && self->outside_++ == 0) self->Rest();
}

void CpuProfiling::OnReturned(const Interrupts* interrupts) {
  CpuProfiling* const self = Find(interrupts);
  // It may have begun in between.
  if (self == nullptr || self->outside_ == 0 || --self->outside_ != 0) return;
  for (auto& [number, profile] : self->profiles_) {
    if (!profile.sampling.has_value()) self->Sample(&profile);
  }
}

void CpuProfiling::Clear() {
  for (auto& [number, profile] : profiles_) {
    Pause(&profile);
    profile.profiler->Dispose();
  }
  profiles_.clear();
  UnregisterWhenNone();
}

uint64_t CpuProfiling::Start(v8::Isolate* isolate, int interval_us) {
  TolerateLateProfilingSignals();
  // Of the code there is V8 takes note once, so that to begin anew on another thread costs little.
  v8::CpuProfiler* profiler = v8::CpuProfiler::New(isolate, v8::kDebugNaming, v8::kEagerLogging);
  profiler->SetSamplingInterval(interval_us);
  const uint64_t number = ++last_;
  auto& profile = profiles_.try_emplace(number, Profile{profiler, ProfileTree(Now()), interval_us}).first->second;
  Register();
  Sample(&profile);
  return number;
}

std::optional<std::string> CpuProfiling::Stop(uint64_t number) {
  const auto found = profiles_.find(number);
  if (found == profiles_.end()) return std::nullopt;
  Profile profile = std::move(found->second);
  profiles_.erase(found);
  Pause(&profile);
  profile.profiler->Dispose();
  UnregisterWhenNone();
  return profile.tree.ToJson(Now());
}

bool CpuProfiling::is_sampling() const {
  for (const auto& [number, profile] : profiles_) {
    if (profile.sampling.has_value()) return true;
  }
  return false;
}

void CpuProfiling::OnTurn() {
  for (auto& [number, profile] : profiles_) {
    const int64_t resting_since = std::exchange(profile.resting_since, -1);
    const int64_t now = Now();
    if (resting_since >= 0 && now - resting_since > profile.interval_us) profile.tree.AddRest(resting_since, now);
    if (profile.sampling.has_value() && profile.sampled == std::this_thread::get_id()) continue;
    Pause(&profile);
    Sample(&profile);
  }
}

void CpuProfiling::OnTurnEnded() {
  if (profiles_.empty()) return;
  const int64_t now = Now();
  for (auto& [number, profile] : profiles_) profile.resting_since = now;
}

void CpuProfiling::Rest() {
  for (auto& [number, profile] : profiles_) Pause(&profile);
}

void CpuProfiling::Sample(Profile* profile) {
  if (outside_ != 0) return;
  v8::CpuProfilingOptions options(v8::kLeafNodeLineNumbers, v8::CpuProfilingOptions::kNoSampleLimit);
  profile->sampling_since = Now();
  const v8::CpuProfilingResult result = profile->profiler->Start(std::move(options));
  if (result.status != v8::CpuProfilingStatus::kStarted) return;
  profile->sampling = result.id;
  profile->sampled = std::this_thread::get_id();
}

void CpuProfiling::Pause(Profile* profile) {
  if (!profile->sampling.has_value()) return;
  v8::CpuProfile* sampled = profile->profiler->Stop(*std::exchange(profile->sampling, std::nullopt));
  if (sampled == nullptr) return;
  const int64_t shift = profile->sampling_since - sampled->GetStartTime();
  profile->tree.Add(*sampled, shift > kSameClock || shift < -kSameClock ? shift : 0);
  sampled->Delete();
}

}  // namespace isolates
