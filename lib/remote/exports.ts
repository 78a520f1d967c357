import type { AnyFunction } from './types.js'

/**
 * The functions of this thread that guests can call, by number. A guest has a handle for each; when no guest has one
 * any more, the addon says so, and the function is forgotten.
 */
interface Exported {
  readonly fn: AnyFunction
  /** What else is to be done then. */
  readonly dropped: (() => void) | undefined
}

const exported = new Map<number, Exported>()
const numbers = new WeakMap<AnyFunction, number>()
const blocking = new WeakSet<AnyFunction>()
const onDrop = new WeakMap<AnyFunction, () => void>()
let last = 0

/** Guests wait in their calls of this function. */
export function markBlocking(fn: AnyFunction): void {
  blocking.add(fn)
}

/** Has `dropped` called once no guest has this function any more. */
export function whenDropped(fn: AnyFunction, dropped: () => void): void {
  onDrop.set(fn, dropped)
}

/** Twice its number, plus 1 where callers wait in the call: as the addon wants it. */
export function exportFunction(fn: AnyFunction): number {
  let number = numbers.get(fn)
  if (number === undefined) {
    last += 1
    number = last
    numbers.set(fn, number)
  }
  // Forgotten functions keep their numbers: they may be sent again.
  if (!exported.has(number)) exported.set(number, { fn, dropped: onDrop.get(fn) })
  return number * 2 + (blocking.has(fn) ? 1 : 0)
}

export function exportedFunction(number: number): AnyFunction | undefined {
  return exported.get(number)?.fn
}

/** No guest has it any more. */
export function drop(number: number): void {
  const entry = exported.get(number)
  exported.delete(number)
  entry?.dropped?.()
}
