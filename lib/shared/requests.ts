import { invalidType, misuseError, outOfRange } from '../errors.js'
import { type Check, text } from './options.js'

/** What `maxIsolates` is where nobody says. */
export const defaultMaxIsolates = 16

/**
 * The time limit of a call as the engine takes it: 0 for none, and Infinity for none of a call that can be given up. Of that the
 * engine has to know what goes on in its name when a promise has settled, as of one with a limit.
 */
export function limitOf(timeout: number, canBeGivenUp: boolean): number {
  return timeout === 0 && canBeGivenUp ? Number.POSITIVE_INFINITY : timeout
}

/** Names end up in messages and system calls: text that any program can print. */
export const isolateName: Check = (what, value) => {
  text(what, value)
  if (/\p{Surrogate}|\0/u.test(value as string)) throw outOfRange(what, 'text without lone surrogates and NUL', value)
}

export const mebibytes: Check = (what, value) => {
  if (typeof value !== 'number') throw invalidType(what, 'a number of MiB', value)
  if (!(value >= 8 && value < 2 ** 32)) throw outOfRange(what, 'at least 8 and below 2 ** 32 MiB', value)
}

export const isolateCount: Check = (what, value) => {
  if (typeof value !== 'number') throw invalidType(what, 'a number of isolates', value)
  if (!(Number.isInteger(value) && value >= 0 && value <= 1e6)) {
    throw outOfRange(what, 'an integer from 0 to a million', value)
  }
}

export const offset: Check = (what, value) => {
  if (typeof value !== 'number') throw invalidType(what, 'a number', value)
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 30) throw outOfRange(what, 'an integer below 2 ** 30', value)
}

export const globalsObject: Check = (what, value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidType(what, 'an object whose properties become globals', value)
  }
}

export function checkSource(source: unknown, most = Number.POSITIVE_INFINITY): void {
  if (typeof source !== 'string') throw invalidType('source', 'a string', source)
  if (source.length > most) throw sourceTooBig('source', source.length, most)
}

/** A `RangeError` for a text that an isolate's `maxSourceSize` does not allow. */
export function sourceTooBig(what: string, length: number, most: number): RangeError {
  const message = `${what} has ${length} characters, more than the isolate’s maxSourceSize of ${most}`
  return Object.assign(new RangeError(message), { code: 'ERR_SOURCE_TOO_BIG' })
}

export function checkArguments(args: unknown): void {
  if (!Array.isArray(args)) throw invalidType('args', 'an array of arguments', args)
}

/** The text of a function that can be called in an isolate. */
export function functionSource(fn: unknown, isGenerator: (fn: object) => boolean): string {
  if (typeof fn !== 'function') throw invalidType('fn', 'a function', fn)
  const source = Function.prototype.toString.call(fn)
  const refuse = (why: string): TypeError => misuseError(`${fn.name || 'The function'} ${why}`, 'ERR_INVALID_FUNCTION')
  if (isGenerator(fn)) throw refuse('is a generator: what it returns cannot leave the isolate')
  if (/^class\b/.test(source)) throw refuse('is a class: call() takes functions')
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) throw refuse('is native or bound: it has no source to send')
  return source
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u
// Expressions that look like names.
const literals = ['this', 'null', 'true', 'false']

/** Whether a name may be one that `let`, `const` or `class` declared, which the global object does not have. */
export function isIdentifier(name: string): boolean {
  return identifier.test(name) && !literals.includes(name)
}
