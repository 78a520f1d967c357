import { Event, trusted } from './event.js'
import { defineHandler, dispatch, EventTarget } from './event-target.js'
import { DOMException } from './exception.js'
import { customInspect } from './inspect.js'
import { platformClass } from './platform.js'

interface State {
  aborted: boolean
  reason: unknown
  /** Steps of our own, before the listeners. */
  readonly steps: Set<(reason: unknown) => void>
  /** The signals that this one was made of by `any`, none of which was made so itself. */
  readonly sources: Set<AbortSignal>
}

const states = new WeakMap<object, State>()
const key = Symbol('made by the platform')
// Nobody else holds a signal that is only listened to until it follows another, or the clock.
const followers = new WeakMap<AbortSignal, Set<AbortSignal>>()

function stateOf(signal: unknown): State {
  const state = states.get(signal as object)
  if (state === undefined) throw new TypeError('Illegal invocation: the object is not an AbortSignal')
  return state
}

function make(): AbortSignal {
  return new (AbortSignal as unknown as new (secret: symbol) => AbortSignal)(key)
}

export function isAbortSignal(value: unknown): value is AbortSignal {
  return states.has(value as object)
}

/** Calls a function when the signal is aborted, before its listeners; gives one that takes this back. */
export function onAbort(signal: AbortSignal, step: (reason: unknown) => void): () => void {
  const { steps } = stateOf(signal)
  steps.add(step)
  return () => steps.delete(step)
}

function defaultReason(): DOMException {
  return new DOMException('This operation was aborted', 'AbortError')
}

function abort(signal: AbortSignal, reason: unknown): void {
  if (stateOf(signal).aborted) return
  // All that depend on it change before any listener runs.
  const all = [signal, ...[...(followers.get(signal) ?? [])].filter((each) => !stateOf(each).aborted)]
  for (const each of all) {
    const state = stateOf(each)
    state.aborted = true
    state.reason = reason
  }
  followers.delete(signal)
  for (const each of all) {
    const { steps } = stateOf(each)
    const now = [...steps]
    steps.clear()
    for (const step of now) step(reason)
    dispatch(each, trusted(new Event('abort')))
  }
}

export class AbortSignal extends EventTarget {
  constructor(secret?: symbol) {
    if (secret !== key) throw new TypeError('Illegal constructor')
    super()
    states.set(this, { aborted: false, reason: undefined, steps: new Set(), sources: new Set() })
  }

  get aborted(): boolean {
    return stateOf(this).aborted
  }

  get reason(): unknown {
    return stateOf(this).reason
  }

  throwIfAborted(): void {
    const { aborted, reason } = stateOf(this)
    if (aborted) throw reason
  }

  static abort(reason: unknown = defaultReason()): AbortSignal {
    const signal = make()
    const state = stateOf(signal)
    state.aborted = true
    state.reason = reason
    return signal
  }

  static timeout(...args: unknown[]): AbortSignal {
    if (args.length === 0) throw new TypeError("Failed to execute 'timeout': the milliseconds are missing")
    const milliseconds = Number(args[0])
    if (!(milliseconds >= 0) || milliseconds > Number.MAX_SAFE_INTEGER) {
      throw new TypeError('The milliseconds must be a number from 0 to Number.MAX_SAFE_INTEGER')
    }
    const signal = make()
    const { setTimeout } = globalThis as unknown as { setTimeout(callback: () => void, after: number): unknown }
    const late = (): void => {
      abort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    }
    setTimeout(late, Math.min(Math.floor(milliseconds), 0x7fffffff))
    return signal
  }

  static any(...args: unknown[]): AbortSignal {
    if (args.length === 0) throw new TypeError("Failed to execute 'any': the signals are missing")
    const signals = [...(args[0] as Iterable<unknown>)].map((signal) => {
      if (!isAbortSignal(signal)) throw new TypeError('Each of the signals must be an AbortSignal')
      return signal
    })
    const result = make()
    const aborted = signals.find((signal) => stateOf(signal).aborted)
    if (aborted !== undefined) {
      const state = stateOf(result)
      state.aborted = true
      state.reason = stateOf(aborted).reason
      return result
    }
    for (const signal of signals) {
      const { sources } = stateOf(signal)
      for (const source of sources.size > 0 ? sources : [signal]) follow(source, result)
    }
    return result
  }
}

function follow(source: AbortSignal, signal: AbortSignal): void {
  stateOf(signal).sources.add(source)
  const set = followers.get(source) ?? new Set()
  set.add(signal)
  followers.set(source, set)
}

export class AbortController {
  readonly #signal = make()

  get signal(): AbortSignal {
    return this.#signal
  }

  abort(reason: unknown = defaultReason()): void {
    abort(this.#signal, reason)
  }
}

defineHandler(AbortSignal, 'abort')
platformClass(AbortSignal, 'AbortSignal')
platformClass(AbortController, 'AbortController')
customInspect<AbortSignal>(AbortSignal.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  return `AbortSignal ${inspect({ aborted: this.aborted }, options)}`
})
customInspect<AbortController>(AbortController.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  return `AbortController ${inspect({ signal: this.signal }, options)}`
})
