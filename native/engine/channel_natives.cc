#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/channel_cycles.h"
#include "engine/channel_orphans.h"
#include "engine/decoder.h"
#include "engine/encoder.h"
#include "engine/native_function.h"
#include "engine/shared_natives.h"
#include "engine/wait_natives.h"
#include "sync/channel.h"
#include "value/message.h"

// Channels as JavaScript sees them.
namespace isolates {

namespace {

// What an item takes besides its bytes.
constexpr size_t kItemCost = 64;

// The answers of lib/shared/natives.ts.
enum class Answer : int { kDone, kFull, kClosed, kTooBig, kTimeUp, kWouldBlock };

MessageChannel* ChannelAt(const Arguments& arguments, int index) {
  return BorrowAt<MessageChannel>(arguments, index, SharedObject::Kind::kChannel, "This is not a Channel");
}

// Of what a channel holds, V8 hears no more: enough to make it collect handles that nobody has, and not so much that
// the memory of others would look like a heap at its limit, where V8 counts it in.
constexpr size_t kMostTold = size_t{32} << 20;

// After so much went into or out of the channel through this handle.
void Carried(Realm* realm, v8::Local<v8::Value> handle, MessageChannel* channel, size_t cost) {
  ExternalShare* share = Realm::ShareOf(handle);
  if (share->Carried(cost)) share->Set(realm->isolate(), std::min(channel->Stats().bytes, kMostTold));
}

v8::Local<v8::Value> Say(Realm* realm, Answer answer) {
  return v8::Integer::New(realm->isolate(), static_cast<int>(answer));
}

Answer AnswerOf(ChannelStatus status) {
  switch (status) {
    case ChannelStatus::kFull:
      return Answer::kFull;
    case ChannelStatus::kClosed:
      return Answer::kClosed;
    case ChannelStatus::kTooBig:
      return Answer::kTooBig;
    default:
      return Answer::kDone;
  }
}

// A value on its way into a channel. Buffers that move with it are detached when the channel has taken it: who is told
// that there is no room still has them.
class Parcel {
 public:
  // False with an exception pending.
  bool Pack(Realm* realm, const Arguments& arguments, int value, int transfer);
  size_t cost() const { return kItemCost + message.size(); }
  // It is taken, or waits to be.
  void Leave(MessageChannel* channel) {
    if (has_handles_) ChannelCycles::Suspect(channel->shared_from_this());
    for (const v8::Local<v8::ArrayBuffer>& buffer : moved_) buffer->Detach(v8::Local<v8::Value>()).Check();
  }

  Message message;

 private:
  std::vector<v8::Local<v8::ArrayBuffer>> moved_;
  bool has_handles_ = false;
};

bool Parcel::Pack(Realm* realm, const Arguments& arguments, int value, int transfer) {
  if (arguments[transfer]->IsUndefined() && Encoder::EncodeScalar(arguments[value], &message)) return true;
  const auto known = arguments[transfer]->IsUndefined() ? realm->Recall(arguments[value]) : nullptr;
  if (known != nullptr) {
    Encoder::EncodeShared({SharedObject::kValue, known}, &message);
    return true;
  }
  Encoder encoder(realm);
  {
    v8::TryCatch caught(realm->isolate());
    std::vector<v8::Local<v8::Value>> moved;
    if (arguments[transfer]->IsArray()) {
      const auto list = arguments[transfer].As<v8::Array>();
      for (uint32_t i = 0; i < list->Length(); ++i) {
        v8::Local<v8::Value> buffer;
        if (list->Get(realm->context(), i).ToLocal(&buffer)) moved.push_back(buffer);
      }
    }
    encoder.LeaveAttached();
    if (encoder.SetTransfer(moved) && encoder.Encode(arguments[value], &message)) {
      for (const v8::Local<v8::Value>& buffer : moved) moved_.push_back(buffer.As<v8::ArrayBuffer>());
      has_handles_ = message.has_handles;
      return true;
    }
    if (caught.HasTerminated() || encoder.terminated()) {
      // V8 would forget it here.
      realm->isolate()->TerminateExecution();
      return false;
    }
    if (caught.HasCaught()) {
      // A getter of the value threw: that is what the sender gets.
      caught.ReThrow();
      return false;
    }
  }
  realm->Throw(encoder.refusal(), encoder.path(), encoder.failure());
  return false;
}

v8::MaybeLocal<v8::Value> Received(Realm* realm, const std::optional<MessageChannel::Received>& received) {
  if (!received.has_value()) return v8::Undefined(realm->isolate());
  if (received->item.kind != Scalar::Kind::kEncoded) return Decoder::DecodeScalar(realm->isolate(), received->item);
  return Decoder::Decode(realm, received->item);
}

// What is there now; empty with the answer, or an exception pending, in `*status`.
v8::MaybeLocal<v8::Value> ReceiveNow(Realm* realm, v8::Local<v8::Value> handle, MessageChannel* channel,
                                     ChannelStatus* status) {
  std::optional<MessageChannel::Received> received;
  *status = channel->TryReceive(&received);
  if (*status == ChannelStatus::kClosed) realm->Throw(ErrorCode::kChannelClosed);
  if (*status != ChannelStatus::kDone) return {};
  v8::MaybeLocal<v8::Value> value = Received(realm, received);
  Carried(realm, handle, channel, received->cost);
  return value;
}

// (handle, capacity, most bytes, orphans are dropped): 0 for any number
v8::Local<v8::Value> Create(Realm* realm, const Arguments& arguments) {
  const ChannelLimits limits{static_cast<size_t>(NumberAt(arguments, 1)), static_cast<size_t>(NumberAt(arguments, 2))};
  const auto channel = MessageChannel::Make(limits);
  if (arguments[3]->IsTrue()) ChannelOrphans::Watch(channel);
  realm->Attach(arguments[0].As<v8::Object>(), {SharedObject::Kind::kChannel, channel});
  return {};
}

// (channel) => [capacity, most bytes]
v8::Local<v8::Value> Limits(Realm* realm, const Arguments& arguments) {
  MessageChannel* channel = ChannelAt(arguments, 0);
  if (channel == nullptr) return {};
  return NumbersToArray(
      realm, {static_cast<double>(channel->limits().capacity), static_cast<double>(channel->limits().max_bytes)});
}

// (channel, value, transfer) => answer
v8::Local<v8::Value> TrySend(Realm* realm, const Arguments& arguments) {
  MessageChannel* channel = ChannelAt(arguments, 0);
  Parcel parcel;
  if (channel == nullptr || !parcel.Pack(realm, arguments, 1, 2)) return {};
  const size_t cost = parcel.cost();
  const ChannelStatus status = channel->TrySend(std::move(parcel.message), cost, realm->party());
  if (status == ChannelStatus::kDone) {
    parcel.Leave(channel);
    Carried(realm, arguments[0], channel, cost);
  }
  return Say(realm, AnswerOf(status));
}

MessageChannel::Sending::Until UntilAt(const Arguments& arguments, int index) {
  return arguments[index]->IsTrue() ? MessageChannel::Sending::Until::kReceived
                                    : MessageChannel::Sending::Until::kQueued;
}

// (channel, value, transfer, until received, timeout) => answer, or a promise
v8::Local<v8::Value> Send(Realm* realm, const Arguments& arguments) {
  MessageChannel* channel = ChannelAt(arguments, 0);
  Parcel parcel;
  if (channel == nullptr || !parcel.Pack(realm, arguments, 1, 2)) return {};
  const size_t cost = parcel.cost();
  const auto until = UntilAt(arguments, 3);
  if (until == MessageChannel::Sending::Until::kQueued) {
    const ChannelStatus status = channel->TrySend(std::move(parcel.message), cost, realm->party());
    if (status == ChannelStatus::kDone) {
      parcel.Leave(channel);
      Carried(realm, arguments[0], channel, cost);
    }
    if (status != ChannelStatus::kFull) return Say(realm, AnswerOf(status));
  }
  const auto sending = std::make_shared<Asynchronous<MessageChannel::Sending>>(realm, std::move(parcel.message), cost,
                                                                               realm->party(), until);
  const ChannelStatus status = channel->Send(sending);
  if (status == ChannelStatus::kWaiting || status == ChannelStatus::kDone) parcel.Leave(channel);
  if (status != ChannelStatus::kWaiting) return Say(realm, AnswerOf(status));
  return realm->Promise(sending, {{channel->shared_from_this()}, NumberAt(arguments, 4)},
                        [](Realm* waited) -> v8::MaybeLocal<v8::Value> { return v8::Undefined(waited->isolate()); });
}

// (channel, value, transfer, until received, timeout) => answer
v8::Local<v8::Value> SendSync(Realm* realm, const Arguments& arguments) {
  MessageChannel* channel = ChannelAt(arguments, 0);
  const TimePoint deadline = DeadlineAt(arguments, 4);
  Parcel parcel;
  if (channel == nullptr || !parcel.Pack(realm, arguments, 1, 2)) return {};
  const size_t cost = parcel.cost();
  const auto until = UntilAt(arguments, 3);
  if (until == MessageChannel::Sending::Until::kQueued) {
    // Mostly there is room, and a wait costs more than the sending.
    const ChannelStatus status = channel->TrySend(std::move(parcel.message), cost, realm->party());
    if (status == ChannelStatus::kDone) {
      parcel.Leave(channel);
      Carried(realm, arguments[0], channel, cost);
    }
    if (status != ChannelStatus::kFull) return Say(realm, AnswerOf(status));
  }
  const auto sending =
      std::make_shared<Blocking<MessageChannel::Sending>>(std::move(parcel.message), cost, realm->party(), until);
  const ChannelStatus status = channel->Send(sending);
  // What must not wait is called off, unless its receiver came in the last moment.
  if (status == ChannelStatus::kWaiting && !realm->MayBlock(deadline) && sending->Cancel()) {
    return Say(realm, Answer::kWouldBlock);
  }
  if (status == ChannelStatus::kWaiting || status == ChannelStatus::kDone) parcel.Leave(channel);
  if (status != ChannelStatus::kWaiting) return Say(realm, AnswerOf(status));
  const Realm::Blocked blocked = realm->Block(sending, deadline);
  if (blocked == Realm::Blocked::kStopped) return {};
  if (blocked == Realm::Blocked::kTimeUp) return Say(realm, Answer::kTimeUp);
  return Say(realm, sending->outcome() == Wait::Outcome::kClosed ? Answer::kClosed : Answer::kDone);
}

// (channel, otherwise) => value
v8::Local<v8::Value> TryReceive(Realm* realm, const Arguments& arguments) {
  MessageChannel* channel = ChannelAt(arguments, 0);
  if (channel == nullptr) return {};
  ChannelStatus status;
  v8::Local<v8::Value> value;
  if (ReceiveNow(realm, arguments[0], channel, &status).ToLocal(&value)) return value;
  return status == ChannelStatus::kEmpty ? arguments[1] : v8::Local<v8::Value>();
}

// (channel, timeout) => promise; nothing was there when it was last looked
v8::Local<v8::Value> Receive(Realm* realm, const Arguments& arguments) {
  MessageChannel* channel = ChannelAt(arguments, 0);
  if (channel == nullptr) return {};
  const auto receiving = std::make_shared<Asynchronous<MessageChannel::Receiving>>(realm);
  const ChannelStatus status = channel->Receive(receiving);
  if (status == ChannelStatus::kClosed) {
    realm->Throw(ErrorCode::kChannelClosed);
    return {};
  }
  const v8::Local<v8::Promise> promise =
      realm->Promise(receiving, {{channel->shared_from_this()}, NumberAt(arguments, 1)},
                     [taken = receiving.get()](Realm* waited) { return Received(waited, taken->Take()); });
  if (status == ChannelStatus::kDone) realm->OnNews(receiving->number(), Mailbox::News::kSettled);
  return promise;
}

// (channel, timeout) => value
v8::Local<v8::Value> ReceiveSync(Realm* realm, const Arguments& arguments) {
  MessageChannel* channel = ChannelAt(arguments, 0);
  if (channel == nullptr) return {};
  ChannelStatus now;
  v8::Local<v8::Value> value;
  if (ReceiveNow(realm, arguments[0], channel, &now).ToLocal(&value)) return value;
  if (now != ChannelStatus::kEmpty) return {};
  const TimePoint deadline = DeadlineAt(arguments, 1);
  const auto receiving = std::make_shared<Blocking<MessageChannel::Receiving>>();
  const ChannelStatus status = channel->Receive(receiving);
  if (status == ChannelStatus::kClosed) {
    realm->Throw(ErrorCode::kChannelClosed);
    return {};
  }
  if (status == ChannelStatus::kWaiting && !BlockUntilDone(realm, receiving, deadline, ErrorCode::kChannelClosed)) {
    return {};
  }
  return Received(realm, receiving->Take()).FromMaybe(v8::Local<v8::Value>());
}

// (channels, timeout) => promise of [index, value]
v8::Local<v8::Value> Select(Realm* realm, const Arguments& arguments) {
  const v8::Local<v8::Array> list = ListAt(arguments, 0);
  std::vector<std::shared_ptr<MessageChannel>> channels;
  for (uint32_t i = 0; i < list->Length(); ++i) {
    v8::Local<v8::Value> each;
    if (!list->Get(realm->context(), i).ToLocal(&each)) return {};
    const SharedObject* shared = Realm::Unwrap(each);
    if (shared == nullptr || shared->kind != SharedObject::Kind::kChannel) {
      realm->isolate()->ThrowException(v8::Exception::TypeError(Literal(realm->isolate(), "That is no channel")));
      return {};
    }
    channels.push_back(std::static_pointer_cast<MessageChannel>(shared->target));
  }
  const auto receiving = std::make_shared<Asynchronous<MessageChannel::Receiving>>(realm);
  const ChannelStatus status = MessageChannel::Select(channels, receiving);
  if (status == ChannelStatus::kClosed) {
    realm->Throw(ErrorCode::kChannelClosed);
    return {};
  }
  const v8::Local<v8::Promise> promise = realm->Promise(
      receiving, {{channels.begin(), channels.end()}, NumberAt(arguments, 1)},
      [taken = receiving.get()](Realm* waited) -> v8::MaybeLocal<v8::Value> {
        v8::Local<v8::Value> pair[] = {v8::Number::New(waited->isolate(), static_cast<double>(taken->index())), {}};
        if (!Received(waited, taken->Take()).ToLocal(&pair[1])) return {};
        return v8::Array::New(waited->isolate(), pair, 2);
      });
  if (status == ChannelStatus::kDone) realm->OnNews(receiving->number(), Mailbox::News::kSettled);
  return promise;
}

// (channel, drop what is in it)
v8::Local<v8::Value> Close(Realm*, const Arguments& arguments) {
  MessageChannel* channel = ChannelAt(arguments, 0);
  if (channel == nullptr) return {};
  if (!arguments[1]->IsTrue()) {
    channel->Close();
    return {};
  }
  for (auto& dropped : channel->CloseAndDrop()) ChannelCycles::LetGoOf(std::move(*dropped.item));
  return {};
}

// (channel) => whether it is closed
v8::Local<v8::Value> IsClosed(Realm* realm, const Arguments& arguments) {
  MessageChannel* channel = ChannelAt(arguments, 0);
  if (channel == nullptr) return {};
  return v8::Boolean::New(realm->isolate(), channel->closed());
}

// (channel) => the numbers of ChannelStats, in the order of lib/shared/natives.ts
v8::Local<v8::Value> Stats(Realm* realm, const Arguments& arguments) {
  MessageChannel* channel = ChannelAt(arguments, 0);
  if (channel == nullptr) return {};
  const ChannelStats stats = channel->Stats();
  return NumbersToArray(
      realm, {static_cast<double>(stats.sent), static_cast<double>(stats.received), static_cast<double>(stats.dropped),
              static_cast<double>(stats.queued), static_cast<double>(stats.bytes),
              static_cast<double>(stats.waiting_senders), static_cast<double>(stats.waiting_receivers)});
}

}  // namespace

void AddChannelNatives(Realm* realm, v8::Local<v8::Object> natives) {
  AddNative<Create>(realm, natives, "channelCreate");
  AddNative<Limits>(realm, natives, "channelLimits");
  AddNative<TrySend>(realm, natives, "channelTrySend");
  AddNative<Send>(realm, natives, "channelSend");
  AddNative<SendSync>(realm, natives, "channelSendSync");
  AddNative<TryReceive>(realm, natives, "channelTryReceive");
  AddNative<Receive>(realm, natives, "channelReceive");
  AddNative<ReceiveSync>(realm, natives, "channelReceiveSync");
  AddNative<Select>(realm, natives, "channelSelect");
  AddNative<Close>(realm, natives, "channelClose");
  AddNative<IsClosed>(realm, natives, "channelIsClosed");
  AddNative<Stats>(realm, natives, "channelStats");
}

}  // namespace isolates
