import { invalidType, misuseError, outOfRange } from '../errors.js'

/** As much of an `AbortSignal` as is needed: guests may have one of their own making. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export type Check = (what: string, value: unknown) => void
export type Checks<T> = { [Name in keyof Required<T>]: Check }

export const text: Check = (what, value) => {
  if (typeof value !== 'string') throw invalidType(what, 'a string', value)
}

export const flag: Check = (what, value) => {
  if (typeof value !== 'boolean') throw invalidType(what, 'a boolean', value)
}

export const milliseconds: Check = (what, value) => {
  if (typeof value !== 'number') throw invalidType(what, 'a number of milliseconds', value)
  if (!(value > 0)) throw outOfRange(what, 'more than 0 milliseconds', value)
}

export const positive: Check = (what, value) => {
  if (typeof value !== 'number') throw invalidType(what, 'a number', value)
  if (!(Number.isSafeInteger(value) && value > 0)) throw outOfRange(what, 'an integer above 0', value)
}

/** A number of things, or Infinity. */
export const count: Check = (what, value) => {
  if (typeof value !== 'number') throw invalidType(what, 'a number', value)
  if (value !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(value) && value > 0)) {
    throw outOfRange(what, 'an integer above 0, or Infinity', value)
  }
}

export const abortSignal: Check = (what, value) => {
  const signal = value as Partial<AbortSignalLike> | null
  if (typeof signal !== 'object' || signal === null || typeof signal.aborted !== 'boolean') {
    throw invalidType(what, 'an AbortSignal', value)
  }
}

const byteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')?.get

function isArrayBuffer(value: unknown): boolean {
  try {
    byteLength?.call(value)
    return true
  } catch {
    return false
  }
}

export const transferList: Check = (what, value) => {
  if (!Array.isArray(value)) throw invalidType(what, 'an array of ArrayBuffers', value)
  for (const [index, buffer] of value.entries()) {
    if (!isArrayBuffer(buffer)) throw invalidType(`${what}[${index}]`, 'an ArrayBuffer', buffer)
  }
}

export const action: Check = (what, value) => {
  if (typeof value !== 'function') throw invalidType(what, 'a function', value)
}

/** Options in an object of their own. */
export const group =
  <T extends object>(checks: Checks<T>): Check =>
  (what, value) => {
    if (value === null || Array.isArray(value)) throw invalidType(what, 'an object', value)
    checkOptions(value as T, checks, what)
  }

const none = Object.freeze({})

/** The options themselves when every one of them is known and right; undefined ones count as not given. */
export function checkOptions<T extends object>(
  options: T | undefined | null,
  checks: Record<string, Check>,
  what = 'options',
): T {
  if (options === undefined || options === null) return none as T
  if (typeof options !== 'object') throw invalidType(what, 'an object', options)
  for (const [key, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined
    if (check === undefined) {
      const known = Object.keys(checks).join(', ')
      throw misuseError(
        `There is no option ${JSON.stringify(key)} here; the ${what} are ${known}`,
        'ERR_INVALID_OPTION',
      )
    }
    if (value !== undefined) check(`${what}.${key}`, value)
  }
  return options
}
