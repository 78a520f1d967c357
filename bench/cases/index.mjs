import { between } from './between.mjs'
import { copy } from './copy.mjs'
import { cpu } from './cpu.mjs'
import { echo } from './echo.mjs'
import { evaluating } from './evaluate.mjs'
import { hot } from './hot.mjs'
import { hundred } from './hundred.mjs'
import { importing } from './import.mjs'
import { lookup } from './lookup.mjs'
import { memory } from './memory.mjs'
import { move } from './move.mjs'
import { oneWay } from './one-way.mjs'
import { pipelined } from './pipelined.mjs'
import { poolEmpty, poolSingle, poolSmallTasks } from './pool.mjs'
import { precision } from './precision.mjs'
import { scaling } from './scaling.mjs'
import { serverHello, serverJson, serverStart } from './server.mjs'
import { spread } from './spread.mjs'
import { startup } from './startup.mjs'
import { sync } from './sync.mjs'
import { tenants } from './tenants.mjs'
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
  poolEmpty,
  poolSingle,
  poolSmallTasks,
  evaluating,
  serverHello,
  serverJson,
  serverStart,
  tenants,
]
