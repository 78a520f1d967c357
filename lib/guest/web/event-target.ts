import { type Event, isEvent, stateOf } from './event.js'
import { DOMException } from './exception.js'
import { platformClass } from './platform.js'

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

/** Makes an object a target that EventTarget's constructor has not made. */
export function listenTo(target: object): void {
  registrations.set(target, new Map())
}

export class EventTarget {
  constructor() {
    listenTo(this)
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
    if (!isEvent(event)) {
      throw new TypeError("Failed to execute 'dispatchEvent': the argument must be an Event")
    }
    const state = stateOf(event)
    if (state.dispatching) throw new DOMException('The event is already being dispatched.', 'InvalidStateError')
    state.trusted = false
    return dispatch(target, event)
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
export function defineHandler(
  type: { readonly prototype: object },
  name: string,
  onSet?: (target: object) => void,
): void {
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
      onSet?.(this)
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
