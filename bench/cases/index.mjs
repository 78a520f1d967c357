import { cpu } from './cpu.mjs'
import { hundred } from './hundred.mjs'
import { importing } from './import.mjs'
import { memory } from './memory.mjs'
import { oneWay } from './one-way.mjs'
import { pipelined } from './pipelined.mjs'
import { scaling } from './scaling.mjs'
import { startup } from './startup.mjs'
import { sync } from './sync.mjs'
import { trip } from './trip.mjs'

/** @type {readonly import('../types.d.ts').Case[]} */
export const cases = [startup, hundred, memory, sync, trip, pipelined, oneWay, cpu, scaling, importing]
