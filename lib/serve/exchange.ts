import { TimeoutError } from '../errors.js'
import type { Answer } from '../shared/served.js'
import type { Client, ClientListener } from './client.js'
import { Patience } from './patience.js'
import type { AccessLogEntry, ServeErrorDetails } from './settings.js'
import type { AppWorker } from './worker.js'

/** Where an exchange reports to. */
export interface Reporter {
  /** Undefined when nobody wants to know. */
  readonly log: ((entry: AccessLogEntry) => void) | undefined
  error(error: unknown, details: ServeErrorDetails): void
  /** A request is over; with what it failed with. */
  over(worker: AppWorker, error?: unknown): void
}

/**
 * Has a worker answer a request. Where the app answers within the call, all is done when this returns; else the rest follows
 * by the loop.
 */
export function serveRequest(
  worker: AppWorker,
  client: Client,
  reporter: Reporter,
  target: string = client.target,
): void {
  new Exchange(worker, client, reporter).ask(target)
}

class Exchange implements ClientListener {
  readonly #worker: AppWorker
  readonly #id: number
  readonly #client: Client
  readonly #reporter: Reporter
  readonly #began: number
  #status = 0
  /** The guest knows of it. */
  #open = false
  #over = false
  /** Its head is out. */
  #begun = false
  /** The guest reads the body of the request. */
  #goes = false
  #drained: (() => void) | undefined

  constructor(worker: AppWorker, client: Client, reporter: Reporter) {
    this.#worker = worker
    this.#id = worker.begin()
    this.#client = client
    this.#reporter = reporter
    this.#began = reporter.log === undefined ? 0 : performance.now()
  }

  ask(target: string): void {
    const client = this.#client
    const { method, fields, body } = client
    if (body === true) {
      this.#goes = true
      client.watch(this)
    }
    let answer: unknown
    try {
      answer = this.#worker.call('handle', [this.#id, method, target, fields, body])
    } catch (failure) {
      this.#fail(this.#worker.error(failure))
      return
    }
    if (answer instanceof Promise) {
      this.#open = true
      client.watch(this)
      answer.then(
        (value) => this.#answer(value as Answer),
        (error) => this.#fail(error),
      )
    } else {
      this.#open = body === true
      this.#answer(answer as Answer)
    }
    if (body === true && !this.#over) client.pause(false)
  }

  /** Hands the body over piece by piece, as fast as it is read there. */
  onPiece(piece: Uint8Array | undefined): void {
    if (!this.#goes || this.#over) return
    let answer: unknown
    try {
      answer = this.#worker.call('push', [this.#id, piece])
    } catch {
      answer = false
    }
    if (!(answer instanceof Promise)) {
      this.#goes = answer === true
      return
    }
    this.#client.pause(true)
    const goOn = (goes: unknown): void => {
      this.#goes = goes === true
      this.#client.pause(false)
    }
    answer.then(goOn, () => goOn(false))
  }

  onDrain(): void {
    const drained = this.#drained
    this.#drained = undefined
    drained?.()
  }

  onGone(): void {
    this.#end('The client has closed the connection', true)
    this.onDrain()
  }

  /** @param answer Of a guest, which may have broken its end. */
  #answer(answer: Answer): void {
    if (this.#over) return
    const client = this.#client
    try {
      const [status, statusText, fields, body] = answer
      if (status === 101) {
        void this.#upgrade(fields)
        return
      }
      this.#status = status
      if (body !== true) {
        client.respond(status, statusText, fields, body)
        this.#end(undefined)
        return
      }
      this.#open = true
      client.watch(this)
      client.begin(status, statusText, fields)
      this.#begun = true
      if (client.method === 'HEAD') {
        client.end()
        this.#end('The body of a response to HEAD is not sent')
      } else {
        void this.#download()
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Becomes a WebSocket, and is over with it. What it takes is loaded with the first. */
  async #upgrade(fields: readonly string[]): Promise<void> {
    const worker = this.#worker
    this.#open = true
    this.#client.watch(this)
    try {
      const { WebSocketSession } = await import('./web-socket.js')
      if (this.#over) return
      const session = new WebSocketSession(worker, this.#id, this.#client, fields, {
        onOpen: () => {
          this.#status = 101
        },
        onEnd: (error) => {
          worker.removeSocket(session)
          if (error !== undefined) this.#report(error)
          this.#end(undefined, false, error)
        },
      })
      this.#status = 400
      this.#begun = true
      session.open()
      worker.addSocket(session)
    } catch (error) {
      this.#fail(error)
    }
  }

  async #download(): Promise<void> {
    const patience = new Patience(this.#worker.timeout)
    try {
      while (!this.#over) {
        const next = this.#worker.call('pull', [this.#id, patience.tick])
        const piece = (next instanceof Promise ? await next : next) as string | Uint8Array | null | undefined
        if (this.#over) return
        if (piece === null) patience.spend()
        else if (piece === undefined) {
          this.#client.end()
          this.#end(undefined)
        } else if (!this.#client.write(piece)) {
          await new Promise<void>((resolve) => {
            this.#drained = resolve
          })
        }
      }
    } catch (failure) {
      this.#fail(this.#worker.error(failure))
    }
  }

  #fail(error: unknown): void {
    if (this.#over) return
    this.#report(error)
    if (this.#begun) {
      // What the client has got is not all: it must not take it for that.
      this.#client.destroy()
    } else {
      this.#status = error instanceof TimeoutError ? 504 : 500
      refuse(this.#client, this.#status, this.#status === 504 ? 'Gateway Timeout' : 'Internal Server Error')
    }
    this.#end('The request failed', this.#begun, error)
  }

  #report(error: unknown): void {
    const { method, target } = this.#client
    this.#worker.errors += 1
    this.#reporter.error(error, { kind: 'request', ...whose(this.#worker), method, url: target })
  }

  /**
   * @param reason Why it is over before it was complete.
   * @param aborted The client has not got all of an answer.
   */
  #end(reason: string | undefined, aborted = false, error?: unknown): void {
    if (this.#over) return
    this.#over = true
    if (this.#open) {
      try {
        const ended = this.#worker.call('end', [this.#id, reason])
        if (ended instanceof Promise) ended.catch(() => {})
      } catch {
        // The isolate is gone, and the exchange with it.
      }
    }
    this.#worker.finish()
    if (this.#reporter.log !== undefined) this.#log(this.#reporter.log, aborted)
    this.#reporter.over(this.#worker, error)
  }

  #log(log: (entry: AccessLogEntry) => void, aborted: boolean): void {
    const { method, target } = this.#client
    const duration = performance.now() - this.#began
    log({
      method,
      url: target,
      status: this.#status,
      duration,
      ...whose(this.#worker),
      aborted,
      time: Date.now() - duration,
    })
  }
}

/** Answers without any app. */
export function refuse(client: Client, status: number, text: string, fields: readonly string[] = []): void {
  client.respond(status, text, ['content-type', 'text/plain', ...fields], text)
}

/** Names a worker, for people. */
export function whose({ number, tenant }: AppWorker): { worker: number; tenant?: string } {
  return tenant === undefined ? { worker: number } : { worker: number, tenant }
}
