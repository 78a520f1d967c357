import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../servers/program.mjs', import.meta.url))

/**
 * Starts a server of program.mjs, as a process of its own.
 *
 * @param {string} kind
 * @param {number} workers
 */
export const startServer = (kind, workers) =>
  startProgram(
    process.execPath,
    (port) => [PROGRAM, kind, String(workers), String(port)],
    kind === 'tenants' ? '/t0' : '/',
  )

/**
 * Starts a program that is a server. It says something when all its workers are ready, unless it is ready with its first answer.
 *
 * @param {string} command
 * @param {(port: number) => string[]} argumentsFor
 * @param {string} path that is asked for first
 * @param {{ silent?: boolean }} [options]
 * @returns {Promise<import('../types.d.ts').WebServer>}
 */
export async function startProgram(command, argumentsFor, path, { silent = false } = {}) {
  const port = await freePort()
  const began = performance.now()
  const server = spawn(command, argumentsFor(port), { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')
  const url = `http://127.0.0.1:${port}`
  const first = await firstAnswer(url + path, began)
  if (!silent) await Promise.race([once(server.stdout, 'data'), ended])
  return {
    url,
    first,
    pids: () => [server.pid ?? 0, ...childrenOf(server.pid ?? 0)],
    async close() {
      for (const pid of [...childrenOf(server.pid ?? 0), server.pid ?? 0]) process.kill(pid, 'SIGKILL')
      await ended
    },
  }
}

/** Seconds from the launch until somebody answers. @param {string} url @param {number} began */
async function firstAnswer(url, began) {
  for (;;) {
    try {
      const response = await fetch(url)
      await response.arrayBuffer()
      return (performance.now() - began) / 1000
    } catch {
      if (performance.now() - began > 30_000) throw new Error(`${url} does not answer`)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}

/** Those that a process has forked. @param {number} parent */
function childrenOf(parent) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) === parent
      } catch {
        return false
      }
    })
}

/** @param {string} kind @returns {Pick<import('../types.d.ts').Field, 'serve'>} */
export const serving = (kind) => ({ serve: (workers) => startServer(kind, workers) })

/** One that has so many tenants, the last of which loops for ever. @param {number} count */
export const tenants = (count) => startServer('tenants', count)

const start = () => {
  throw new Error('this driver starts servers only')
}

/** @type {(name: string, kind: string, missing: () => string | undefined, role?: 'ours') => import('../types.d.ts').Driver} */
const serverDriver = (name, kind, missing, role) => ({
  name,
  ...(role && { role }),
  provides: ['serve'],
  missing,
  version: () => process.version,
  open: async () => ({ start, ...serving(kind) }),
})

const onLinux = () => (process.platform === 'linux' ? undefined : 'memory of other processes is measured on Linux only')
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const hasReusePort = major > 23 || (major === 23 && minor >= 1)

export const nodeServer = serverDriver('serve-node', 'node', onLinux, 'ours')
export const cluster = serverDriver('cluster', 'cluster', onLinux)
export const http = serverDriver('http', 'http', onLinux)
export const reusePort = serverDriver('reuse-port', 'threads', () =>
  hasReusePort ? onLinux() : 'reusePort came with Node 23.1: before, one thread alone would serve',
)
