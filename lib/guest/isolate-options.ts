import { invalidType } from '../errors.js'
import { type AbortSignalLike, abortSignal, type Check, milliseconds, text, transferList } from '../shared/options.js'
import { globalsObject, isolateCount, isolateName, mebibytes, offset } from '../shared/requests.js'
import type { ConsoleEntry } from './children.js'

// The options of a guest's isolates, as in lib/options.ts but for what only a host can give.

export interface IsolateOptions {
  name?: string
  memoryLimit?: number
  globals?: Record<string, unknown>
  console?: 'inherit' | 'ignore' | ((entry: ConsoleEntry) => void)
  timeout?: number
  cpuTimeout?: number
  maxIsolates?: number
}

export interface RunOptions {
  timeout?: number
  cpuTimeout?: number
  filename?: string
  lineOffset?: number
  columnOffset?: number
  transfer?: ArrayBuffer[]
  globals?: Record<string, unknown>
  signal?: AbortSignalLike
}

const consoleOption: Check = (what, value) => {
  if (value !== 'inherit' && value !== 'ignore' && typeof value !== 'function') {
    throw invalidType(what, "'inherit', 'ignore' or a function", value)
  }
}

export const isolateChecks = {
  name: isolateName,
  memoryLimit: mebibytes,
  globals: globalsObject,
  console: consoleOption,
  timeout: milliseconds,
  cpuTimeout: milliseconds,
  maxIsolates: isolateCount,
}
export const callSyncChecks = {
  timeout: milliseconds,
  cpuTimeout: milliseconds,
  filename: text,
  transfer: transferList,
}
export const runSyncChecks = { ...callSyncChecks, lineOffset: offset, columnOffset: offset, globals: globalsObject }
export const callChecks = { ...callSyncChecks, signal: abortSignal }
export const runChecks = { ...runSyncChecks, signal: abortSignal }
