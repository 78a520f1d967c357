import type { SocketItem } from '../../shared/served.js'
import { trusted } from './event.js'
import { dispatch, type EventTarget } from './event-target.js'
import { CloseEvent, ErrorEvent, MessageEvent } from './events.js'
import { DOMException } from './exception.js'
import { closingOf, dataOf, messageOf } from './socket-data.js'

export const states = { connecting: 0, open: 1, closing: 2, closed: 3 } as const

/** Whoever has an end instead of the guest. */
export interface Owner {
  /** Bytes that were sent and have not gone out. */
  readonly waiting: number
  /** The end that the guest has sent something. */
  put(item: SocketItem): void
}

/** The state of a WebSocket, which only the platform reaches. */
export class SocketEnd {
  readonly #socket: EventTarget
  /** Set as soon as both are there. */
  other!: SocketEnd
  state: number = states.open
  protocol = ''
  binaryType: 'arraybuffer' | 'blob' = 'arraybuffer'
  #accepted = false
  #owner: Owner | undefined
  /** Sent to it, and not yet told as events. */
  #inbox: SocketItem[] = []
  #scheduled = false

  constructor(socket: EventTarget) {
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
    if (this.state === states.open) this.other.#put(item)
  }

  close(code: unknown, reason: unknown): void {
    this.#checkAccepted('close')
    const item = closingOf(code, reason)
    if (this.state !== states.open) return
    this.state = states.closing
    this.other.#put(item)
  }

  #checkAccepted(what: string): void {
    if (!this.#accepted) {
      throw new DOMException(`accept() of the WebSocket must be called before ${what}()`, 'InvalidStateError')
    }
  }

  #put(item: SocketItem): void {
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
  receive(item: SocketItem): void {
    this.#inbox.push(item)
    if (this.#accepted) this.#tell()
  }

  #tell(): void {
    while (this.#inbox.length > 0) {
      const item = this.#inbox.shift() as SocketItem
      if (Array.isArray(item)) {
        // Whoever is told that the other has closed has closed as well.
        const [code, reason, unclean = false] = item
        if (this.state === states.open) this.other.#put([code, reason])
        this.#finish(code, reason, !unclean)
      } else if (this.state !== states.closed) {
        const data = typeof item === 'string' ? item : dataOf(item, this.binaryType)
        dispatch(this.#socket, trusted(new MessageEvent('message', { data })))
      }
    }
  }

  #finish(code: number, reason: string, wasClean: boolean): void {
    if (this.state === states.closed) return
    this.state = states.closed
    if (!wasClean) {
      const message = reason === '' ? 'The connection was lost' : reason
      dispatch(this.#socket, trusted(new ErrorEvent('error', { message, error: new Error(message) })))
    }
    dispatch(this.#socket, trusted(new CloseEvent('close', { code, reason, wasClean })))
  }
}
