import { invalidType, misuseError, outOfRange } from '../errors.js'
import { isArray } from './builtins.js'

/** The way to a part of a value: keys of objects and indices of arrays. */
export type StorePath = readonly (string | number)[]

/**
 * The path as it is now: that of the caller may answer something else when it is asked again.
 *
 * @throws TypeError, RangeError for what is no path.
 */
export function checkPath(path: StorePath): StorePath {
  if (!isArray(path)) throw invalidType('path', 'an array of keys and indices', path)
  const { length } = path
  const steps: (string | number)[] = []
  for (let i = 0; i < length; i++) steps[i] = checkStep(path[i], i)
  return steps
}

function checkStep(step: unknown, i: number): string | number {
  if (typeof step === 'string') return step
  if (typeof step !== 'number') throw invalidType(`path[${i}]`, 'a key or an index', step)
  if (!(step >= 0 && step < 2 ** 32 - 1 && step % 1 === 0)) throw outOfRange(`path[${i}]`, 'a key or an index', step)
  return step
}

/** The error for the answer of a change that failed: see `SharedNatives.storeSetIn`. */
export function pathError(answer: number, path: StorePath): Error {
  const step = (answer >> 1) - 1
  if (answer % 2 !== 0) return outOfRange(`path[${step}]`, 'an index up to the length of the array', path[step])
  return misuseError(
    `path[${step}] is ${JSON.stringify(path[step])}, but what it is to be found in is neither array nor object`,
    'ERR_INVALID_ARG_TYPE',
  )
}
