#include "engine/instruments.h"

#include "engine/inspector_agent.h"

namespace isolates {

Instruments::Instruments() : Instruments(Host{}) {}
Instruments::Instruments(Host host) : host_(std::move(host)), profiling_(host_.interrupts) {}
Instruments::~Instruments() = default;

}  // namespace isolates
