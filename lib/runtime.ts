import { type ConsoleEntry, writeConsole } from './console.js'
import type { CloseReason } from './errors.js'
import { type Ending, Failure, hideFramesOf } from './failure.js'
import { Functions } from './functions.js'
import type { Isolate } from './isolate.js'
import { type FailureParts, loadNative } from './native.js'
import { checkFunction } from './options.js'
import { share } from './shared/index.js'
import { connectPlain } from './shared/plain.js'

/** What this thread knows of an isolate without keeping its handle from being collected. */
export interface Residence extends Ending {
  readonly handle: WeakRef<Isolate>
  readonly resolveClosed: (reason: CloseReason) => void
  /** `close()` was called. */
  closing: boolean
  cause: unknown
  kind: CloseReason['kind'] | undefined
}

/** How a handle prints what its isolate's console says. */
export const print: unique symbol = Symbol('print')

export const residences = new Map<number, Residence>()
export const native = loadNative({ deliver, makeFailure, fail })
export const functions = new Functions(native.makeFunction, checkFunction)
hideFramesOf(__dirname)
share(native.shared())
connectPlain()

/** A handle nobody holds any more, nor any call in flight, takes its isolate along. */
export const collected = new FinalizationRegistry<number>((id) => native.terminate(id))

function makeFailure(...[, ...parts]: FailureParts): Failure {
  return new Failure(...parts)
}

async function fail(...[id, ...parts]: FailureParts): Promise<never> {
  // Before it is forgotten: the isolate may be gone by the time its caller is told.
  const residence = residences.get(id)
  if (residence !== undefined) residence.kind ??= native.stopped(id)
  // The addon puts this promise behind the caller's, which takes one turn of the microtask queue. The error is made
  // after that: then V8 finds the caller and names it in the stack.
  await undefined
  await undefined
  throw new Failure(...parts).toError(residence)
}

/** Takes what the addon has collected for this thread. */
function deliver(batch: unknown[]): void {
  for (let at = 0; at < batch.length; ) {
    const id = batch[at] as number
    const kind = batch[at + 1] as CloseReason['kind'] | ConsoleEntry['stream']
    if (kind === 'stdout' || kind === 'stderr') {
      printed(id, kind, batch[at + 2] as string, batch[at + 3] as string, batch[at + 4] as string)
      at += 5
    } else {
      closed(id, kind)
      at += 2
    }
  }
}

function closed(id: number, kind: CloseReason['kind']): void {
  const residence = residences.get(id)
  if (residence === undefined) return
  residences.delete(id)
  residence.kind = kind
  const { cause } = residence
  residence.resolveClosed(cause === undefined || kind !== 'terminate' ? { kind } : { kind, cause })
}

function printed(id: number, stream: ConsoleEntry['stream'], method: string, text: string, name: string): void {
  const isolate = residences.get(id)?.handle.deref()
  if (isolate === undefined) {
    writeConsole({ stream, text })
    return
  }
  try {
    isolate[print]({ method, stream, text, isolate, name })
  } catch (error) {
    // The user's own function threw: nobody's call but an uncaught exception, and the rest is delivered all the same.
    process.nextTick(() => {
      throw error
    })
  }
}
