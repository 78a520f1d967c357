import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type Client,
  type ClientListener,
  type HttpFront,
  type HttpLimits,
  smallBody,
  type Upgraded,
} from './client.js'

/** Node's own server, where the addon's cannot be: that needs the parser of the running Node. */
export class NodeFront implements HttpFront {
  readonly #server: Server
  readonly #backlog: number
  /** Connections of which Node's server knows nothing any more. */
  readonly #upgraded = new Set<Duplex>()
  #draining = false

  constructor(limits: HttpLimits, onRequest: (client: Client) => void) {
    this.#backlog = limits.backlog
    this.#server = createServer({ ...limits }, (req, res) => {
      if (this.#draining) res.shouldKeepAlive = false
      receive(req, res, onRequest)
    })
    this.#server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgraded.add(socket)
      socket.once('close', () => this.#upgraded.delete(socket))
      // Nobody else listens, and an error there is the end of the connection.
      socket.on('error', () => {})
      const res = new ServerResponse(req)
      res.shouldKeepAlive = false
      res.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0])
      res.once('finish', () => socket.end())
      if (hasBody(req)) {
        // Node has stopped reading HTTP here.
        res.writeHead(501)
        res.end()
      } else onRequest(new NodeClient(req, res, undefined, head))
    })
  }

  listen(descriptor: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ fd: descriptor, backlog: this.#backlog }, resolve)
    })
  }

  async drain(milliseconds: number): Promise<void> {
    this.#draining = true
    // Connections at rest are closed; the others end with their response.
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    const late = setTimeout(() => {
      this.#server.closeAllConnections()
      for (const socket of this.#upgraded) socket.destroy()
    }, milliseconds)
    await closed
    clearTimeout(late)
  }

  connections(): Promise<number> {
    return new Promise((resolve) => this.#server.getConnections((_error, count) => resolve(count)))
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Waits for a small body; a large one, or one of unknown size, is handed over as it comes. */
function receive(req: IncomingMessage, res: ServerResponse, onRequest: (client: Client) => void): void {
  const { headers } = req
  const length = Number(headers['content-length'] ?? 0)
  if (headers['transfer-encoding'] !== undefined || length > smallBody) onRequest(new NodeClient(req, res, true))
  else if (length > 0) {
    const pieces: Buffer[] = []
    req.on('data', (piece: Buffer) => pieces.push(piece))
    req.once('end', () => onRequest(new NodeClient(req, res, Buffer.concat(pieces))))
  } else onRequest(new NodeClient(req, res, undefined))
}

class NodeClient implements Client {
  readonly method: string
  readonly target: string
  readonly fields: readonly string[]
  readonly body: Uint8Array | true | undefined
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  /** What has come after the request, where that asks for another protocol. */
  readonly #head: Buffer | undefined
  #listener: ClientListener | undefined

  constructor(req: IncomingMessage, res: ServerResponse, body: Uint8Array | true | undefined, head?: Buffer) {
    this.method = req.method ?? ''
    this.target = req.url ?? '/'
    this.fields = req.rawHeaders
    this.body = body
    this.#req = req
    this.#res = res
    this.#head = head
  }

  get isGone(): boolean {
    return this.#res.destroyed
  }

  watch(listener: ClientListener): void {
    if (this.#listener === undefined) {
      this.#res.once('close', () => {
        if (!this.#res.writableEnded) this.#listener?.onGone()
      })
      this.#res.on('drain', () => this.#listener?.onDrain())
      if (this.body === true) {
        this.#req.pause()
        this.#req.on('data', (piece: Buffer) => this.#listener?.onPiece(piece))
        this.#req.once('end', () => this.#listener?.onPiece(undefined))
      }
    }
    this.#listener = listener
  }

  respond(status: number, statusText: string, fields: readonly string[], body: string | Uint8Array | undefined): void {
    const res = this.#res
    const given = withoutFraming(fields, body !== undefined)
    if (body !== undefined) given.push('content-length', String(Buffer.byteLength(body)))
    else if (this.method !== 'HEAD' && status !== 204 && status !== 304) given.push('content-length', '0')
    res.writeHead(status, statusText || undefined, given)
    res.end(body)
  }

  begin(status: number, statusText: string, fields: readonly string[]): void {
    this.#res.strictContentLength = true
    this.#res.writeHead(status, statusText || undefined, withoutFraming(fields, false))
    this.#res.flushHeaders()
  }

  write(piece: string | Uint8Array): boolean {
    return this.#res.write(piece)
  }

  end(): void {
    this.#res.end()
  }

  destroy(): void {
    this.#res.destroy()
  }

  pause(waits: boolean): void {
    if (waits) this.#req.pause()
    else this.#req.resume()
  }

  upgrade(): Upgraded {
    const { socket } = this.#res
    if (this.#head === undefined || socket === null) throw new TypeError('The request asks for no other protocol')
    this.#listener = undefined
    this.#res.detachSocket(socket)
    return { socket, head: this.#head }
  }
}

/** How a body is framed is this server's affair. */
function withoutFraming(fields: readonly string[], isWhole: boolean): string[] {
  const kept: string[] = []
  for (let at = 0; at < fields.length; at += 2) {
    const name = (fields[at] as string).toLowerCase()
    if (name !== 'transfer-encoding' && !(isWhole && name === 'content-length'))
      kept.push(fields[at] as string, fields[at + 1] as string)
  }
  return kept
}
