import { driver as broadcast } from './broadcast.mjs'
import { driver as childProcess } from './child_process.mjs'
import { driver as clone } from './clone.mjs'
import { cpython } from './cpython.mjs'
import { driver as floor } from './floor.mjs'
import { driver as inline } from './inline.mjs'
import { driver as isolatedVm } from './isolated-vm.mjs'
import { driver as isolates } from './isolates.mjs'
import { driver as isolatesNode } from './isolates-node.mjs'
import { driver as lmdb } from './lmdb.mjs'
import { driver as parsed } from './parsed.mjs'
import { piscina, tinypool, workerpool } from './pools.mjs'
import { driver as prewarmed } from './prewarmed.mjs'
import { bun, workerd } from './runtimes.mjs'
import { cluster, http, nodeServer, reusePort } from './servers.mjs'
import { driver as vm } from './vm.mjs'
import { driver as workerThreads } from './worker_threads.mjs'

/**
 * In the order they take turns and are shown. The first is what the others are compared with.
 *
 * @type {readonly import('../types.d.ts').Driver[]}
 */
export const drivers = [
  isolates,
  isolatesNode,
  prewarmed,
  floor,
  inline,
  workerThreads,
  broadcast,
  childProcess,
  isolatedVm,
  vm,
  parsed,
  lmdb,
  clone,
  piscina,
  tinypool,
  workerpool,
  nodeServer,
  cluster,
  reusePort,
  http,
  bun,
  workerd,
  ...cpython,
]
