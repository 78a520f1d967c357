import { types } from 'node:util'
import type { Native } from '../native.js'
import { exportFunction } from './exports.js'
import type { AnyFunction } from './types.js'

/**
 * What goes to a guest in place of a function or an object that cannot be copied, as the addon wants it: undefined for
 * nothing.
 */
export function exportValue(value: object, _isolate: number): number | undefined {
  if (typeof value !== 'function' || types.isProxy(value)) return undefined
  // A class is no use without `new`.
  if (/^class\b/.test(Function.prototype.toString.call(value))) return undefined
  return exportFunction(value as AnyFunction)
}

export function connectRemote(native: Native): void {
  native.connectRemote(exportValue, () => undefined)
}
