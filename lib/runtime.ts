import { type ConsoleEntry, writeConsole } from './console.js'
import type { CloseReason } from './errors.js'
import { Failure } from './failure.js'
import { Functions } from './functions.js'
import type { Isolate } from './isolate.js'
import { Delivered, loadNative } from './native.js'
import { Tickets } from './tickets.js'

/** What this thread knows of an isolate without keeping its handle from being collected. */
export interface Residence {
  readonly id: number
  readonly handle: WeakRef<Isolate>
  readonly resolveClosed: (reason: CloseReason) => void
  /** What was given to `terminate(reason)`. */
  cause: unknown
  reason: CloseReason | null
}

/** How a handle prints what its isolate's console says. */
export const print: unique symbol = Symbol('print')

export const tickets = new Tickets()
export const residences = new Map<number, Residence>()
export const native = loadNative(deliver, (...parts) => new Failure(...parts))
export const functions = new Functions(native)

/** A handle nobody holds any more, nor any call in flight, takes its isolate along. */
export const collected = new FinalizationRegistry<number>((id) => native.terminate(id))

/** Takes what the addon has collected for this thread: tag, id, and one to three more, again and again. */
function deliver(batch: unknown[]): void {
  for (let at = 0; at < batch.length; ) {
    const tag = batch[at] as number
    const id = batch[at + 1] as number
    if (tag === Delivered.Value || tag === Delivered.Failure) {
      tickets.settle(id, batch[at + 2])
      at += 3
    } else if (tag === Delivered.Closed) {
      closed(id, batch[at + 2] as CloseReason['kind'])
      at += 3
    } else {
      printed(id, batch[at + 2] as string, batch[at + 3] as boolean, batch[at + 4] as string)
      at += 5
    }
  }
}

function closed(id: number, kind: CloseReason['kind']): void {
  const residence = residences.get(id)
  if (residence === undefined) return
  residences.delete(id)
  residence.reason = closeReason(kind, residence.cause)
  residence.resolveClosed(residence.reason)
}

export function closeReason(kind: CloseReason['kind'], cause: unknown): CloseReason {
  return cause === undefined || kind !== 'terminate' ? { kind } : { kind, cause }
}

function printed(id: number, method: string, toStderr: boolean, text: string): void {
  const isolate = residences.get(id)?.handle.deref()
  const stream: ConsoleEntry['stream'] = toStderr ? 'stderr' : 'stdout'
  if (isolate === undefined) return writeConsole({ stream, text })
  try {
    isolate[print]({ method, stream, text, isolate })
  } catch (error) {
    // The user's own function threw: nobody's call but an uncaught exception, and the rest is delivered all the same.
    process.nextTick(() => {
      throw error
    })
  }
}
