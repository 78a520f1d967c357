import { types } from 'node:util'
import { invalidType } from '../errors.js'
import type { Check } from '../shared/options.js'
import { markBlocking } from './exports.js'
import type { AnyFunction, HostCallContext, HostFunctions } from './types.js'

const expected = 'a function, { sync: function }, or an object of those'

/** Checks what `expose` is given, all of it. */
export const hostFunctions: Check = (what, value) => checkFunctions(what, value, new Set())

function checkFunctions(what: string, value: unknown, around: Set<object>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || types.isProxy(value)) {
    throw invalidType(what, 'an object of functions', value)
  }
  if (around.has(value)) throw invalidType(what, 'an object that is not a part of itself', value)
  around.add(value)
  for (const [name, each] of Object.entries(value)) {
    if (typeof each === 'function') continue
    if (typeof each !== 'object' || each === null) throw invalidType(`${what}.${name}`, expected, each)
    checkFunctions(`${what}.${name}`, each, around)
  }
  around.delete(value)
}

/** The same functions as the addon sends them: those whose callers wait are marked. */
export function exposed(functions: HostFunctions): object {
  const entries = Object.entries(functions).map(([name, each]) => {
    if (typeof each === 'function') return [name, each] as const
    const { sync } = each as { sync?: unknown }
    const isSync = typeof sync === 'function' && Object.keys(each).length === 1
    return [name, isSync ? blockingFunction(name, sync as AnyFunction) : exposed(each as HostFunctions)] as const
  })
  return Object.fromEntries(entries)
}

/** Its own function: the one given may be exposed in the other way, too. */
function blockingFunction(name: string, fn: AnyFunction): AnyFunction {
  const blocking = function (this: HostCallContext, ...args: unknown[]): unknown {
    return Reflect.apply(fn, this, args)
  }
  Object.defineProperty(blocking, 'name', { value: name, configurable: true })
  markBlocking(blocking)
  return blocking
}
