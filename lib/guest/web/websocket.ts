import { defineHandler, dispatch, Event, EventTarget, initOf, trusted } from './event.js'
import { ErrorEvent, MessageEvent } from './events.js'
import { DOMException } from './exception.js'
import { customInspect } from './inspect.js'
import { use } from './library.js'
import { defineConstants, platformClass } from './platform.js'

/**
 * The guest's end of a WebSocket. A guest has no network: it makes a pair of connected ends, keeps one and gives the other away with
 * a Response of status 101, as workerd has it. What that one gets goes out to the client.
 */

/** What goes from one end to the other: messages, and at last what it was closed with; unclean when the connection is just gone. */
export type Item = string | Uint8Array | Closing
/** What goes to the client at once. It comes to the host on two ways: by the number it can put them in order. */
export type Batch = [number: number, items: Item[]]
export type Closing = [code: number, reason: string, unclean?: boolean]

/** Whoever has an end instead of the guest. */
interface Owner {
  /** Bytes that were sent and have not gone out. */
  readonly waiting: number
  /** The end that the guest has sent something. */
  put(item: Item): void
}

const secret = Symbol('made by the platform')
const connecting = 0
const open = 1
const closing = 2
const closed = 3

let endOf: (socket: WebSocket) => End

/** Puts an end into a Response: its owner gets what is sent to it. */
export function giveAway(socket: WebSocket, owner: Owner, protocol: string): End {
  const end = endOf(socket)
  end.giveTo(owner, protocol)
  return end.other
}

export let isWebSocket: (value: unknown) => value is WebSocket

/** @throws DOMException for one that a Response cannot have. */
export function checkFree(socket: WebSocket): void {
  endOf(socket).checkFree()
}

export class CloseEvent extends Event {
  readonly #code: number
  readonly #reason: string
  readonly #wasClean: boolean

  constructor(...args: unknown[]) {
    super(...args)
    const { code = 0, reason = '', wasClean = false } = initOf(args[1], 'CloseEvent')
    this.#code = Number(code) & 0xffff
    this.#reason = `${reason}`
    this.#wasClean = Boolean(wasClean)
  }

  get code(): number {
    return this.#code
  }

  get reason(): string {
    return this.#reason
  }

  get wasClean(): boolean {
    return this.#wasClean
  }
}

export class WebSocket extends EventTarget {
  readonly #end: End

  constructor(...args: unknown[]) {
    super()
    if (args[0] !== secret) {
      throw new DOMException(
        'A guest has no network to open a WebSocket with: new WebSocketPair() makes the ends of one that a server answers with',
        'NotSupportedError',
      )
    }
    this.#end = new End(this)
  }

  static {
    endOf = (socket) => socket.#end
    isWebSocket = (value): value is WebSocket => typeof value === 'object' && value !== null && #end in value
  }

  /** From now on messages come as events; those that came before do at once. */
  accept(): void {
    this.#end.accept()
  }

  send(data: unknown): void {
    this.#end.send(data)
  }

  close(code?: unknown, reason?: unknown): void {
    this.#end.close(code, reason)
  }

  get readyState(): number {
    return this.#end.state
  }

  get bufferedAmount(): number {
    return this.#end.bufferedAmount
  }

  get binaryType(): string {
    return this.#end.binaryType
  }

  set binaryType(value: unknown) {
    // Other values are ignored, as Web IDL has it for enumerations.
    if (value === 'blob' || value === 'arraybuffer') this.#end.binaryType = value
  }

  get protocol(): string {
    return this.#end.protocol
  }

  get extensions(): string {
    return ''
  }

  get url(): string {
    return ''
  }
}

/** The state of a WebSocket, which only the platform reaches. */
class End {
  readonly #socket: WebSocket
  /** Set as soon as both are there. */
  other!: End
  state = open
  protocol = ''
  binaryType: 'arraybuffer' | 'blob' = 'arraybuffer'
  #accepted = false
  #owner: Owner | undefined
  /** Sent to it, and not yet told as events. */
  #inbox: Item[] = []
  #scheduled = false

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  get bufferedAmount(): number {
    return this.other.#owner?.waiting ?? 0
  }

  checkFree(): void {
    if (this.#owner !== undefined || this.#accepted) {
      const why = this.#accepted ? 'was accepted by the app' : 'is in another Response'
      throw new DOMException(
        `The WebSocket ${why}: a Response needs the other end of a WebSocketPair`,
        'InvalidStateError',
      )
    }
  }

  giveTo(owner: Owner, protocol: string): void {
    this.checkFree()
    this.#owner = owner
    this.other.protocol = protocol
    for (const item of this.#inbox.splice(0)) owner.put(item)
  }

  accept(): void {
    if (this.#owner !== undefined) {
      throw new DOMException('The WebSocket belongs to a Response: accept the other end', 'InvalidStateError')
    }
    this.#accepted = true
    this.#schedule()
  }

  send(data: unknown): void {
    this.#checkAccepted('send')
    const item = messageOf(data)
    // As in browsers: nobody is there to get it.
    if (this.state === open) this.other.#put(item)
  }

  close(code: unknown, reason: unknown): void {
    this.#checkAccepted('close')
    const item = closingOf(code, reason)
    if (this.state !== open) return
    this.state = closing
    this.other.#put(item)
  }

  #checkAccepted(what: string): void {
    if (!this.#accepted) {
      throw new DOMException(`accept() of the WebSocket must be called before ${what}()`, 'InvalidStateError')
    }
  }

  #put(item: Item): void {
    if (this.#owner !== undefined) this.#owner.put(item)
    else {
      this.#inbox.push(item)
      this.#schedule()
    }
  }

  #schedule(): void {
    if (!this.#accepted || this.#scheduled || this.#inbox.length === 0) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#tell()
    })
  }

  /** From the client: told within the call. */
  receive(item: Item): void {
    this.#inbox.push(item)
    if (this.#accepted) this.#tell()
  }

  #tell(): void {
    while (this.#inbox.length > 0) {
      const item = this.#inbox.shift() as Item
      if (Array.isArray(item)) {
        // Whoever is told that the other has closed has closed as well.
        const [code, reason, unclean = false] = item
        if (this.state === open) this.other.#put([code, reason])
        this.#finish(code, reason, !unclean)
      } else if (this.state !== closed) {
        const data = typeof item === 'string' ? item : binary(item, this.binaryType)
        dispatch(this.#socket, trusted(new MessageEvent('message', { data })))
      }
    }
  }

  #finish(code: number, reason: string, wasClean: boolean): void {
    if (this.state === closed) return
    this.state = closed
    if (!wasClean) {
      const message = reason === '' ? 'The connection was lost' : reason
      dispatch(this.#socket, trusted(new ErrorEvent('error', { message, error: new Error(message) })))
    }
    dispatch(this.#socket, trusted(new CloseEvent('close', { code, reason, wasClean })))
  }
}

/** The ends of a connection within this isolate: `const [client, server] = Object.values(new WebSocketPair())`. */
export class WebSocketPair {
  readonly 0: WebSocket
  readonly 1: WebSocket

  constructor() {
    this[0] = new WebSocket(secret)
    this[1] = new WebSocket(secret)
    const ends = [endOf(this[0]), endOf(this[1])] as [End, End]
    ends[0].other = ends[1]
    ends[1].other = ends[0]
  }
}

/**
 * A WebSocket's way to its client: what the app sends is fetched by the host, or goes along with the answer to what the
 * client has sent.
 */
export class Connection implements Owner {
  readonly #end: End
  #out: Item[] = []
  #bytes = 0
  #taker: ((batch: Batch | undefined) => void) | undefined
  /** A call of the host's is under way that takes all with it. */
  #called = false
  #scheduled = false
  #batches = 0

  constructor(given: WebSocket, protocol: string) {
    this.#end = giveAway(given, this, protocol)
  }

  get waiting(): number {
    return this.#bytes
  }

  put(item: Item): void {
    this.#out.push(item)
    this.#bytes += sizeOf(item)
    if (this.#called || this.#taker === undefined || this.#scheduled) return
    this.#scheduled = true
    // What is sent in one go leaves in one go.
    queueMicrotask(() => {
      this.#scheduled = false
      if (this.#out.length === 0) return
      const taker = this.#taker
      this.#taker = undefined
      taker?.(this.#empty())
    })
  }

  /** What the client has sent, or how it has gone; gives what the app sends at that. */
  receive(item: Item): Batch | undefined {
    this.#called = true
    try {
      this.#end.receive(item)
    } finally {
      this.#called = false
    }
    return this.#out.length === 0 ? undefined : this.#empty()
  }

  /** What the app sends next; undefined after `endTake()`. One call at a time. */
  take(): Batch | Promise<Batch | undefined> {
    if (this.#out.length > 0) return this.#empty()
    return new Promise((resolve) => {
      this.#taker = resolve
    })
  }

  endTake(): void {
    const taker = this.#taker
    this.#taker = undefined
    taker?.(undefined)
  }

  #empty(): Batch {
    const items = this.#out
    this.#out = []
    this.#bytes = 0
    return [this.#batches++, items]
  }
}

function sizeOf(item: Item): number {
  return Array.isArray(item) ? 0 : item.length
}

function messageOf(data: unknown): string | Uint8Array {
  if (typeof data === 'string') return data.toWellFormed()
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength).slice()
  }
  if (data instanceof ArrayBuffer) return new Uint8Array(data).slice()
  if ((use('blob') as { isBlob(value: unknown): boolean }).isBlob(data)) {
    throw new TypeError(
      'A WebSocket sends text, an ArrayBuffer or a view of one; await blob.bytes() for those of a Blob',
    )
  }
  return `${data}`.toWellFormed()
}

function binary(bytes: Uint8Array, type: 'arraybuffer' | 'blob'): unknown {
  if (type === 'blob') return new (use('blob') as { Blob: new (parts: unknown[]) => unknown }).Blob([bytes])
  const { buffer, byteOffset, byteLength } = bytes
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)
}

/** Codes that stand for what was not said, and are never sent. */
const unspoken: ReadonlySet<number> = new Set([1004, 1005, 1006, 1015])
const mostReason = 123

function closingOf(givenCode: unknown, givenReason: unknown): Closing {
  const code = givenCode === undefined ? 1000 : Math.trunc(Number(givenCode))
  if (!(code >= 1000 && code <= 4999) || unspoken.has(code)) {
    throw new DOMException(
      `The code that a WebSocket is closed with must be from 1000 to 4999, and not one that is never sent: ${givenCode}`,
      'InvalidAccessError',
    )
  }
  const reason = givenReason === undefined ? '' : `${givenReason}`.toWellFormed()
  const { TextEncoder } = use('encoding') as { TextEncoder: new () => { encode(text: string): Uint8Array } }
  if (reason.length * 3 > mostReason && new TextEncoder().encode(reason).length > mostReason) {
    throw new DOMException(`The reason that a WebSocket is closed with has at most ${mostReason} bytes`, 'SyntaxError')
  }
  return [code, reason]
}

platformClass(CloseEvent, 'CloseEvent')
platformClass(WebSocket, 'WebSocket')
platformClass(WebSocketPair, 'WebSocketPair')
defineConstants(WebSocket, { CONNECTING: connecting, OPEN: open, CLOSING: closing, CLOSED: closed })
for (const name of ['open', 'message', 'close', 'error']) defineHandler(WebSocket, name)
customInspect<WebSocket>(WebSocket.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  const { readyState, protocol, binaryType, bufferedAmount } = this
  return `WebSocket ${inspect({ readyState, protocol, binaryType, bufferedAmount }, options)}`
})
