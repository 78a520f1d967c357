#include "engine/profile_tree.h"

#include <algorithm>
#include <cstdio>

namespace isolates {

namespace {

void AppendText(std::string* json, std::string_view text) {
  *json += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      *json += '\\';
      *json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", c);
      *json += escaped;
    } else {
      *json += c;
    }
  }
  *json += '"';
}

// `items` between brackets, each written by `append`.
template <class Items, class Append>
void AppendList(std::string* json, const Items& items, Append append) {
  *json += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) *json += ',';
    first = false;
    append(item);
  }
  *json += ']';
}

}  // namespace

size_t ProfileTree::ChildLike(size_t parent, const v8::CpuProfileNode& like) {
  const std::string_view function = like.GetFunctionNameStr();
  const std::string_view url = like.GetScriptResourceNameStr();
  for (const size_t child : nodes_[parent].children) {
    const Node& node = nodes_[child];
    if (node.script == like.GetScriptId() && node.line == like.GetLineNumber() &&
        node.column == like.GetColumnNumber() && node.function == function && node.url == url) {
      return child;
    }
  }
  const size_t made = nodes_.size();
  nodes_.push_back({std::string(function),
                    std::string(url),
                    like.GetScriptId(),
                    like.GetLineNumber(),
                    like.GetColumnNumber(),
                    0,
                    {},
                    {}});
  nodes_[parent].children.push_back(made);
  return made;
}

size_t ProfileTree::ChildOfRoot(std::string_view function) {
  for (const size_t child : nodes_[0].children) {
    if (nodes_[child].function == function && nodes_[child].script == 0) return child;
  }
  const size_t made = nodes_.size();
  nodes_.push_back({std::string(function), {}, 0, 0, 0, 0, {}, {}});
  nodes_[0].children.push_back(made);
  return made;
}

void ProfileTree::Merge(const v8::CpuProfileNode& from, size_t to, Mapping* mapping) {
  mapping->emplace(from.GetNodeId(), to);
  nodes_[to].hits += from.GetHitCount();
  std::vector<v8::CpuProfileNode::LineTick> ticks(from.GetHitLineCount());
  if (!ticks.empty() && from.GetLineTicks(ticks.data(), static_cast<unsigned>(ticks.size()))) {
    for (const auto& tick : ticks) nodes_[to].ticks[tick.line] += tick.hit_count;
  }
  // As deep as stacks are sampled, which is 255 frames.
  for (int i = 0; i < from.GetChildrenCount(); ++i) {
    const v8::CpuProfileNode* child = from.GetChild(i);
    Merge(*child, ChildLike(to, *child), mapping);
  }
}

void ProfileTree::Add(const v8::CpuProfile& profile, int64_t shift) {
  Mapping mapping;
  Merge(*profile.GetTopDownRoot(), 0, &mapping);
  for (int i = 0; i < profile.GetSamplesCount(); ++i) {
    samples_.push_back({profile.GetSampleTimestamp(i) + shift, mapping.at(profile.GetSample(i)->GetNodeId())});
  }
}

void ProfileTree::AddRest(int64_t from, int64_t to) {
  // A sample counts until the next one: without these, what ran last would seem to have run all the time.
  const size_t idle = ChildOfRoot("(idle)");
  ++nodes_[idle].hits;
  samples_.push_back({from, idle});
  samples_.push_back({to, ChildOfRoot("(program)")});
}

std::string ProfileTree::ToJson(int64_t ended) {
  std::stable_sort(samples_.begin(), samples_.end(),
                   [](const Sample& one, const Sample& other) { return one.time < other.time; });
  std::string json = "{\"nodes\":";
  size_t index = 0;
  AppendList(&json, nodes_, [&](const Node& node) {
    json += "{\"id\":" + std::to_string(++index) + ",\"callFrame\":{\"functionName\":";
    AppendText(&json, node.function);
    json += ",\"scriptId\":\"" + std::to_string(node.script) + "\",\"url\":";
    AppendText(&json, node.url);
    json += ",\"lineNumber\":" + std::to_string(node.line - 1) +
            ",\"columnNumber\":" + std::to_string(node.column - 1) + "},\"hitCount\":" + std::to_string(node.hits);
    if (!node.children.empty()) {
      json += ",\"children\":";
      AppendList(&json, node.children, [&](size_t child) { json += std::to_string(child + 1); });
    }
    if (!node.ticks.empty()) {
      json += ",\"positionTicks\":";
      AppendList(&json, node.ticks, [&](const auto& tick) {
        json += "{\"line\":" + std::to_string(tick.first) + ",\"ticks\":" + std::to_string(tick.second) + "}";
      });
    }
    json += '}';
  });
  json += ",\"startTime\":" + std::to_string(began_) + ",\"endTime\":" + std::to_string(ended) + ",\"samples\":";
  AppendList(&json, samples_, [&](const Sample& sample) { json += std::to_string(sample.node + 1); });
  json += ",\"timeDeltas\":";
  int64_t last = began_;
  AppendList(&json, samples_, [&](const Sample& sample) {
    json += std::to_string(sample.time - last);
    last = sample.time;
  });
  return json + "}";
}

}  // namespace isolates
