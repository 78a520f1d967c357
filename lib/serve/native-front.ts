import { native } from '../runtime.js'
import type { Client, ClientListener, HttpFront, HttpLimits, Upgraded } from './client.js'
import { ClientSocket } from './client-socket.js'
import type { HttpHandle } from './natives.js'
import { systemError } from './socket.js'

/** The addon's server. Node's takes longer to carry a request to JavaScript than most apps take to answer it. */
export class NativeFront implements HttpFront {
  readonly #limits: HttpLimits
  readonly #onRequest: (client: Client) => void
  /** Those that are watched. */
  readonly #clients = new Map<number, NativeClient>()
  readonly #closed: Promise<void>
  #resolveClosed: () => void = () => {}
  #server: HttpHandle | undefined

  constructor(limits: HttpLimits, onRequest: (client: Client) => void) {
    this.#limits = limits
    this.#onRequest = onRequest
    this.#closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  async listen(descriptor: number): Promise<void> {
    const clients = this.#clients
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxHeaderSize, backlog } = this.#limits
    const onRequest = this.#onRequest
    const server = native.httpListen(
      descriptor,
      (exchange, method, target, fields, body) => {
        onRequest(new NativeClient(server as HttpHandle, clients, exchange, method, target, fields, body))
      },
      (exchange, piece) => clients.get(exchange)?.listener?.onPiece(piece),
      (exchange) => clients.get(exchange)?.listener?.onDrain(),
      (exchange) => clients.get(exchange)?.leave(),
      () => this.#resolveClosed(),
      maxHeaderSize,
      headersTimeout,
      requestTimeout,
      keepAliveTimeout,
      backlog,
    )
    if (typeof server === 'number') throw systemError(server, 'listen')
    this.#server = server
  }

  async drain(milliseconds: number): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    native.httpDrain(server)
    const late = setTimeout(() => native.httpCloseAll(server), milliseconds)
    await this.#closed
    clearTimeout(late)
  }

  async connections(): Promise<number> {
    return this.#server === undefined ? 0 : native.httpConnections(this.#server)
  }
}

class NativeClient implements Client {
  readonly method: string
  readonly target: string
  readonly fields: readonly string[]
  readonly body: Uint8Array | true | undefined
  readonly #server: HttpHandle
  readonly #all: Map<number, NativeClient>
  readonly #exchange: number
  isGone = false
  listener: ClientListener | undefined

  constructor(
    server: HttpHandle,
    all: Map<number, NativeClient>,
    exchange: number,
    method: string,
    target: string,
    fields: readonly string[],
    body: Uint8Array | true | undefined,
  ) {
    this.#server = server
    this.#all = all
    this.#exchange = exchange
    this.method = method
    this.target = target
    this.fields = fields
    this.body = body
  }

  watch(listener: ClientListener): void {
    if (this.listener === undefined) this.#all.set(this.#exchange, this)
    this.listener = listener
  }

  leave(): void {
    this.isGone = true
    this.#forget()
    this.listener?.onGone()
  }

  respond(status: number, statusText: string, fields: readonly string[], body: string | Uint8Array | undefined): void {
    native.httpRespond(this.#server, this.#exchange, status, statusText, fields, body)
    this.#forget()
  }

  begin(status: number, statusText: string, fields: readonly string[]): void {
    native.httpBegin(this.#server, this.#exchange, status, statusText, fields)
  }

  write(piece: string | Uint8Array): boolean {
    return native.httpWrite(this.#server, this.#exchange, piece)
  }

  end(): void {
    this.#forget()
    native.httpEnd(this.#server, this.#exchange)
  }

  destroy(): void {
    this.#forget()
    native.httpDestroy(this.#server, this.#exchange)
  }

  pause(waits: boolean): void {
    native.httpPause(this.#server, this.#exchange, waits)
  }

  upgrade(): Upgraded {
    native.httpUpgrade(this.#server, this.#exchange)
    return { socket: new ClientSocket(this), head: Buffer.alloc(0) }
  }

  #forget(): void {
    if (this.listener !== undefined) this.#all.delete(this.#exchange)
  }
}
