/** A server of the addon's on this thread's loop. */
export interface HttpHandle {
  readonly brand: unique symbol
}

/**
 * The addon's HTTP/1.1 server. An exchange is a request with its response; to one that is over nothing happens. What HTTP has no way to
 * write is thrown as a TypeError.
 */
export interface HttpNatives {
  /** Whether this Node lets others use its parser. */
  httpAvailable(): boolean
  /**
   * Takes the descriptor over. The server, or an error number of libuv below 0.
   *
   * @param request The body is there as a whole, or true: then `body` is called with its pieces, and with nothing at its end.
   * @param drain There is room again for what is written.
   * @param aborted The client has gone before the response was complete.
   * @param closed After `httpDrain`, when the last connection has ended.
   * @param rest Milliseconds that a client may keep a connection at which nothing happens.
   */
  httpListen(
    descriptor: number,
    request: (
      exchange: number,
      method: string,
      target: string,
      fields: readonly string[],
      body: Uint8Array | true | undefined,
    ) => void,
    body: (exchange: number, piece: Uint8Array | undefined) => void,
    drain: (exchange: number) => void,
    aborted: (exchange: number) => void,
    closed: () => void,
    maxHead: number,
    headTimeout: number,
    requestTimeout: number,
    rest: number,
    backlog: number,
  ): HttpHandle | number
  httpRespond(
    server: HttpHandle,
    exchange: number,
    status: number,
    statusText: string,
    fields: readonly string[],
    body: string | Uint8Array | undefined,
  ): void
  httpBegin(server: HttpHandle, exchange: number, status: number, statusText: string, fields: readonly string[]): void
  /** Whether there is room for more. */
  httpWrite(server: HttpHandle, exchange: number, piece: string | Uint8Array): boolean
  httpEnd(server: HttpHandle, exchange: number): void
  httpDestroy(server: HttpHandle, exchange: number): void
  /**
   * Leaves HTTP: until `httpEnd`, what is written goes out as it is, and what comes goes to `body` from when `httpPause` lets it.
   *
   * @throws TypeError for a request whose body has not all come.
   */
  httpUpgrade(server: HttpHandle, exchange: number): void
  /** Whether the body of the request is to wait. */
  httpPause(server: HttpHandle, exchange: number, waits: boolean): void
  /** Accepts no more, and lets each connection end with its response. */
  httpDrain(server: HttpHandle): void
  httpCloseAll(server: HttpHandle): void
  httpConnections(server: HttpHandle): number
}
