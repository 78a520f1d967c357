import { defineProperty } from './builtins.js'

/** Lets `using` end objects of this class by their method. Guests of older Nodes have no `Symbol.dispose`. */
export function makeDisposable<Name extends string>(
  type: { prototype: { [Each in Name]: () => void } },
  method: Name,
): void {
  const { dispose } = Symbol as { dispose?: symbol }
  if (dispose === undefined) return
  defineProperty(type.prototype, dispose, { value: type.prototype[method], writable: true, configurable: true })
}
