import { types } from 'node:util'
import type { Native } from '../native.js'
import { exportFunction } from './exports.js'
import { referenceNumber } from './references.js'
import type { AnyFunction } from './types.js'

/**
 * What goes to a guest in place of a function or an object that cannot be copied, as the addon wants it: the number of a
 * function, that of a reference below 0, undefined for nothing.
 */
function exportValue(value: object, isolate: number): number | undefined {
  if (types.isProxy(value)) return undefined
  if (typeof value !== 'function') {
    const number = referenceNumber(value, isolate)
    return number === undefined ? undefined : -number
  }
  // A class is no use without `new`.
  if (/^class\b/.test(Function.prototype.toString.call(value))) return undefined
  return exportFunction(value as AnyFunction)
}

/** @param makeStream What stands for an asynchronous iterable that a guest keeps. */
export function connectRemote(native: Native, makeStream: (isolate: number, reference: number) => unknown): void {
  native.connectRemote(exportValue, makeStream)
}
