import type { Answer } from '../shared/answer.js'
import type { SharedNatives } from '../shared/natives.js'
import type { ChildNatives } from './children.js'
import type { ModuleNatives } from './modules/natives.js'
import type { Parts } from './part.js'
import type { WebNative } from './web/native.js'

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
   * the global of that name, which looks like any other: writable, configurable and, unless `enumerable` is true, not
   * enumerable.
   */
  definePart(name: string, make: () => unknown, global: boolean, enumerable?: boolean): void
  /**
   * Defines globals that look like any others, and keeps the function that makes them when somebody first reads one: it
   * gets its name. They are writable and configurable.
   */
  defineGlobals(names: readonly string[], make: (name: string) => unknown, enumerable: boolean): void
  /** Runs a library of `web/`, which gets the argument, and gives what it exports. */
  runLibrary(name: string, host: object): Record<string, unknown>
  /** What the libraries are built on; a new object each time. */
  web(): WebNative
  /** The way to the engine's loop; a new object each time. */
  loop(): LoopNatives
  /** What lib/shared is built on; a new object each time. */
  shared(): SharedNatives
  /** What lib/guest/modules is built on; a new object each time. */
  modules(): ModuleNatives
  /** What `Isolate` is built on; a new object each time. */
  isolates(): ChildNatives
  /** What `remote.ts` is built on; a new object each time. */
  remote(): RemoteNatives
  /** What another part of the runtime has made, which runs now if it has not yet: every part is bundled by itself. */
  part(name: keyof Parts | 'web'): unknown
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

/** The guest's calls to its host. A target is the handle of one of the host's functions, or undefined for a service. */
export interface RemoteNatives {
  /** The addon calls these: with answers, with handles that become functions, with the host's start-up data. */
  register(
    receive: (call: number, kind: Answer, value: unknown) => void,
    wrap: (handle: object, blocks: boolean, name: string) => unknown,
    boot: (data: object) => void,
  ): void
  /** The number of the call; 0 when there is no room for it until the host has answered others. */
  call(target: object | undefined, args: readonly unknown[], signalAt: number): number
  callSync(target: object | undefined, args: readonly unknown[]): [kind: Answer, value: unknown]
  /** Aborts the signal that the host's function sees. */
  abort(call: number): void
}

/** What lib/guest/timers.ts is built on, and all that `close()` is to wait for. */
export interface LoopNatives {
  /**
   * Has `take` called whenever the alarm goes off or `post` was called, first with true and then, until it answers
   * undefined, with false: it answers with an owner, a callback and its arguments. The last callback `drops` out when the
   * call that it belongs to was stopped.
   */
  useTimers(take: (begins: boolean, drops: boolean) => readonly unknown[] | undefined): void
  /** The moment by `now()` at which the only alarm goes off; Infinity for never. */
  setAlarm(moment: number): void
  /** The same as the alarm, as soon as what is in line by now has been done. */
  post(): void
  /** Whether there are timers that `close()` waits for. */
  keepOpen(keep: boolean): void
  /** Has `close()` wait until `release` was called as often. */
  hold(): void
  release(): void
  /** How many timers and immediates there may be at a time. */
  maxTimers(): number
  /** Whose code runs. Only for the engine: a guest must never get hold of it. */
  owner(): unknown
  /** What the callback throws is reported as uncaught. */
  enqueueMicrotask(callback: () => void): void
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
