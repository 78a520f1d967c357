import type { IncomingMessage, ServerResponse } from 'node:http'
import { TimeoutError } from '../errors.js'
import type { Answer } from './scripts.js'
import type { AccessLogEntry, ServeErrorDetails } from './settings.js'
import type { AppWorker } from './worker.js'

/** Bodies up to this size are waited for and go along with the request. */
const smallBody = 65_536

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
  req: IncomingMessage,
  res: ServerResponse,
  reporter: Reporter,
  target: string = req.url ?? '/',
): void {
  const exchange = new Exchange(worker, req, res, reporter, target)
  const { method } = req
  if (method === 'GET' || method === 'HEAD') exchange.ask(undefined)
  else exchange.askWithBody()
}

class Exchange {
  readonly #worker: AppWorker
  readonly #id: number
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #reporter: Reporter
  readonly #target: string
  readonly #began: number
  /** The guest knows of it. */
  #open = false
  #over = false
  #watches = false

  constructor(worker: AppWorker, req: IncomingMessage, res: ServerResponse, reporter: Reporter, target: string) {
    this.#target = target
    this.#worker = worker
    this.#id = worker.begin()
    this.#req = req
    this.#res = res
    this.#reporter = reporter
    this.#began = reporter.log === undefined ? 0 : performance.now()
  }

  /** Waits for a small body; a large one, or one of unknown size, is handed over as it comes. */
  askWithBody(): void {
    const { headers } = this.#req
    const length = Number(headers['content-length'] ?? 0)
    if (headers['transfer-encoding'] !== undefined || length > smallBody) {
      this.#watch()
      this.ask(true)
      if (!this.#over) this.#upload()
      return
    }
    if (!(length > 0)) {
      this.ask(undefined)
      return
    }
    const pieces: Buffer[] = []
    this.#req.on('data', (piece: Buffer) => pieces.push(piece))
    this.#req.once('end', () => this.ask(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)))
    this.#watch()
  }

  ask(body: Uint8Array | true | undefined): void {
    if (this.#over) return
    const { method, rawHeaders } = this.#req
    let answer: unknown
    try {
      answer = this.#worker.call('handle', [this.#id, method, this.#target, rawHeaders, body])
    } catch (failure) {
      this.#fail(this.#worker.error(failure))
      return
    }
    if (answer instanceof Promise) {
      this.#open = true
      this.#watch()
      answer.then(
        (value) => this.#answer(value as Answer),
        (error) => this.#fail(error),
      )
    } else {
      this.#open = body === true
      this.#answer(answer as Answer)
    }
  }

  #answer([status, statusText, fields, body]: Answer): void {
    if (this.#over) return
    const res = this.#res
    try {
      if (body === true) {
        this.#open = true
        this.#watch()
        res.writeHead(status, statusText || undefined, withoutFraming(fields, false))
        if (this.#req.method === 'HEAD') {
          res.end()
          this.#end('The body of a response to HEAD is not sent')
        } else {
          void this.#download()
        }
        return
      }
      const given = withoutFraming(fields, body !== undefined)
      if (typeof body === 'string') given.push('content-length', String(Buffer.byteLength(body)))
      else if (body !== undefined) given.push('content-length', String(body.byteLength))
      else if (this.#req.method !== 'HEAD' && status !== 204 && status !== 304) given.push('content-length', '0')
      res.writeHead(status, statusText || undefined, given)
      res.end(body)
      this.#end(undefined)
    } catch (error) {
      this.#fail(error)
    }
  }

  async #download(): Promise<void> {
    const res = this.#res
    try {
      for (let first = true; !this.#over; first = false) {
        const next = this.#worker.call('pull', [this.#id])
        if (first && next instanceof Promise) res.flushHeaders()
        const piece = (next instanceof Promise ? await next : next) as string | Uint8Array | undefined
        if (this.#over) return
        if (piece === undefined) {
          res.end()
          this.#end(undefined)
        } else if (!res.write(piece)) {
          await new Promise<void>((resolve) => {
            const go = (): void => {
              res.off('drain', go)
              res.off('close', go)
              resolve()
            }
            res.on('drain', go)
            res.on('close', go)
          })
        }
      }
    } catch (failure) {
      this.#fail(this.#worker.error(failure))
    }
  }

  /** Hands the body over piece by piece, as fast as it is read there. */
  #upload(): void {
    const req = this.#req
    let goes = true
    const push = (piece: Uint8Array | undefined): void => {
      if (!goes || this.#over) return
      let answer: unknown
      try {
        answer = this.#worker.call('push', [this.#id, piece])
      } catch {
        answer = false
      }
      if (!(answer instanceof Promise)) {
        goes = answer === true
        return
      }
      req.pause()
      const goOn = (value: unknown): void => {
        goes = value === true
        req.resume()
      }
      answer.then(goOn, () => goOn(false))
    }
    req.on('data', push)
    // After the last piece, which may still be waiting for room, the guest takes tasks in their order.
    req.once('end', () => push(undefined))
  }

  /** A client that goes away ends the exchange. */
  #watch(): void {
    if (this.#watches) return
    this.#watches = true
    this.#res.once('close', () => {
      if (!this.#over) this.#end('The client has closed the connection')
    })
  }

  #fail(error: unknown): void {
    if (this.#over) return
    const { method = '', url = '' } = this.#req
    this.#worker.errors += 1
    this.#reporter.error(error, { kind: 'request', ...whose(this.#worker), method, url })
    const res = this.#res
    if (res.headersSent) {
      // What the client has got is not all: it must not take it for that.
      res.destroy()
    } else {
      const status = error instanceof TimeoutError ? 504 : 500
      const text = status === 504 ? 'Gateway Timeout' : 'Internal Server Error'
      refuse(res, status, text)
    }
    this.#end('The request failed', error)
  }

  /** @param reason Why it is over before it was complete. */
  #end(reason: string | undefined, error?: unknown): void {
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
    if (this.#reporter.log !== undefined) this.#log(this.#reporter.log, reason)
    this.#reporter.over(this.#worker, error)
  }

  #log(log: (entry: AccessLogEntry) => void, reason: string | undefined): void {
    const { method = '', url = '' } = this.#req
    const duration = performance.now() - this.#began
    const aborted = reason !== undefined && !this.#res.writableEnded
    const status = this.#res.statusCode
    log({ method, url, status, duration, ...whose(this.#worker), aborted, time: Date.now() - duration })
  }
}

/** Answers without any app. */
export function refuse(res: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'text/plain', 'content-length': text.length, ...headers })
  res.end(text)
}

/** Names a worker, for people. */
export function whose({ number, tenant }: AppWorker): { worker: number; tenant?: string } {
  return tenant === undefined ? { worker: number } : { worker: number, tenant }
}

/** How a body is framed is this server's affair. The fields are the exchange's own, and are changed in place. */
function withoutFraming(fields: string[], isWhole: boolean): string[] {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]
    if (name === 'transfer-encoding' || (isWhole && name === 'content-length')) {
      fields.splice(at, 2)
      at -= 2
    }
  }
  return fields
}
