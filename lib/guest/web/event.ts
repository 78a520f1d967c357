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

export function isEvent(value: unknown): value is Event {
  return states.has(value as object)
}

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
