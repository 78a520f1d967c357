import { otherCopies } from './addon.js'
import { type ConsoleEntry, writeConsole } from './console.js'
import { publishClosed } from './diagnostics.js'
import type { CloseReason, IsolateError } from './errors.js'
import { closeReason, type Ending, Failure, hideFramesOf, hintAtCopiesBy } from './failure.js'
import { Functions } from './functions.js'
import { noModules } from './importing.js'
import type { Isolate } from './isolate.js'
import { type FailureParts, loadNative } from './native.js'
import type { NodeThread } from './node/thread.js'
import { checkFunction } from './options.js'
import { CallServer } from './remote/calls.js'
import { drop } from './remote/exports.js'
import { connectRemote } from './remote/host.js'
import { openStream } from './remote/invoke.js'
import { share } from './shared/index.js'
import { connectPlain } from './shared/plain.js'
import { describeUncaught, type UncaughtDetails } from './uncaught.js'
import { subtleCall } from './web/subtle.js'

/** What this thread knows of an isolate without keeping its handle from being collected. */
export interface Residence extends Ending {
  readonly handle: WeakRef<Isolate>
  /** How the stacks of its errors become readable, when it has modules. */
  readonly mapStack: ((stack: string) => string) | undefined
  readonly resolveClosed: (reason: CloseReason) => void
  readonly thread: NodeThread | undefined
  /** What its pool does once it has no task and gets none any more. */
  retired?: (() => void) | undefined
  exitCode: number | undefined
  /** `close()` was called. */
  closing: boolean
  cause: unknown
  /** The first error that nobody handled. */
  error: unknown
  kind: CloseReason['kind'] | undefined
}

/** How a handle prints what its isolate's console says. */
export const print: unique symbol = Symbol('print')
/** How a handle tells its listeners of an error; false when there are none. */
export const tell: unique symbol = Symbol('tell')

export const residences = new Map<number, Residence>()
export const native = loadNative({ deliver, makeFailure, fail })
export const functions = new Functions(native.makeFunction, checkFunction)
hideFramesOf(__dirname)
hintAtCopiesBy(otherCopies)
/** Serves what guests call. */
export const calls = new CallServer({
  native,
  isolate: (id) => residences.get(id)?.handle.deref(),
  toError: (failure, id) => (failure instanceof Failure ? failure.toError(residences.get(id)) : failure),
})
calls.provide('web', { subtle: subtleCall })
share(native.shared())
connectPlain()
connectRemote(native, (id, description) => residences.get(id)?.handle.deref()?.[openStream](description))
calls.provide('modules', noModules)

/** A handle nobody holds any more, nor any call in flight, takes its isolate along. */
export const collected = new FinalizationRegistry<number>((id) => {
  native.terminate(id)
  residences.get(id)?.thread?.terminate()
})

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

type Message = 'call' | 'abort' | 'drop' | 'retired'

/** Takes what the addon has collected for this thread. */
function deliver(batch: unknown[]): void {
  for (let at = 0; at < batch.length; ) {
    const id = batch[at] as number
    const kind = batch[at + 1] as CloseReason['kind'] | ConsoleEntry['stream'] | 'uncaught' | Message
    if (kind === 'stdout' || kind === 'stderr') {
      printed(id, kind, batch[at + 2] as string, batch[at + 3] as string, batch[at + 4] as string)
      at += 5
    } else if (kind === 'call') {
      const [number, target, args, signalAt] = batch.slice(at + 2, at + 6) as [number, number, unknown[], number]
      calls.serve(id, number, target, args, signalAt)
      at += 6
    } else if (kind === 'abort') {
      calls.abort(id, batch[at + 2] as number)
      at += 3
    } else if (kind === 'drop') {
      drop(id)
      at += 2
    } else if (kind === 'retired') {
      residences.get(id)?.retired?.()
      at += 2
    } else if (kind === 'uncaught') {
      const [event, ...parts] = batch.slice(at + 2, at + 8) as UncaughtParts
      uncaught(id, { kind: event }, new Failure(...parts))
      at += 8
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
  calls.end(id)
  residence.kind = kind
  const reason = closeReason(residence, kind)
  residence.resolveClosed(reason)
  publishClosed(id, residence.name, reason)
}

type UncaughtParts = [UncaughtDetails['kind'], ...ConstructorParameters<typeof Failure>]

function uncaught(id: number, details: UncaughtDetails, failure: Failure): void {
  reportUncaught(id, details, failure.toError(residences.get(id), 'a callback'))
}

/** Tells of an error in an isolate that no call ends with. */
export function reportUncaught(id: number, details: UncaughtDetails, error: IsolateError): void {
  const residence = residences.get(id)
  if (residence !== undefined) residence.error ??= error
  if (residence?.handle.deref()?.[tell](error, details)) return
  printed(id, 'stderr', 'error', describeUncaught(error, details), residence?.name ?? '')
}

function printed(id: number, stream: ConsoleEntry['stream'], method: string, text: string, name: string): void {
  const isolate = residences.get(id)?.handle.deref()
  if (isolate === undefined) {
    writeConsole({ method, stream, text })
    return
  }
  try {
    isolate[print]({ method, stream, text, isolate, name })
  } catch (error) {
    // The user's own function threw: nobody's call but an uncaught exception, and the rest is delivered all the same. Not by
    // process.nextTick(), whose errors Node-API takes for those of the addon, which is at work here.
    queueMicrotask(() => {
      throw error
    })
  }
}
