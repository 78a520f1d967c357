import type { SharedNatives } from '../shared/natives.js'
import type { ChildNatives } from './children.js'

/**
 * What the engine hands to the guest runtime: the whole contract between lib/guest and native/engine.
 *
 * The functions are asked at call time only. They are baked into a snapshot together with the runtime, so none of
 * them may be called while the runtime boots, and none keeps its answer.
 */
export interface GuestNative {
  /** Hands one finished piece of console output to the host; `text` has no final newline. */
  print(method: string, stderr: boolean, text: string): void
  /**
   * Keeps the function that makes a part of the runtime, for when somebody first asks. With `global`, that is who reads
   * the global of that name, which looks like any other: writable, configurable and not enumerable.
   */
  definePart(name: string, make: () => unknown, global: boolean): void
  /** What the part of the runtime with that name leaves behind, made when first asked for. */
  part(name: string): unknown
  /** What lib/shared is built on; a new object each time. */
  shared(): SharedNatives
  /** What `Isolate` is built on; a new object each time. */
  isolates(): ChildNatives
  /** The isolate this code runs in. */
  current(): { id: number; name: string }
  /** Monotonic time in milliseconds, with fractions. */
  now(): number
  /** The internal kind of an object or function, whatever its prototype says; never runs guest code. */
  kind(value: object): Kind
  /** Target and handler of a proxy; both are null once it is revoked. */
  proxyDetails(proxy: object): [target: object | null, handler: object | null]
  /** 0 pending, 1 fulfilled, 2 rejected, as `v8::Promise::PromiseState`; `result` is undefined while pending. */
  promiseState(promise: object): [state: 0 | 1 | 2, result: unknown]
  /**
   * What a map or set iterator has left, or what a weak collection holds, without advancing or keeping anything.
   * Keys and values alternate in `entries` when `isKeyValue` is true. As `v8::Object::PreviewEntries`.
   */
  previewEntries(value: object): [entries: unknown[], isKeyValue: boolean]
  /** The class name V8 keeps for an object, as `v8::Object::GetConstructorName`. */
  constructorName(value: object): string
  /** Own keys, strings and then symbols, that are no array indices; a million elements cost nothing. */
  ownNonIndexKeys(value: object, onlyEnumerable: boolean): PropertyKey[]
}

/** Answers of `GuestNative.kind`. The numbers are part of the contract; a plain object or function is `Other`. */
export const Kind = {
  Other: 0,
  Proxy: 1,
  AsyncFunction: 2,
  GeneratorFunction: 3,
  AsyncGeneratorFunction: 4,
  Arguments: 5,
  Map: 6,
  Set: 7,
  MapIterator: 8,
  SetIterator: 9,
  WeakMap: 10,
  WeakSet: 11,
  TypedArray: 12,
  DataView: 13,
  ArrayBuffer: 14,
  SharedArrayBuffer: 15,
  Promise: 16,
  Date: 17,
  RegExp: 18,
  Error: 19,
  ModuleNamespace: 20,
  NumberObject: 21,
  StringObject: 22,
  BooleanObject: 23,
  BigIntObject: 24,
  SymbolObject: 25,
} as const

export type Kind = (typeof Kind)[keyof typeof Kind]

/** Set by `connect` before anything else of the runtime is used. */
export let native: GuestNative

export function connect(functions: GuestNative): void {
  native = functions
}
