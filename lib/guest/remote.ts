import { Answer } from '../shared/answer.js'
import {
  captureStackTrace,
  create,
  defineProperty,
  find,
  hasOwn,
  keys,
  makeMap,
  mapDelete,
  mapGet,
  mapSet,
  Promise,
  Symbol,
  slice,
} from './builtins.js'
import { Kind, native, type RemoteNatives } from './native.js'
import { type Signal, stopListening, takeSignal } from './remote-signal.js'
import { makeStream, type Pull } from './remote-stream.js'

/**
 * The guest's end of calls to its host. All of it runs after guest code has: it uses nothing that a guest can replace,
 * and what it hands out gives no way to the handles behind it.
 */
let remote: RemoteNatives

/** A call that has no answer yet. */
interface Call {
  readonly target: object | undefined
  readonly args: readonly unknown[]
  readonly name: string
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
  readonly signal: Signal | undefined
  /** 0 while it waits for room. */
  number: number
  next: Call | undefined
  /** It was given up. */
  dropped: boolean
}

const open = makeMap<number, Call>()
/** Calls that wait until the host has answered some of those that are under way. */
let first: Call | undefined
let last: Call | undefined

export function connectRemote(): object {
  remote = native.remote()
  remote.register(receive, wrap, boot)
  return {
    /** Calls a service of this package in the host. */
    call(service: string, method: string, args: readonly unknown[]): Promise<unknown> {
      return invoke(undefined, [service, method, args], `${service}.${method}`)
    },
    /** The same, and waits for the answer in the call. */
    callSync(service: string, method: string, args: readonly unknown[]): unknown {
      return invokeSync(undefined, [service, method, args], `${service}.${method}`, invokeSync)
    },
  }
}

/** What the host tells at the start. */
interface BootData {
  readonly expose?: Readonly<Record<string, unknown>>
  /** The functions behind `fetch`, where the host gives it. */
  readonly fetch?: object
  /** The isolate answers requests: see lib/guest/web/serve.ts. */
  readonly serve?: true
}

function boot(data: BootData): void {
  if (hasOwn(data, 'fetch')) defineFetch(data.fetch as object)
  if (hasOwn(data, 'serve')) defineServe()
  if (hasOwn(data, 'expose')) {
    const exposed = data.expose as Readonly<Record<string, unknown>>
    const names = keys(exposed)
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string
      defineProperty(globalThis, name, { value: exposed[name], writable: true, configurable: true })
    }
  }
}

type Library = Readonly<Record<string, (...args: unknown[]) => unknown>>

function defineFetch(host: object): void {
  const use = native.part('web') as (library: string) => Library
  const functions = {
    fetch: (...args: unknown[]) => (use('fetch') as { fetchBy: Library[string] }).fetchBy(host, ...args),
  }
  defineProperty(globalThis, 'fetch', { value: functions.fetch, writable: true, enumerable: true, configurable: true })
}

/** Where the host's scripts find it: see lib/serve/scripts.ts. */
function defineServe(): void {
  const use = native.part('web') as (library: string) => object
  defineProperty(globalThis, Symbol.for('isolates.serve'), { value: use('serve') })
}

/** The function before the handle of one of the host's: always the same for the same. */
function wrap(handle: { callable?: unknown }, blocks: boolean, name: string): unknown {
  if (hasOwn(handle, 'callable')) return handle.callable
  const callable: object = blocks
    ? (...args: unknown[]): unknown => invokeSync(handle, args, name, callable)
    : (...args: unknown[]): Promise<unknown> => invoke(handle, args, name)
  defineProperty(callable, 'name', { value: name, configurable: true })
  defineProperty(callable, 'length', { value: 0, configurable: true })
  defineProperty(handle, 'callable', { value: callable })
  return callable
}

/** @param below The function that stacks leave out, and what it calls. */
function invokeSync(target: object | undefined, args: unknown[], name: string, below: unknown): unknown {
  const answer = remote.callSync(target, args)
  const value = answer[1]
  if (answer[0] === Answer.Stream) return makeStream(value as Pull)
  if (answer[0] === Answer.Value) return value
  addStack(value, name, below)
  throw value
}

function invoke(target: object | undefined, args: unknown[], name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const signal = target === undefined ? undefined : takeSignal(args)
    if (signal?.signal.aborted) throw signal.signal.reason
    const call: Call = { target, args, name, resolve, reject, signal, number: 0, next: undefined, dropped: false }
    // Those that wait go first.
    if (first !== undefined || !send(call)) wait(call)
    if (signal !== undefined) follow(call, signal)
  })
}

/** False when there is no room for it now. */
function send(call: Call): boolean {
  const number = remote.call(call.target, call.args, call.signal === undefined ? -1 : call.signal.at)
  if (number === 0) return false
  call.number = number
  mapSet(open, number, call)
  return true
}

function wait(call: Call): void {
  if (last === undefined) first = call
  else last.next = call
  last = call
}

/** Sends what waits, as far as there is room. */
function drain(): void {
  while (first !== undefined) {
    const call: Call = first
    try {
      if (!call.dropped && !send(call)) return
    } catch (error) {
      unfollow(call)
      call.reject(error)
    }
    first = call.next
    if (first === undefined) last = undefined
  }
}

function receive(number: number, kind: Answer, value: unknown): void {
  const call = mapGet(open, number)
  if (call === undefined) return
  mapDelete(open, number)
  if (!call.dropped) settle(call, kind, value)
  drain()
}

function settle(call: Call, kind: Answer, value: unknown): void {
  unfollow(call)
  if (kind === Answer.Stream) call.resolve(makeStream(value as Pull))
  else if (kind === Answer.Value) call.resolve(value)
  else call.resolve(fail(call.name, value))
}

/** V8 finds the one who called from here: the promise of this function stands behind the caller's. */
async function fail(name: string, error: unknown): Promise<never> {
  await undefined
  await undefined
  addStack(error, name, fail)
  throw error
}

/** The error of the host has no frames: it gets those of the call. */
function addStack(error: unknown, name: string, below: unknown): void {
  if (typeof error !== 'object' || error === null || native.kind(error) !== Kind.Error) return
  const here = create(null) as { stack?: unknown }
  captureStackTrace(here, below)
  const stack = typeof here.stack === 'string' ? here.stack : ''
  const frames = find(stack, '\n    at ')
  const own = (error as { stack?: unknown }).stack
  const head = typeof own === 'string' ? own : ''
  const text = `${head}\n    at ${name === '' ? '<anonymous>' : name} (host function)${frames < 0 ? '' : slice(stack, frames)}`
  defineProperty(error, 'stack', { value: text, writable: true, configurable: true })
}

function follow(call: Call, { signal }: Signal): void {
  const listener = (): void => {
    // The guest has this function, and may call it as often as it likes.
    if (call.dropped) return
    call.dropped = true
    if (call.number !== 0) remote.abort(call.number)
    call.reject(signal.reason)
    unfollow(call)
  }
  ;(call.signal as Signal).listener = listener
  signal.addEventListener('abort', listener)
}

function unfollow({ signal }: Call): void {
  if (signal !== undefined) stopListening(signal)
}
