import { between } from './between.mjs'
import { copy } from './copy.mjs'
import { cores } from './cores.mjs'
import { cpu } from './cpu.mjs'
import { cutOffFresh, cutOffWarm } from './cut-off.mjs'
import { echo } from './echo.mjs'
import { evaluating } from './evaluate.mjs'
import { exchanges } from './exchange.mjs'
import { hot } from './hot.mjs'
import { hundred } from './hundred.mjs'
import { importing } from './import.mjs'
import { lookup } from './lookup.mjs'
import { memory } from './memory.mjs'
import { memoryUnits } from './memory-units.mjs'
import { move } from './move.mjs'
import { oneWay } from './one-way.mjs'
import { piUnits } from './pi-units.mjs'
import { pipelined } from './pipelined.mjs'
import { poolEmpty, poolSingle, poolSmallTasks } from './pool.mjs'
import { precision } from './precision.mjs'
import { scaling } from './scaling.mjs'
import { serverHello, serverJson, serverStart } from './server.mjs'
import { smallTasks } from './small-tasks.mjs'
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
  memoryUnits,
  piUnits,
  cutOffFresh,
  cutOffWarm,
  smallTasks,
  sync,
  trip,
  pipelined,
  oneWay,
  ...exchanges,
  between,
  echo,
  spread,
  move,
  hot,
  copy,
  lookup,
  cpu,
  scaling,
  cores,
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
