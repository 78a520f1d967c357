import { between } from './between.mjs'
import { copy } from './copy.mjs'
import { cpu } from './cpu.mjs'
import { echo } from './echo.mjs'
import { hot } from './hot.mjs'
import { hundred } from './hundred.mjs'
import { importing } from './import.mjs'
import { lookup } from './lookup.mjs'
import { memory } from './memory.mjs'
import { move } from './move.mjs'
import { oneWay } from './one-way.mjs'
import { pipelined } from './pipelined.mjs'
import { precision } from './precision.mjs'
import { scaling } from './scaling.mjs'
import { spread } from './spread.mjs'
import { startup } from './startup.mjs'
import { sync } from './sync.mjs'
import { trip } from './trip.mjs'

/** @type {readonly import('../types.d.ts').Case[]} */
export const cases = [
  startup,
  hundred,
  memory,
  sync,
  trip,
  pipelined,
  oneWay,
  between,
  echo,
  spread,
  move,
  hot,
  copy,
  lookup,
  cpu,
  scaling,
  importing,
  precision,
]
