import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProgram } from './servers.mjs'

const HELLO = new URL('../servers/hello.mjs', import.meta.url)

const start = () => {
  throw new Error('this driver starts servers only')
}

const bunProgram = fileURLToPath(new URL('../peers/bun/node_modules/.bin/bun', import.meta.url))

/** As many processes as workers, which listen on the same port: what Bun's guide to clusters does. @type {import('../types.d.ts').Driver} */
export const bun = {
  name: 'bun',
  provides: ['serve'],
  peer: 'bun',
  missing: () => (process.platform === 'linux' ? undefined : 'Bun shares a port between processes on Linux only'),
  version: () => execFileSync(bunProgram, ['--version'], { encoding: 'utf8' }).trim(),
  open: async () => {
    const program = fileURLToPath(new URL('../servers/bun.mjs', import.meta.url))
    return {
      start,
      serve: (workers) => startProgram(bunProgram, (port) => [program, String(workers), String(port)], '/'),
    }
  },
}

/** @param {number} port */
const configuration = (port) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .app)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const app :Workerd.Worker = (
  modules = [(name = "app", esModule = embed "hello.mjs")],
  compatibilityDate = "2026-01-01",
);
`

/** One process whose JavaScript runs on one thread, whatever the number of workers: workerd leaves more of them to who runs it. @type {import('../types.d.ts').Driver} */
export const workerd = {
  name: 'workerd',
  provides: ['serve'],
  peer: 'workerd',
  missing: () => (process.platform === 'linux' ? undefined : 'memory of other processes is measured on Linux only'),
  version: () => execFileSync(workerdProgram(), ['--version'], { encoding: 'utf8' }).replace('workerd', '').trim(),
  open: async () => ({
    start,
    async serve() {
      const folder = mkdtempSync(join(tmpdir(), 'isolates-bench-'))
      process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
      // Paths in a configuration are relative to it.
      writeFileSync(join(folder, 'hello.mjs'), readFileSync(HELLO))
      const file = join(folder, 'config.capnp')
      const argumentsFor = (/** @type {number} */ port) => {
        writeFileSync(file, configuration(port))
        return ['serve', file]
      }
      return startProgram(workerdProgram(), argumentsFor, '/', { silent: true })
    },
  }),
}

/** @returns {string} */
function workerdProgram() {
  return createRequire(new URL('../peers/workerd/', import.meta.url))('workerd').default
}
