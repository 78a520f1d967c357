#include "value/builder.h"

namespace isolates {

Value ArrayBuilder::Finish() {
  Value array = Value::Array(elements_);
  elements_.clear();
  return array;
}

void ObjectBuilder::Reserve(size_t properties) {
  keys_.reserve(properties);
  values_.reserve(properties);
}

size_t ObjectBuilder::Find(Text key) const {
  if (!places_.empty()) {
    const auto found = places_.find(key);
    return found == places_.end() ? keys_.size() : found->second;
  }
  size_t place = 0;
  while (place < keys_.size() && !(keys_[place] == key)) ++place;
  return place;
}

void ObjectBuilder::Set(Text key, Value value) {
  const size_t place = Find(key);
  if (place < keys_.size()) {
    values_[place] = std::move(value);
    return;
  }
  keys_.push_back(key);
  values_.push_back(std::move(value));
  if (!places_.empty()) {
    places_.emplace(key, place);
  } else if (keys_.size() > kCompared) {
    for (size_t i = 0; i < keys_.size(); ++i) places_.emplace(keys_[i], i);
  }
}

Value ObjectBuilder::Finish() {
  // Who builds many objects mostly builds the same one again.
  if (!last_ || !last_->HasKeys(keys_)) last_ = Shape::Of(keys_);
  Value object = Value::Object(last_.get(), values_);
  keys_.clear();
  values_.clear();
  places_.clear();
  return object;
}

}  // namespace isolates
