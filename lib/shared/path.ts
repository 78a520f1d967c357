import { invalidType, misuseError, outOfRange } from '../errors.js'
import { natives } from './natives.js'

/** The way to a part of a value: keys of objects and indices of arrays. */
export type StorePath = readonly (string | number)[]

/** @throws TypeError, RangeError for what is no path. */
export function checkPath(path: StorePath): StorePath {
  if (!Array.isArray(path)) throw invalidType('path', 'an array of keys and indices', path)
  for (let i = 0; i < path.length; i++) {
    const step: unknown = path[i]
    if (typeof step === 'string') continue
    if (typeof step !== 'number') throw invalidType(`path[${i}]`, 'a key or an index', step)
    if (!(step >= 0 && step < 2 ** 32 - 1 && step % 1 === 0)) throw outOfRange(`path[${i}]`, 'a key or an index', step)
  }
  return path
}

/** The part of a key's value at a path that has been checked. */
export function readAt(store: object, key: string, path: StorePath): unknown {
  // Reading a list takes the addon a call for each of its elements.
  switch (path.length) {
    case 1:
      return natives.storeGetIn(store, key, path[0])
    case 2:
      return natives.storeGetIn(store, key, path[0], path[1])
    case 3:
      return natives.storeGetIn(store, key, path[0], path[1], path[2])
    default:
      return natives.storeGetIn(store, key, path)
  }
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
