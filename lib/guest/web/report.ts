import { stateOf, trusted } from './event.js'
import { report } from './event-target.js'
import { PromiseRejectionEvent } from './events.js'

/** Reports an error as one that nobody has caught: the guest's `onerror` or else the host is told, and the guest goes on. */
export function reportError(...args: unknown[]): void {
  if (args.length === 0) throw new TypeError("Failed to execute 'reportError': the error is missing")
  report(args[0])
}

type Handler = (event: PromiseRejectionEvent) => unknown

/** Called by the engine. True when the handler wants nobody else to be told. */
export function tellRejection(handler: Handler, promise: object, reason: unknown): boolean {
  return tell('unhandledrejection', handler, promise, reason)
}

/** Called by the engine, in the midst of the guest. */
export function tellHandledLate(handler: Handler, promise: object, reason: unknown): void {
  const { setTimeout } = globalThis as unknown as { setTimeout(callback: () => void): unknown }
  setTimeout(() => tell('rejectionhandled', handler, promise, reason))
}

function tell(type: string, handler: Handler, promise: object, reason: unknown): boolean {
  const event = trusted(new PromiseRejectionEvent(type, { promise, reason, cancelable: type === 'unhandledrejection' }))
  const state = stateOf(event)
  state.target = globalThis
  state.currentTarget = globalThis
  state.phase = 2
  if (Reflect.apply(handler, globalThis, [event]) === false) event.preventDefault()
  state.currentTarget = null
  state.phase = 0
  return event.defaultPrevented
}
