#include "engine/host_calls.h"

#include <utility>
#include <vector>

#include "engine/outcome.h"

namespace isolates {

HostFunction::~HostFunction() {
  if (const std::shared_ptr<Sink> host = host_.lock()) host->OnFunctionDropped(number_);
}

void HostCalls::Reply::Give(std::optional<Answer> answer) {
  *given_.Acquire() = std::move(answer);
  done_.Set();
}

uint64_t HostCalls::Begin(size_t bytes, std::shared_ptr<Reply> reply) {
  auto state = state_.Acquire();
  // Who waits in the call makes no second one meanwhile, so that is never too much.
  if (reply == nullptr) {
    if (state->open.size() >= most_) return 0;
    if (state->bytes != 0 && state->bytes + bytes > kMostBytes) return 0;
  }
  const uint64_t number = state->next++;
  state->bytes += bytes;
  state->open.emplace(number, Open{bytes, std::move(reply), false, false});
  open_count_.store(state->open.size(), std::memory_order_relaxed);
  return number;
}

std::optional<HostCalls::Open> HostCalls::Take(uint64_t number) {
  auto state = state_.Acquire();
  const auto found = state->open.find(number);
  if (found == state->open.end()) return std::nullopt;
  Open taken = std::move(found->second);
  state->open.erase(found);
  state->bytes -= taken.bytes;
  open_count_.store(state->open.size(), std::memory_order_relaxed);
  return taken;
}

uint64_t HostCalls::Call(uint64_t function, int signal, Message* arguments) {
  const uint64_t number = Begin(arguments->size(), nullptr);
  if (number != 0) sink_->OnHostCall({isolate_id_, number, function, false, signal, std::move(*arguments)});
  return number;
}

HostCalls::Answered HostCalls::CallSync(uint64_t function, Message arguments, const Sleep& sleep, Answer* answer) {
  const auto reply = std::make_shared<Reply>();
  const uint64_t number = Begin(arguments.size(), reply);
  HostCall call{isolate_id_, number, function, true, -1, std::move(arguments)};
  if (sink_->ServeHere(&call)) {
    Take(number);
  } else {
    sink_->OnHostCall(std::move(call));
    if (!sleep([reply](TimePoint until) { return reply->WaitUntil(until); }, [reply] { reply->GiveUp(); })) {
      if (Take(number).has_value()) sink_->OnHostCallAborted(isolate_id_, number);
      return Answered::kStopped;
    }
    Take(number);
  }
  std::optional<Answer> given = reply->Take();
  if (!given.has_value()) return Answered::kNever;
  if (given->kind == Answer::kUnable) return Answered::kUnable;
  *answer = *std::move(given);
  return Answered::kAnswered;
}

void HostCalls::Abort(uint64_t number) {
  // It stays open until the host answers: giving calls up makes no room for more.
  sink_->OnHostCallAborted(isolate_id_, number);
}

void HostCalls::Reached(uint64_t number) {
  auto state = state_.Acquire();
  const auto found = state->open.find(number);
  if (found != state->open.end()) found->second.reached = true;
}

bool HostCalls::OnAnswer(uint64_t number, Answer* answer) {
  std::shared_ptr<Reply> reply;
  {
    auto state = state_.Acquire();
    const auto found = state->open.find(number);
    if (found == state->open.end() || std::exchange(found->second.answered, true)) return false;
    reply = found->second.reply;
  }
  if (reply == nullptr) return true;
  reply->Give(std::move(*answer));
  return false;
}

void HostCalls::GiveUpReached() {
  std::vector<std::shared_ptr<Reply>> replies;
  {
    auto state = state_.Acquire();
    for (auto& [number, open] : state->open) {
      if (open.reached && open.reply != nullptr) replies.push_back(open.reply);
    }
  }
  // An answer that came in the meantime stays.
  for (const std::shared_ptr<Reply>& reply : replies) reply->GiveUp();
}

}  // namespace isolates
