import { statSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invalidType, misuseError, outOfRange } from '../errors.js'
import type { IsolateOptions } from '../options.js'
import type { Check } from '../shared/options.js'

/** What `new Isolate({ runtime: 'node' })` takes beyond what every isolate does. */
export interface NodeOptions {
  /**
   * What `process.env` in it holds; with `SHARE_ENV` of `node:worker_threads`, this process's own. Only with `runtime:
   * 'node'`. Default: a copy of this process's.
   */
  env?: Record<string, string | undefined> | typeof import('node:worker_threads').SHARE_ENV
  /** Added to `process.argv` in it. Only with `runtime: 'node'`. Default: none. */
  argv?: unknown[]
  /** Flags of Node for it, of those that a worker thread can have. Only with `runtime: 'node'`. Default: this process's. */
  execArgv?: string[]
}

const nodeOnly = ['env', 'argv', 'execArgv'] as const
const bareLimits = [
  'cpuTimeout',
  'maxQueue',
  'maxSourceSize',
  'maxMessageSize',
  'maxTimers',
  'maxConsoleOutput',
] as const
const bareOnly = ['fetch', 'maxIsolates', ...bareLimits] as const

export const runtimeOption: Check = (what, value) => {
  if (value !== 'bare' && value !== 'node') throw invalidType(what, "'bare' or 'node'", value)
}

export const environment: Check = (what, value) => {
  if (value === Symbol.for('nodejs.worker_threads.SHARE_ENV')) return
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidType(what, 'an object of strings or SHARE_ENV', value)
  }
}

export const list: Check = (what, value) => {
  if (!Array.isArray(value)) throw invalidType(what, 'an array', value)
}

export const flags: Check = (what, value) => {
  list(what, value)
  for (const [index, flag] of (value as unknown[]).entries()) {
    if (typeof flag !== 'string') throw invalidType(`${what}[${index}]`, 'a string', flag)
  }
}

/** Throws for options that mean nothing to the runtime they were given for. */
export function checkRuntime(options: IsolateOptions): void {
  const isNode = options.runtime === 'node'
  if (!isNode) {
    const name = nodeOnly.find((each) => options[each] !== undefined)
    if (name === undefined) return
    throw misuseError(`options.${name} is for isolates with runtime: 'node'`, 'ERR_INVALID_OPTION')
  }
  for (const name of bareOnly) if (options[name] !== undefined) refuseForNode(name)
  if (options.modules === undefined) return
  for (const [name, value] of Object.entries(options.modules)) {
    if (name === 'root' || value === undefined) continue
    throw misuseError(
      `options.modules.${name} is for bare isolates: with runtime: 'node' Node itself finds modules, from modules.root on`,
      'ERR_INVALID_OPTION',
    )
  }
}

/** Throws for an option that an isolate with `runtime: 'node'` does not have. */
export function refuseForNode(name: (typeof bareOnly)[number]): never {
  const why = (bareLimits as readonly string[]).includes(name)
    ? 'nothing sees to this limit'
    : 'the code has all that Node has'
  throw misuseError(`options.${name} is for bare isolates: with runtime: 'node' ${why}`, 'ERR_INVALID_OPTION')
}

/** The folder that imports begin at, with a separator at its end. */
export function rootFolder(root: string | URL | undefined): string {
  const isUrl = root instanceof URL || (typeof root === 'string' && /^file:/i.test(root))
  const folder = resolve(root === undefined ? '.' : isUrl ? fileURLToPath(root) : (root as string))
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw outOfRange('options.modules.root', 'a directory that is there', String(root))
  }
  return folder.endsWith(sep) ? folder : folder + sep
}
