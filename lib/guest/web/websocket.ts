import { defineHandler, EventTarget } from './event-target.js'
import { DOMException } from './exception.js'
import { customInspect } from './inspect.js'
import { defineConstants, platformClass } from './platform.js'
import { Connection } from './socket-connection.js'
import { SocketEnd, states } from './socket-end.js'

/**
 * A WebSocket as the guest has it. A guest has no network: it makes a pair of connected ends, keeps one and gives the other away with
 * a Response of status 101, as workerd has it. What that one gets goes out to the client.
 */

const secret = Symbol('made by the platform')
let endOf: (socket: WebSocket) => SocketEnd

/** Gives an end to a client: what is sent to it goes there. */
export function connect(socket: WebSocket, protocol: string): Connection {
  return new Connection(endOf(socket), protocol)
}

export let isWebSocket: (value: unknown) => value is WebSocket

/** @throws DOMException for one that a Response cannot have. */
export function checkFree(socket: WebSocket): void {
  endOf(socket).checkFree()
}

export class WebSocket extends EventTarget {
  readonly #end: SocketEnd

  constructor(...args: unknown[]) {
    super()
    if (args[0] !== secret) {
      throw new DOMException(
        'A guest has no network to open a WebSocket with: new WebSocketPair() makes the ends of one that a server answers with',
        'NotSupportedError',
      )
    }
    this.#end = new SocketEnd(this)
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

/** The ends of a connection within this isolate: `const [client, server] = Object.values(new WebSocketPair())`. */
export class WebSocketPair {
  readonly 0: WebSocket
  readonly 1: WebSocket

  constructor() {
    this[0] = new WebSocket(secret)
    this[1] = new WebSocket(secret)
    const ends = [endOf(this[0]), endOf(this[1])] as [SocketEnd, SocketEnd]
    ends[0].other = ends[1]
    ends[1].other = ends[0]
  }
}

platformClass(WebSocket, 'WebSocket')
platformClass(WebSocketPair, 'WebSocketPair')
defineConstants(WebSocket, {
  CONNECTING: states.connecting,
  OPEN: states.open,
  CLOSING: states.closing,
  CLOSED: states.closed,
})
for (const name of ['open', 'message', 'close', 'error']) defineHandler(WebSocket, name)
customInspect<WebSocket>(WebSocket.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  const { readyState, protocol, binaryType, bufferedAmount } = this
  return `WebSocket ${inspect({ readyState, protocol, binaryType, bufferedAmount }, options)}`
})
