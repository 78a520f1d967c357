/**
 * The builtins that hot code uses. In guests the bundle takes them from lib/guest/builtins.ts instead, under the same
 * names, as they were before any guest code ran.
 */
const { bind, call } = Function.prototype
const unbound = bind.bind(call) as <Fn>(method: unknown) => Fn

export const { Date, Float64Array, Map, Object } = globalThis
export const { getPrototypeOf } = Reflect
export const { defineProperty } = Object
export const { isArray } = Array
export const { stringify } = JSON
export const hasOwn: (self: object, key: PropertyKey) => boolean = unbound(Object.prototype.hasOwnProperty)
export const dateTime: (self: object) => number = unbound(Date.prototype.getTime)
export const mapGet: <K, V>(map: ReadonlyMap<K, V>, key: unknown) => V | undefined = unbound(Map.prototype.get)
export const mapSet: <K, V>(map: Map<K, V>, key: K, value: V) => void = unbound(Map.prototype.set)
