/**
 * The language's builtins as they are before any guest code runs. The runtime uses these only, so a guest that
 * replaces or breaks a builtin changes nothing here. Methods take their receiver as first argument.
 *
 * Mind the syntax that calls builtins unseen: `for...of`, array destructuring and spread read
 * `Array.prototype[Symbol.iterator]`, and a regular expression that is not run by `exec` reads `RegExp.prototype`.
 */
type Method<Self, Args extends unknown[], Result> = (self: Self, ...args: Args) => Result

export const { AggregateError, Array, ArrayBuffer, Boolean, DataView, Date, Error, Function, Map, Number } = globalThis
export const { Object, Promise, RangeError, RegExp, Set, String, Symbol, TypeError, Uint8Array } = globalThis
export const { Float64Array, Int32Array, WeakMap, WeakRef, WeakSet } = globalThis
export const TypedArray = Reflect.getPrototypeOf(Uint8Array) as unknown as { prototype: object }

const { bind, call } = Function.prototype
const unbound = bind.bind(call) as <Fn>(method: unknown) => Fn

function getter<Self, Result>(prototype: object, key: PropertyKey): Method<Self, [], Result> {
  return unbound(Object.getOwnPropertyDescriptor(prototype, key)?.get)
}

export const { apply, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect
export const {
  create,
  defineProperty,
  freeze,
  getOwnPropertyNames,
  getOwnPropertySymbols,
  is,
  keys,
  setPrototypeOf,
  values,
} = Object
export const { isArray } = Array
/** Names of the language's own classes. Node draws up its list before V8 adds this one class to a context. */
export const classNames = getOwnPropertyNames(globalThis).filter(
  (name) => /^[A-Z][a-zA-Z0-9]+$/.test(name) && name !== 'SharedArrayBuffer',
)
export const { load } = Atomics
export const { ceil, floor, max, min, round, sqrt, trunc } = Math
export const { isFinite, isNaN, parseFloat, parseInt } = Number
export const { parse, stringify } = JSON
export const { captureStackTrace } = Error as unknown as {
  captureStackTrace(target: object, below: unknown): void
}
export const { iterator, toPrimitive, toStringTag } = Symbol
export const customInspect = Symbol.for('nodejs.util.inspect.custom')

type ListMethod<Args extends unknown[], Result> = Method<readonly unknown[], Args, Result>
export const includes: ListMethod<[item: unknown], boolean> = unbound(Array.prototype.includes)
export const indexOf: ListMethod<[item: unknown], number> = unbound(Array.prototype.indexOf)
export const join: ListMethod<[separator: string], string> = unbound(Array.prototype.join)
export const pop: <T>(list: T[]) => T | undefined = unbound(Array.prototype.pop)
export const push: <T>(list: T[], item: T) => number = unbound(Array.prototype.push)
export const sort: <T>(list: T[], compare?: (a: T, b: T) => number) => T[] = unbound(Array.prototype.sort)
export const unshift: <T>(list: T[], ...items: T[]) => number = unbound(Array.prototype.unshift)

/** Takes `count` items out of a list; unlike `splice` it asks nobody for the class of a result. */
export function remove(list: unknown[], start: number, count: number): void {
  for (let i = start; i + count < list.length; i++) list[i] = list[i + count]
  list.length -= count
}

type TextMethod<Args extends unknown[], Result> = Method<string, Args, Result>
export const charCodeAt: TextMethod<[index: number], number> = unbound(String.prototype.charCodeAt)
export const codePointAt: TextMethod<[index: number], number> = unbound(String.prototype.codePointAt)
export const endsWith: TextMethod<[part: string], boolean> = unbound(String.prototype.endsWith)
export const find: TextMethod<[part: string, from?: number], number> = unbound(String.prototype.indexOf)
export const findLast: TextMethod<[part: string], number> = unbound(String.prototype.lastIndexOf)
export const has: TextMethod<[part: string], boolean> = unbound(String.prototype.includes)
export const normalize: TextMethod<[form: 'NFC'], string> = unbound(String.prototype.normalize)
export const padEnd: TextMethod<[length: number, filler?: string], string> = unbound(String.prototype.padEnd)
export const padStart: TextMethod<[length: number, filler?: string], string> = unbound(String.prototype.padStart)
export const repeat: TextMethod<[count: number], string> = unbound(String.prototype.repeat)
export const slice: TextMethod<[start: number, end?: number], string> = unbound(String.prototype.slice)
export const startsWith: TextMethod<[part: string], boolean> = unbound(String.prototype.startsWith)
export const toLowerCase: TextMethod<[], string> = unbound(String.prototype.toLowerCase)

export const hasOwn: Method<object, [key: PropertyKey], boolean> = unbound(Object.prototype.hasOwnProperty)
export const isEnumerable: Method<object, [key: PropertyKey], boolean> = unbound(Object.prototype.propertyIsEnumerable)
export const objectToString: Method<unknown, [], string> = unbound(Object.prototype.toString)
export const errorToString: Method<object, [], string> = unbound(Error.prototype.toString)
export const functionToString: Method<object, [], string> = unbound(Function.prototype.toString)
export const hasInstance: Method<object, [value: unknown], boolean> = unbound(Function.prototype[Symbol.hasInstance])
export const regExpToString: Method<object, [], string> = unbound(RegExp.prototype.toString)
export const exec: Method<RegExp, [text: string], RegExpExecArray | null> = unbound(RegExp.prototype.exec)
export const symbolToString: Method<symbol, [], string> = unbound(Symbol.prototype.toString)
export const toFixed: Method<number, [digits: number], string> = unbound(Number.prototype.toFixed)
export const numberToString: Method<number, [radix: number], string> = unbound(Number.prototype.toString)

export const numberValue: Method<object, [], number> = unbound(Number.prototype.valueOf)
export const stringValue: Method<object, [], string> = unbound(String.prototype.valueOf)
export const booleanValue: Method<object, [], boolean> = unbound(Boolean.prototype.valueOf)
export const bigintValue: Method<object, [], bigint> = unbound(BigInt.prototype.valueOf)
export const symbolValue: Method<object, [], symbol> = unbound(Symbol.prototype.valueOf)

export const dateTime: Method<object, [], number> = unbound(Date.prototype.getTime)
export const dateToString: Method<object, [], string> = unbound(Date.prototype.toString)
export const dateToISOString: Method<object, [], string> = unbound(Date.prototype.toISOString)

export const mapSize = getter<object, number>(Map.prototype, 'size')
export const mapGet: <K, V>(map: ReadonlyMap<K, V>, key: unknown) => V | undefined = unbound(Map.prototype.get)
export const mapHas: (map: ReadonlyMap<unknown, unknown>, key: unknown) => boolean = unbound(Map.prototype.has)
export const mapSet: <K, V>(map: Map<K, V>, key: K, value: V) => void = unbound(Map.prototype.set)
export function makeMap<K, V>(): Map<K, V> {
  return new Map()
}

export function makeWeakSet<T extends object>(): WeakSet<T> {
  return new WeakSet()
}

export const weakSetAdd: <T extends object>(set: WeakSet<T>, item: T) => WeakSet<T> = unbound(WeakSet.prototype.add)
export const weakSetHas: <T extends object>(set: WeakSet<T>, item: T) => boolean = unbound(WeakSet.prototype.has)
export const mapClear: (map: Map<unknown, unknown>) => void = unbound(Map.prototype.clear)
export const mapForEach: <K, V>(map: ReadonlyMap<K, V>, each: (value: V, key: K) => void) => void = unbound(
  Map.prototype.forEach,
)
export const mapDelete: <K>(map: Map<K, unknown>, key: K) => boolean = unbound(Map.prototype.delete)
export const deref: <T extends WeakKey>(reference: WeakRef<T>) => T | undefined = unbound(WeakRef.prototype.deref)
export const setSize = getter<object, number>(Set.prototype, 'size')

type Step<T> = { done: false; value: T } | { done: true; value: undefined }
export const mapEntries: Method<object, [], object> = unbound(Map.prototype.entries)
export const nextEntry: Method<object, [], Step<[unknown, unknown]>> = unbound(new Map().entries().next)
export const setValues: Method<object, [], object> = unbound(Set.prototype.values)
export const nextValue: Method<object, [], Step<unknown>> = unbound(new Set().values().next)

export const typedArrayName = getter<object, string>(TypedArray.prototype, toStringTag)
export const typedArrayLength = getter<object, number>(TypedArray.prototype, 'length')
