import { EventEmitter } from 'node:events'
import { IsolateError, invalidType } from '../errors.js'
import { stateOf } from '../stats.js'
import { type Inspected, InspectorConnection } from './connection.js'

/** An event of the Chrome DevTools protocol. */
export interface InspectorNotification {
  method: string
  // biome-ignore lint/suspicious/noExplicitAny: the protocol says what each has
  params: any
}

interface Message {
  id?: number
  method?: string
  params?: unknown
  result?: unknown
  error?: { code: number; message: string }
}

interface Pending {
  method: string
  resolve(result: unknown): void
  reject(error: Error): void
}

/**
 * A session of the Chrome DevTools protocol with an isolate, as `Session` of `node:inspector/promises` is one with this thread:
 * `isolate.inspector()` gives it. Also while the isolate is busy, and while it stands at a breakpoint: that keeps the guest
 * waiting, on a thread of its own, and no time limit counts.
 *
 * Each event of the protocol is emitted under its name, and all of them as `inspectorNotification`; `close` when the isolate has
 * ended.
 *
 * @example
 * ```ts
 * using session = isolate.inspector()
 * session.on('Debugger.paused', ({ params }) => {
 *   console.log(params.callFrames[0].functionName)
 *   session.post('Debugger.resume')
 * })
 * await session.post('Debugger.enable')
 * await isolate.run('function stop() { debugger } stop()')
 * ```
 */
export class InspectorSession extends EventEmitter implements Disposable {
  readonly #connection: InspectorConnection
  readonly #inspected: Inspected
  readonly #pending = new Map<number, Pending>()
  #last = 0
  #alive: NodeJS.Timeout | undefined
  #disconnected = false

  /** @internal */
  constructor(inspected: Inspected) {
    super()
    this.#inspected = inspected
    this.#connection = new InspectorConnection(
      inspected,
      (text) => this.#receive(JSON.parse(text) as Message),
      () => {
        this.#disconnected = true
        this.#end(inspected.closedError())
        this.emit('close')
      },
    )
  }

  /**
   * Sends a command, and gives its result.
   *
   * @throws IsolateError with code `ERR_INSPECTOR_COMMAND` for what the inspector refuses, `ERR_INSPECTOR_CLOSED` after
   * `disconnect()`; IsolateClosedError.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the protocol says what each has
  post(method: string, params?: object): Promise<any> {
    return new Promise((resolve, reject) => {
      if (typeof method !== 'string') throw invalidType('method', 'a string', method)
      if (params !== undefined && (typeof params !== 'object' || params === null)) {
        throw invalidType('params', 'an object', params)
      }
      if (this.#disconnected) throw sessionClosed(method)
      const id = ++this.#last
      if (!this.#connection.send(JSON.stringify({ id, method, params }))) throw this.#inspected.closedError()
      this.#pending.set(id, { method, resolve, reject })
      // Who waits for an answer waits, as for every other call.
      this.#alive ??= setInterval(() => {}, 2 ** 30)
    })
  }

  /** Ends the session; a guest that stands at a breakpoint goes on, if no other session is there. */
  disconnect(): void {
    if (this.#disconnected) return
    this.#disconnected = true
    this.#connection.close()
    this.#end(undefined)
  }

  [Symbol.dispose](): void {
    this.disconnect()
  }

  #receive(message: Message): void {
    if (message.id === undefined) {
      const { method = '', params } = message
      this.emit('inspectorNotification', { method, params })
      this.emit(method, { method, params })
      return
    }
    const asked = this.#pending.get(message.id)
    if (asked === undefined) return
    this.#pending.delete(message.id)
    this.#rest()
    if (message.error === undefined) {
      asked.resolve(message.result)
    } else if (stateOf(this.#inspected.id) === 'closed') {
      // What it says of a command that was stopped with the isolate.
      asked.reject(this.#inspected.closedError())
    } else {
      const { code, message: text } = message.error
      asked.reject(new IsolateError('ERR_INSPECTOR_COMMAND', `${asked.method}: ${text} (${code})`))
    }
  }

  #end(error: Error | undefined): void {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    this.#rest()
    for (const { method, reject } of pending) reject(error ?? sessionClosed(method))
  }

  #rest(): void {
    if (this.#pending.size !== 0) return
    clearInterval(this.#alive)
    this.#alive = undefined
  }
}

function sessionClosed(method: string): IsolateError {
  return new IsolateError('ERR_INSPECTOR_CLOSED', `The session was disconnected, so ${method} has no answer`)
}
