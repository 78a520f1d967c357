/**
 * The language's builtins for what must not be seen by code that replaces them (the memory of a store's numbers would
 * be open to whoever gets hold of it), and must go on working where a guest broke them. Methods take their receiver as
 * first argument.
 *
 * These are the host's. In guests lib/guest/builtins.ts stands in this place, with the same names among its own: it is
 * loaded before any guest code.
 */
const { bind, call } = Function.prototype
const unbound = bind.bind(call) as <Fn>(method: unknown) => Fn

export const { Date, Float64Array, Int32Array, Map, Object } = globalThis
export const { apply, getPrototypeOf } = Reflect
export const { defineProperty } = Object
export const { isArray } = Array
export const { stringify } = JSON
export const { load } = Atomics
export const hasOwn: (self: object, key: PropertyKey) => boolean = unbound(Object.prototype.hasOwnProperty)
export const dateTime: (self: object) => number = unbound(Date.prototype.getTime)
export const slice: (self: string, start: number, end?: number) => string = unbound(String.prototype.slice)
export const { freeze, keys, values } = Object as {
  freeze<T>(what: T): T
  keys(of: object): string[]
  values(of: object): unknown[]
}

export function makeMap<K, V>(): Map<K, V> {
  return new Map()
}

export function makeWeakSet<T extends object>(): WeakSet<T> {
  return new WeakSet()
}

export const weakSetAdd: <T extends object>(set: WeakSet<T>, item: T) => WeakSet<T> = unbound(WeakSet.prototype.add)
export const weakSetHas: <T extends object>(set: WeakSet<T>, item: T) => boolean = unbound(WeakSet.prototype.has)
export const mapClear: (map: Map<unknown, unknown>) => void = unbound(Map.prototype.clear)
export const mapDelete: <K>(map: Map<K, unknown>, key: K) => boolean = unbound(Map.prototype.delete)
export const mapForEach: <K, V>(map: ReadonlyMap<K, V>, each: (value: V, key: K) => void) => void = unbound(
  Map.prototype.forEach,
)
export const mapGet: <K, V>(map: ReadonlyMap<K, V>, key: unknown) => V | undefined = unbound(Map.prototype.get)
export const mapSet: <K, V>(map: Map<K, V>, key: K, value: V) => void = unbound(Map.prototype.set)
export const mapSize: (map: object) => number = unbound(Object.getOwnPropertyDescriptor(Map.prototype, 'size')?.get)
