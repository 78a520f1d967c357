import { availableParallelism } from 'node:os'

/** @typedef {import('../types.d.ts').Field} Field */
/** @typedef {import('../types.d.ts').Unit} Unit */

/** As many units at work as there are cores. */
export const CREW = availableParallelism()

/** @param {Field} field */
export const startOne = async (field) => (field.startAside ? field.startAside() : field.start())

/**
 * What calls a function in the unit, by whichever way it has.
 *
 * @template A, R
 * @param {Unit} unit
 * @param {(argument: A) => R} work
 * @returns {Promise<(argument: A) => Promise<R> | R>}
 */
export async function loadInto(unit, work) {
  const call = unit.load ? await unit.load(work) : unit.loadSync?.(work)
  if (!call) throw new Error('The driver cannot run a function')
  return call
}

/**
 * Hands the items out to as many workers as given, each taking the next when it is done with one.
 *
 * @template T
 * @param {Iterable<T>} items
 * @param {readonly ((item: T) => Promise<unknown> | unknown)[]} workers
 */
export async function handOut(items, workers) {
  const rest = items[Symbol.iterator]()
  await Promise.all(
    workers.map(async (work) => {
      for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value)
    }),
  )
}
