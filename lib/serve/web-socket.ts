import type { Batch, SocketItem } from '../shared/served.js'
import type { WebSocket } from '../web-sockets.js'
import type { Client } from './client.js'
import { Patience } from './patience.js'
import { Handshake } from './web-socket-handshake.js'
import type { AppWorker } from './worker.js'

/** Bytes that a slow client may leave unsent before the app's messages, and the client's own, wait. */
const mostUnsent = 2 ** 20
/** Milliseconds that a client has for its part of the closing handshake. */
const closeTimeout = 2000

/** Codes of RFC 6455, 7.4.1. */
const goingAway = 1001
const lost = 1006
const internalError = 1011

/** What a session tells whoever has it. */
export interface SocketListener {
  /** The client and the app have shaken hands. */
  onOpen(): void
  /** It is over; with what the app failed with. Once. */
  onEnd(error?: unknown): void
}

/** Carries messages between a client and the end of a WebSocket that the app of a worker has. */
export class WebSocketSession {
  readonly #worker: AppWorker
  readonly #id: number
  readonly #handshake: Handshake
  readonly #listener: SocketListener
  #socket: WebSocket | undefined
  #over = false
  #failure: unknown
  /** Calls with a message of the client that the app has not taken yet. */
  #handing = 0
  #room: (() => void) | undefined
  /** What has come before its turn. */
  readonly #batches = new Map<number, SocketItem[]>()
  #nextBatch = 0
  #isLeaving = false
  #isAlive = true
  #pings: NodeJS.Timeout | undefined

  /**
   * @param fields Those of the app's response.
   * @throws TypeError for what no handshake can say.
   */
  constructor(worker: AppWorker, id: number, client: Client, fields: readonly string[], listener: SocketListener) {
    this.#worker = worker
    this.#id = id
    this.#listener = listener
    this.#handshake = new Handshake(client, fields)
  }

  /** Shakes hands. */
  open(): void {
    const connection = this.#handshake.perform(this.#worker.webSocket, (opened) => this.#open(opened))
    // Also when the handshake fails.
    connection.once('close', () => {
      if (this.#socket === undefined) this.#end()
    })
  }

  /** Asks the client to go: it may find another server, or another worker. */
  goAway(): void {
    this.#close(goingAway, '')
  }

  #open(socket: WebSocket): void {
    this.#socket = socket
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#hand(isBinary ? data : data.toString()))
    socket.on('pong', () => {
      this.#isAlive = true
    })
    // What a client does against the protocol is its own affair, and ends with `close`.
    socket.on('error', () => {})
    socket.once('close', (code, reason) => {
      // An end without a code is a clean one; an end without the handshake is not.
      const item: SocketItem = code === lost ? [lost, '', true] : [code, reason.toString()]
      void this.#call('receive', [this.#id, item])
      this.#end()
    })
    const { pingInterval } = this.#worker.webSocket
    if (pingInterval > 0) this.#pings = setInterval(() => this.#ping(socket), pingInterval)
    this.#listener.onOpen()
    void this.#carry(socket)
  }

  /** Ends a connection whose client is gone without a word. */
  #ping(socket: WebSocket): void {
    // Nobody reads what the client may have answered.
    if (socket.isPaused) this.#isAlive = true
    if (this.#isAlive) {
      this.#isAlive = false
      socket.ping()
      return
    }
    // Its answer may have come while the thread was busy: it is read before this.
    setImmediate(() => {
      if (!this.#isAlive) socket.terminate()
    })
  }

  /** Gives the app a message, and the client what comes at that. */
  #hand(message: string | Buffer): void {
    const answer = this.#call('receive', [this.#id, message])
    if (!(answer instanceof Promise)) {
      this.#take(answer)
      return
    }
    this.#handing += 1
    this.#balance()
    void answer.then((batch) => {
      this.#handing -= 1
      this.#take(batch)
    })
  }

  /** Sends what the app sends by itself, as fast as the client takes it. */
  async #carry(socket: WebSocket): Promise<void> {
    const patience = new Patience(this.#worker.timeout)
    while (!this.#over) {
      const taken = this.#call('take', [this.#id, patience.tick])
      const batch = taken instanceof Promise ? await taken : taken
      if (batch === undefined) this.#try(() => patience.spend())
      else this.#take(batch)
      if (socket.bufferedAmount > mostUnsent) {
        await new Promise<void>((resolve) => {
          this.#room = resolve
        })
      }
    }
  }

  /** @param batch Of a guest, which may have broken its end; undefined for none. */
  #take(batch: unknown): void {
    if (this.#over) return
    this.#try(() => {
      if (batch !== undefined) this.#batches.set(...(batch as Batch))
      // What comes by a call that waited may be later here than what comes with the answer to a message.
      for (
        let next = this.#batches.get(this.#nextBatch);
        next !== undefined;
        next = this.#batches.get(this.#nextBatch)
      ) {
        this.#batches.delete(this.#nextBatch)
        this.#nextBatch += 1
        this.#send(next)
      }
    })
    this.#balance()
  }

  #try(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#fail(error)
    }
  }

  #send(items: readonly SocketItem[]): void {
    const socket = this.#socket as WebSocket
    if (items.length === 0) throw new TypeError('The app has broken its end of serve(): it sends nothing')
    for (const item of items) {
      if (Array.isArray(item)) this.#close(item[0], item[1])
      else if (typeof item !== 'string' && !(item instanceof Uint8Array))
        throw new TypeError('The app has broken its end of serve(): it sends what is no message')
      else if (socket.readyState === socket.OPEN) socket.send(item, this.#balance)
    }
  }

  /**
   * Reads the client while the app takes what it sends, and the client what the app sends: whoever is slow has the other wait, and nothing piles
   * up in between.
   */
  readonly #balance = (): void => {
    const socket = this.#socket as WebSocket
    const isFull = socket.bufferedAmount > mostUnsent
    if (!isFull) {
      this.#room?.()
      this.#room = undefined
    }
    const waits = isFull || this.#handing > 0 || this.#batches.size > 0
    if (waits !== socket.isPaused && !this.#isLeaving) {
      if (waits) socket.pause()
      else socket.resume()
    }
  }

  /** Calls the guest; a failure ends the session. */
  #call(script: 'receive' | 'take', args: readonly unknown[]): unknown {
    if (this.#over) return undefined
    try {
      const answer = this.#worker.call(script, args)
      return answer instanceof Promise ? answer.catch((error) => this.#fail(error)) : answer
    } catch (error) {
      this.#fail(error)
      return undefined
    }
  }

  #fail(failure: unknown): void {
    if (this.#over) return
    this.#failure ??= this.#worker.error(failure)
    this.#close(internalError, '')
    // What it has said may never be heard by the app: nothing is left to wait for.
    this.#end()
  }

  #close(code: number, reason: string): void {
    const socket = this.#socket
    if (socket === undefined || socket.readyState > socket.OPEN) return
    socket.close(code, reason)
    const late = setTimeout(() => socket.terminate(), closeTimeout)
    socket.once('close', () => clearTimeout(late))
    // Its part of the handshake has to be read.
    this.#isLeaving = true
    socket.resume()
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    clearInterval(this.#pings)
    this.#room?.()
    this.#listener.onEnd(this.#failure)
  }
}
