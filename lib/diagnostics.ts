import { channel } from 'node:diagnostics_channel'
import type { CloseReason } from './errors.js'
import type { Isolate } from './isolate.js'

const created = channel('isolates:isolate:create')
const closed = channel('isolates:isolate:close')

/** Tells subscribers of `isolates:isolate:create` of an isolate of this thread: `{ isolate }`. */
export function publishCreated(isolate: Isolate): void {
  if (created.hasSubscribers) created.publish({ isolate })
}

/** Tells subscribers of `isolates:isolate:close` how one has ended: `{ id, name, reason }`. */
export function publishClosed(id: number, name: string, reason: CloseReason): void {
  if (closed.hasSubscribers) closed.publish({ id, name, reason })
}
