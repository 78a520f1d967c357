import type { Readable } from 'node:stream'
import type { Requests } from '../requests.js'
import { native } from '../runtime.js'
import { abortSignal, type Checks, flag } from '../shared/options.js'
import { streamOf } from './text.js'

/** What `isolate.heapSnapshot()` takes. */
export interface HeapSnapshotOptions {
  /** With what belongs to V8 itself. Default: false. */
  exposeInternals?: boolean
  /** With numbers, which are no objects. Default: false. */
  exposeNumericValues?: boolean
  /** Gives it up: it rejects with the signal's reason. */
  signal?: AbortSignal
}

export const snapshotChecks: Checks<HeapSnapshotOptions> = {
  exposeInternals: flag,
  exposeNumericValues: flag,
  signal: abortSignal,
}

export async function heapSnapshot(requests: Requests, options: HeapSnapshotOptions): Promise<Readable> {
  const { exposeInternals = false, exposeNumericValues = false, signal } = options
  signal?.throwIfAborted()
  const text = await requests.inspect((id) => native.heapSnapshot(id, exposeInternals, exposeNumericValues), signal)
  return streamOf(text as ArrayBuffer[])
}
