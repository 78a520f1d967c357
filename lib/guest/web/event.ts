import { DOMException } from './exception.js'
import { customInspect } from './inspect.js'
import { native } from './library.js'
import { defineConstants, platformClass } from './platform.js'

export interface EventInit {
  bubbles?: boolean
  cancelable?: boolean
  composed?: boolean
}

/** What only the dispatch of an event may change. */
interface State {
  readonly type: string
  readonly bubbles: boolean
  readonly cancelable: boolean
  readonly composed: boolean
  readonly timeStamp: number
  target: object | null
  currentTarget: object | null
  phase: number
  trusted: boolean
  dispatching: boolean
  stopped: boolean
  stoppedAtOnce: boolean
  canceled: boolean
  /** A passive listener runs: it cannot cancel. */
  passive: boolean
}

const states = new WeakMap<object, State>()

export function stateOf(event: unknown): State {
  const state = states.get(event as object)
  if (state === undefined) throw new TypeError('Illegal invocation: the object is not an Event')
  return state
}

/** The dictionary of an event's constructor. */
export function initOf(options: unknown, type: string): Record<string, unknown> {
  if (options === undefined || options === null) return {}
  if (typeof options !== 'object' && typeof options !== 'function') {
    throw new TypeError(`Failed to construct '${type}': the options must be an object`)
  }
  return options as Record<string, unknown>
}

export class Event {
  constructor(...args: unknown[]) {
    if (args.length === 0) throw new TypeError("Failed to construct 'Event': the type is missing")
    const type = `${args[0]}`
    const { bubbles, cancelable, composed } = initOf(args[1], 'Event')
    states.set(this, {
      type,
      bubbles: Boolean(bubbles),
      cancelable: Boolean(cancelable),
      composed: Boolean(composed),
      timeStamp: native.now(),
      target: null,
      currentTarget: null,
      phase: 0,
      trusted: false,
      dispatching: false,
      stopped: false,
      stoppedAtOnce: false,
      canceled: false,
      passive: false,
    })
    Object.defineProperty(this, 'isTrusted', isTrusted)
  }

  get type(): string {
    return stateOf(this).type
  }

  get target(): object | null {
    return stateOf(this).target
  }

  get srcElement(): object | null {
    return stateOf(this).target
  }

  get currentTarget(): object | null {
    return stateOf(this).currentTarget
  }

  get eventPhase(): number {
    return stateOf(this).phase
  }

  get bubbles(): boolean {
    return stateOf(this).bubbles
  }

  get cancelable(): boolean {
    return stateOf(this).cancelable
  }

  get composed(): boolean {
    return stateOf(this).composed
  }

  get timeStamp(): number {
    return stateOf(this).timeStamp
  }

  get defaultPrevented(): boolean {
    return stateOf(this).canceled
  }

  get returnValue(): boolean {
    return !stateOf(this).canceled
  }

  set returnValue(value: unknown) {
    if (!value) this.preventDefault()
  }

  get cancelBubble(): boolean {
    return stateOf(this).stopped
  }

  set cancelBubble(value: unknown) {
    if (value) stateOf(this).stopped = true
  }

  composedPath(): object[] {
    const { currentTarget } = stateOf(this)
    return currentTarget === null ? [] : [currentTarget]
  }

  preventDefault(): void {
    const state = stateOf(this)
    if (state.cancelable && !state.passive) state.canceled = true
  }

  stopPropagation(): void {
    stateOf(this).stopped = true
  }

  stopImmediatePropagation(): void {
    const state = stateOf(this)
    state.stopped = true
    state.stoppedAtOnce = true
  }
}

// One getter for all events, as the standard has it: a property of each that cannot be replaced.
const isTrusted = Object.getOwnPropertyDescriptor(
  {
    get isTrusted(): boolean {
      return stateOf(this).trusted
    },
  },
  'isTrusted',
) as PropertyDescriptor
isTrusted.enumerable = true
isTrusted.configurable = false

platformClass(Event, 'Event')
customInspect<Event>(Event.prototype, function (depth, options, inspect) {
  const { name } = this.constructor
  if (typeof depth === 'number' && depth < 0) return name
  const { type, defaultPrevented, cancelable, timeStamp } = this
  return `${name} ${inspect({ type, defaultPrevented, cancelable, timeStamp }, options)}`
})
defineConstants(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 })

/** Marks an event as one of ours, not the guest's. */
export function trusted<E extends Event>(event: E): E {
  stateOf(event).trusted = true
  return event
}

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown }

interface Registration {
  readonly listener: Listener
  readonly capture: boolean
  readonly once: boolean
  readonly passive: boolean
  removed: boolean
}

const registrations = new WeakMap<object, Map<string, Registration[]>>()

function registrationsOf(target: unknown): Map<string, Registration[]> {
  const found = registrations.get(target as object)
  if (found === undefined) throw new TypeError('Illegal invocation: the object is not an EventTarget')
  return found
}

/** What a listener throws ends nothing: it is reported as an error that nobody has caught. */
export function report(error: unknown): void {
  const { setTimeout } = globalThis as unknown as { setTimeout(callback: () => void): unknown }
  setTimeout(() => {
    throw error
  })
}

export class EventTarget {
  constructor() {
    registrations.set(this, new Map())
  }

  addEventListener(...args: unknown[]): void {
    const map = registrationsOf(self(this))
    if (args.length < 2) throw new TypeError("Failed to execute 'addEventListener': 2 arguments required")
    const type = `${args[0]}`
    const listener = listenerOf(args[1])
    const options = args[2]
    const bag = typeof options === 'object' && options !== null ? (options as Record<string, unknown>) : undefined
    const capture = Boolean(bag === undefined ? options : bag['capture'])
    const once = Boolean(bag?.['once'])
    const passive = Boolean(bag?.['passive'])
    const signal = bag?.['signal']
    if (signal !== undefined && !isSignal(signal)) {
      throw new TypeError("Failed to execute 'addEventListener': the signal must be an AbortSignal")
    }
    if (signal?.aborted === true || listener === null) return
    let list = map.get(type)
    if (list === undefined) {
      list = []
      map.set(type, list)
    }
    if (list.some((each) => each.listener === listener && each.capture === capture)) return
    list.push({ listener, capture, once, passive, removed: false })
    signal?.addEventListener('abort', () => this.removeEventListener(type, listener, { capture }), { once: true })
  }

  removeEventListener(...args: unknown[]): void {
    const map = registrationsOf(self(this))
    if (args.length < 2) throw new TypeError("Failed to execute 'removeEventListener': 2 arguments required")
    const type = `${args[0]}`
    const listener = listenerOf(args[1])
    const options = args[2]
    const isBag = typeof options === 'object' && options !== null
    const capture = Boolean(isBag ? (options as { capture?: unknown }).capture : options)
    const list = map.get(type)
    const index = list?.findIndex((each) => each.listener === listener && each.capture === capture) ?? -1
    if (list !== undefined && index !== -1) remove(map, type, list[index] as Registration)
  }

  dispatchEvent(event: unknown): boolean {
    const target = self(this)
    registrationsOf(target)
    if (!states.has(event as object)) {
      throw new TypeError("Failed to execute 'dispatchEvent': the argument must be an Event")
    }
    const state = stateOf(event)
    if (state.dispatching) throw new DOMException('The event is already being dispatched.', 'InvalidStateError')
    state.trusted = false
    return dispatch(target, event as Event)
  }
}

platformClass(EventTarget, 'EventTarget')

/** `addEventListener(…)` alone, without an object, is not supported: the global object is no target here. */
function self(target: object | undefined): object {
  if (target === undefined || target === null) throw new TypeError('Illegal invocation')
  return target
}

interface Signal {
  readonly aborted: boolean
  addEventListener(type: string, listener: () => void, options: object): void
}

/** By what it does: AbortSignal is a library further up. */
function isSignal(value: unknown): value is Signal {
  return typeof (value as Signal | null)?.aborted === 'boolean' && registrations.has(value as object)
}

function listenerOf(value: unknown): Listener | null {
  if (value === null || value === undefined) return null
  if (typeof value !== 'function' && typeof value !== 'object') {
    throw new TypeError('The listener must be a function or an object')
  }
  return value as Listener
}

function remove(map: Map<string, Registration[]>, type: string, registration: Registration): void {
  registration.removed = true
  // A new list: a dispatch may be going through the old one.
  const rest = (map.get(type) ?? []).filter((each) => each !== registration)
  if (rest.length === 0) map.delete(type)
  else map.set(type, rest)
}

/** Hands the event to the listeners there are now; false when one of them has cancelled it. */
export function dispatch(target: object, event: Event): boolean {
  const state = stateOf(event)
  const map = registrationsOf(target)
  state.dispatching = true
  state.target = target
  state.currentTarget = target
  state.phase = 2
  const list = [...(map.get(state.type) ?? [])]
  for (const capture of [true, false]) {
    for (const registration of list) {
      if (registration.capture !== capture || registration.removed || state.stoppedAtOnce) continue
      if (registration.once) remove(map, state.type, registration)
      state.passive = registration.passive
      notify(target, registration.listener, event)
      state.passive = false
    }
    if (state.stopped) break
  }
  state.phase = 0
  state.currentTarget = null
  state.dispatching = false
  state.stopped = false
  state.stoppedAtOnce = false
  return !state.canceled
}

function notify(target: object, listener: Listener, event: Event): void {
  try {
    if (typeof listener === 'function') {
      Reflect.apply(listener, target, [event])
      return
    }
    const { handleEvent } = listener
    if (typeof handleEvent !== 'function') throw new TypeError('The listener has no function handleEvent')
    Reflect.apply(handleEvent, listener, [event])
  } catch (error) {
    report(error)
  }
}

/** Adds an attribute like `onabort` to a class of targets: a listener that has its own place in the line. */
export function defineHandler(type: { readonly prototype: object }, name: string): void {
  const handlers = new WeakMap<object, { handler: unknown; listening: boolean }>()
  const key = `on${name}`
  const accessor = {
    get [key](): unknown {
      registrationsOf(this)
      return handlers.get(this)?.handler ?? null
    },
    set [key](value: unknown) {
      registrationsOf(this)
      const handler = typeof value === 'function' || (typeof value === 'object' && value !== null) ? value : null
      const entry = handlers.get(this) ?? { handler: null, listening: false }
      handlers.set(this, entry)
      entry.handler = handler
      if (handler === null || entry.listening) return
      entry.listening = true
      EventTarget.prototype.addEventListener.call(this, name, function (this: object, event: Event) {
        if (typeof entry.handler !== 'function') return
        if (Reflect.apply(entry.handler, this, [event]) === false) event.preventDefault()
      })
    },
  }
  const descriptor = Object.getOwnPropertyDescriptor(accessor, key) as PropertyDescriptor
  Object.defineProperty(type.prototype, key, { ...descriptor, enumerable: true, configurable: true })
}
