import { defineProperty, hasOwn } from '../builtins.js'

let provided = false

/**
 * What nearly every package of npm takes for granted, where the host has given nothing of that name: `global`, and of
 * `process` only what tells a development build from one for use. So nobody takes this for Node.
 */
export function provideNodeGlobals(): void {
  if (provided) return
  provided = true
  define('global', globalThis)
  define('process', { env: { NODE_ENV: 'production' } })
}

function define(name: string, value: object): void {
  if (hasOwn(globalThis, name)) return
  defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true })
}
