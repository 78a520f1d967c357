import type { Duplex } from 'node:stream'

/** Hears what becomes of a request that is under way. */
export interface ClientListener {
  /** More of the request's body; undefined at its end. */
  onPiece(piece: Uint8Array | undefined): void
  /** There is room for more of the response. */
  onDrain(): void
  /** The client has gone before the response was complete. */
  onGone(): void
}

/** Whoever sent a request: what came, and the way back. */
export interface Client {
  readonly method: string
  readonly target: string
  /** Names and values in turn, as they came. */
  readonly fields: readonly string[]
  /** All of the body if it is small, true for one that comes in pieces, undefined for none. */
  readonly body: Uint8Array | true | undefined
  /** Known of one that is watched. */
  readonly isGone: boolean
  /** The listener hears of it from now on, instead of another. */
  watch(listener: ClientListener): void
  /** All of a response; how its body is framed is the server's affair. */
  respond(status: number, statusText: string, fields: readonly string[], body: string | Uint8Array | undefined): void
  /** The head of a response whose body follows. */
  begin(status: number, statusText: string, fields: readonly string[]): void
  /** Whether there is room for more; else the listener hears when there is. */
  write(piece: string | Uint8Array): boolean
  end(): void
  /** Ends the connection at once, so that what has come of the response is not taken for all. */
  destroy(): void
  /** Whether the body of the request is to wait; it does at first. */
  pause(waits: boolean): void
  /**
   * Leaves HTTP: what the connection carries from now on, with what has come of it.
   *
   * @throws TypeError for a request with a body that has not all come.
   */
  upgrade(): Upgraded
}

/** A connection that has left HTTP. */
export interface Upgraded {
  readonly socket: Duplex
  readonly head: Buffer
}

/** What accepts connections on a thread. */
export interface HttpFront {
  listen(descriptor: number): Promise<void>
  /** Accepts no more, and ends each connection with its response; those that have not ended in time, then. */
  drain(milliseconds: number): Promise<void>
  connections(): Promise<number>
}

/** Milliseconds that a server gives its clients, under Node's names. */
export interface HttpTimeouts {
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
}

export interface HttpLimits extends HttpTimeouts {
  readonly maxHeaderSize: number
  readonly backlog: number
}

/** Bodies up to this size are waited for and go along with the request. */
export const smallBody = 65_536
