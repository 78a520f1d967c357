import { copy } from './copy.mjs'
import { cpu } from './cpu.mjs'
import { hot } from './hot.mjs'
import { hundred } from './hundred.mjs'
import { lookup } from './lookup.mjs'
import { memory } from './memory.mjs'
import { oneWay } from './one-way.mjs'
import { pipelined } from './pipelined.mjs'
import { scaling } from './scaling.mjs'
import { startup } from './startup.mjs'
import { sync } from './sync.mjs'
import { trip } from './trip.mjs'

/** @type {readonly import('../types.d.ts').Case[]} */
export const cases = [startup, hundred, memory, sync, trip, pipelined, oneWay, hot, copy, lookup, cpu, scaling]
