import type { Answer, Batch, SocketItem } from '../../shared/served.js'
import { DOMException } from './exception.js'
import { fieldsOf, type Headers } from './headers.js'
import { use } from './library.js'
import { abortRequest, bodyOfMessage, isResponse, makeRequest, type Request, type Response } from './message.js'
import { urlOf } from './request-url.js'
import { Upload } from './upload.js'
import { endInTime } from './waits.js'
import type { WebSocket } from './websocket.js'

/**
 * The guest's end of `serve()`: makes a Request of what came, has the app answer it, and takes the Response apart. The host
 * calls these functions (lib/serve/scripts.ts); what they return settles within the call wherever the app does.
 */
type Streams = typeof import('./streams.js')
type Stream = InstanceType<Streams['ReadableStream']>
type WebSockets = typeof import('./websocket.js')
type Connection = ReturnType<WebSockets['connect']>
type Reading = Promise<{ done: boolean; value?: unknown }>

/** What came with the request: nothing, all of it, or true for what is pushed. */
type Incoming = Uint8Array | true | undefined
type Handler = (request: Request, env: unknown, context: Context) => unknown

/** A request that is not over: it waits for its answer, or bodies are under way. */
interface Exchange {
  readonly request: Request
  readonly upload: Upload | undefined
  download: { read(): Reading; cancel(reason?: unknown): Promise<void> } | undefined
  /** Of the body, where a piece has been asked for. */
  reading: Reading | undefined
  socket: Connection | undefined
  answered: boolean
}

const exchanges = new Map<number, Exchange>()
const background = new Set<Promise<unknown>>()
let app: object | undefined
let handler: Handler
let env: unknown

/** What a handler finds as its third argument. */
class Context {
  /** Has the worker stay until the promise has settled, also when the response is out and the server closes. */
  waitUntil(promise: unknown): void {
    const settled: Promise<void> = Promise.resolve(promise)
      .then(undefined, (error) => {
        // Nobody else is told of it.
        ;(globalThis as unknown as { reportError(error: unknown): void }).reportError(error)
      })
      .then(() => {
        background.delete(settled)
      })
    background.add(settled)
  }

  /** Of no use here: there is nobody behind this server whom a request could be passed through to. */
  passThroughOnException(): void {}
}

const context = new Context()

/**
 * Takes the app out of a module: its default export, or itself.
 *
 * @returns What kind of thing it exports, when it is not an object with a method `fetch`.
 */
export function start(module: { default?: unknown; fetch?: unknown }, given: unknown): string | undefined {
  const exported = module.default ?? module
  if (typeof (exported as { fetch?: unknown } | null)?.fetch === 'function') app = exported as object
  else if (typeof module.fetch === 'function') app = module
  else return typeof exported === 'function' ? 'a function' : `${exported === null ? 'null' : typeof exported}`
  handler = (app as { fetch: Handler }).fetch
  env = given
  return undefined
}

export function handle(
  id: number,
  method: string,
  target: string,
  fields: readonly string[],
  incoming: Incoming,
): Answer | Promise<Answer> {
  const upload = incoming === true ? new Upload() : undefined
  const content = incoming === true ? (upload as Upload).stream : incoming
  const request = makeRequest(method, urlOf(target, fields), fields, content)
  const exchange: Exchange = {
    request,
    upload,
    download: undefined,
    reading: undefined,
    socket: undefined,
    answered: false,
  }
  if (upload !== undefined) exchanges.set(id, exchange)
  const answer = Reflect.apply(handler, app, [request, env, context])
  if (isResponse(answer)) return encode(id, exchange, answer)
  exchanges.set(id, exchange)
  return later(id, exchange, answer)
}

async function later(id: number, exchange: Exchange, answer: unknown): Promise<Answer> {
  try {
    return encode(id, exchange, await answer)
  } catch (error) {
    exchanges.delete(id)
    throw error
  }
}

function encode(id: number, exchange: Exchange, answer: unknown): Answer {
  exchange.answered = true
  if (!isResponse(answer)) throw new TypeError(`fetch() of the app must give a Response, got ${describe(answer)}`)
  const { status, statusText, headers } = answer as Response & { status: number; statusText: string }
  if (status === 0) throw new TypeError('fetch() of the app gave Response.error()')
  if (status === 101) return upgrade(id, exchange, answer as Response)
  const body = bodyOfMessage(answer)
  const content = body?.takeContent()
  if (content === undefined || typeof content === 'string' || content instanceof Uint8Array) {
    if (exchange.upload === undefined) exchanges.delete(id)
    return [status, statusText, fieldsOf(headers), content]
  }
  exchange.download = (content as Stream).getReader() as unknown as Exchange['download']
  exchanges.set(id, exchange)
  return [status, statusText, fieldsOf(headers), true]
}

/** From now on the exchange is a WebSocket. */
function upgrade(id: number, exchange: Exchange, response: Response): Answer {
  const { statusText, headers, webSocket } = response as Response & { headers: Headers; webSocket: WebSocket }
  const asked = (exchange.request as Request & { headers: Headers }).headers.get('upgrade')
  if (asked?.toLowerCase() !== 'websocket') {
    throw new TypeError(
      'fetch() of the app gave a webSocket to a request that does not ask for one (Upgrade: websocket)',
    )
  }
  const { connect } = use('websocket') as unknown as WebSockets
  exchange.socket = connect(webSocket, headers.get('sec-websocket-protocol') ?? '')
  exchanges.set(id, exchange)
  return [101, statusText, fieldsOf(headers), undefined]
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return `an instance of ${value.constructor?.name ?? 'Object'}`
}

/** The next piece of a response's body; undefined at its end, null when there is none yet. */
export async function pull(id: number, tick: number): Promise<unknown> {
  const exchange = exchanges.get(id)
  if (exchange?.download === undefined) return undefined
  exchange.reading ??= exchange.download.read()
  const read = await readInTime(exchange.reading, tick)
  if (read === undefined) return null
  exchange.reading = undefined
  const { done, value } = read
  if (done) return undefined
  if (typeof value === 'string') return value
  if (!ArrayBuffer.isView(value)) throw new TypeError('The body of a Response must be made of Uint8Arrays')
  return value
}

/** A piece of a request's body, undefined for its end. False when nobody reads on; a promise when there is no room. */
export function push(id: number, piece: Uint8Array | undefined): boolean | Promise<boolean> {
  return exchanges.get(id)?.upload?.push(piece) ?? false
}

/** A message of a client to a WebSocket, or how it has gone; gives what the app sends at that. */
export function receive(id: number, item: SocketItem): Batch | undefined {
  return exchanges.get(id)?.socket?.receive(item)
}

/** What the app sends next by a WebSocket; undefined when there is nothing yet. */
export function take(id: number, tick: number): Batch | undefined | Promise<Batch | undefined> {
  const socket = exchanges.get(id)?.socket
  const batch = socket?.take()
  if (batch instanceof Promise) void batch.then(endInTime(() => socket?.endTake(), tick))
  return batch
}

/** The exchange is over; with a reason, before it was complete. */
export function end(id: number, reason: string | undefined): void {
  const exchange = exchanges.get(id)
  if (exchange === undefined) return
  exchanges.delete(id)
  const error = new DOMException(reason ?? 'The response is complete', 'AbortError')
  exchange.upload?.fail(error)
  exchange.socket?.receive([1006, '', true])
  if (reason === undefined) return
  exchange.download?.cancel(error).catch(() => {})
  abortRequest(exchange.request, error)
}

/** Settles when nothing is left that `waitUntil` was given. */
export async function settle(): Promise<void> {
  while (background.size > 0) await Promise.allSettled([...background])
}

function readInTime(reading: Reading, tick: number): Promise<Awaited<Reading> | undefined> {
  return new Promise((resolve, reject) => {
    const over = endInTime(() => resolve(undefined), tick)
    reading.then(resolve, reject).finally(over)
  })
}
