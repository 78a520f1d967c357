import { IsolateError } from '../errors.js'
import { calls, native, type Residence } from '../runtime.js'

/** What an inspector is attached to: an isolate, without a reference that its owner would not know of. */
export interface Inspected {
  readonly id: number
  readonly residence: Residence
  readonly closed: Promise<unknown>
  /** What its console prints, for as long as the function that is given back is not called. */
  onPrint(listener: (method: string, text: string) => void): () => void
  /** The error for an isolate that is closed. */
  closedError(): Error
}

type Listener = (message: string) => void

const connections = new Map<number, InspectorConnection>()

// What a guest could send of its own only reaches those who look at that very guest.
calls.provide('inspector', {
  message(this: unknown, session: number, text: string): void {
    const connection = connections.get(session)
    const { isolate } = this as { isolate?: { id: number } }
    if (connection !== undefined && connection.id === isolate?.id) connection.receive(text)
  },
})

/** Throws where nothing can attach. */
function newSession({ residence: { name, thread } }: Inspected): number {
  if (thread !== undefined) {
    throw new IsolateError(
      'ERR_INSPECTOR_UNAVAILABLE',
      `${name} has runtime 'node', so it is a worker thread: attach to this process (node --inspect), which shows it`,
    )
  }
  const session = native.newInspectorSession()
  if (session === 0) {
    throw new IsolateError(
      'ERR_INSPECTOR_UNAVAILABLE',
      `isolates does not know the inspector of this Node.js (${process.version}, V8 ${process.versions.v8})`,
    )
  }
  return session
}

/** The Chrome DevTools protocol with one isolate, as text. */
export class InspectorConnection {
  readonly id: number
  readonly #inspected: Inspected
  readonly #session: number
  readonly #listener: Listener
  #stopPrinting: (() => void) | undefined
  #closed = false

  constructor(inspected: Inspected, listener: Listener, ended: () => void) {
    const session = newSession(inspected)
    const connected = native.connectInspector(inspected.id, session, inspected.residence.name)
    if (connected === undefined) throw inspected.closedError()
    connected.catch(() => {})
    this.id = inspected.id
    this.#session = session
    this.#listener = listener
    connections.set(session, this)
    this.#inspected = inspected
    void inspected.closed.then(() => {
      if (this.#closed) return
      this.close()
      ended()
    })
  }

  /** False when the isolate is closed. */
  send(message: string): boolean {
    if (this.#closed) return false
    // The guest's console is this package's own, of which V8's inspector knows nothing.
    if (this.#stopPrinting === undefined && message.includes('"Runtime.enable"')) {
      this.#stopPrinting = this.#inspected.onPrint((method, text) => this.#print(method, text))
    }
    return native.dispatchToInspector(this.id, this.#session, message)
  }

  receive(message: string): void {
    try {
      this.#listener(message)
    } catch (error) {
      // A listener's own error is an uncaught exception; the next message is told all the same.
      queueMicrotask(() => {
        throw error
      })
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    connections.delete(this.#session)
    this.#stopPrinting?.()
    native.disconnectInspector(this.id, this.#session)
  }

  #print(method: string, text: string): void {
    const type = consoleTypes[method] ?? 'log'
    const args = [{ type: 'string', value: text.replace(/\n$/, '') }]
    const params = { type, args, executionContextId: 1, timestamp: Date.now() }
    this.receive(JSON.stringify({ method: 'Runtime.consoleAPICalled', params }))
  }
}

/** The protocol's names for methods of `console` that are not called `log` there. */
const consoleTypes: Record<string, string> = {
  debug: 'debug',
  info: 'info',
  error: 'error',
  warn: 'warning',
  assert: 'assert',
  dir: 'dir',
  table: 'table',
  trace: 'trace',
}
