import { type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from '../web-sockets.js'
import type { Client } from './client.js'
import type { WebSocketSettings } from './settings.js'

/** The request of a handshake, with what is to be answered. */
interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  /** What the app speaks. */
  readonly protocol: string | undefined
  /** Lines of the app's response. */
  readonly lines: readonly string[]
}

// All WebSockets of a thread have the same settings.
let server: WebSocketServer | undefined

function serverFor({ maxPayload, perMessageDeflate }: WebSocketSettings): WebSocketServer {
  if (server !== undefined) return server
  const asked = (request: IncomingMessage): Asked => request as unknown as Asked
  const handleProtocols = (_: Set<string>, request: IncomingMessage): string | false => asked(request).protocol ?? false
  server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload,
    perMessageDeflate,
    handleProtocols,
  })
  server.on('headers', (lines, request) => lines.push(...asked(request).lines))
  return server
}

/** The change of a client's connection from HTTP to a WebSocket. */
export class Handshake {
  readonly #client: Client
  readonly #asked: Asked

  /**
   * @param fields Those of the app's response, whose guest may have broken its end.
   * @throws TypeError for what no handshake can say.
   */
  constructor(client: Client, fields: readonly string[]) {
    const headers = headersOf(client.fields)
    let protocol: string | undefined
    const lines: string[] = []
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] as string
      const value = fields[at + 1] as string
      validateHeaderName(name)
      validateHeaderValue(name, value)
      if (name.toLowerCase() === 'sec-websocket-protocol') protocol = value
      else if (!ofHandshake.has(name.toLowerCase())) lines.push(`${name}: ${value}`)
    }
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim())
    if (protocol !== undefined && !offered.includes(protocol))
      throw new TypeError(`The app speaks the protocol ${protocol}, which the client has not offered`)
    this.#client = client
    this.#asked = { method: client.method, url: client.target, headers, protocol, lines }
  }

  /**
   * Answers the client, also where it has asked for what there is not; then nothing is opened.
   *
   * @returns The connection.
   */
  perform(settings: WebSocketSettings, opened: (socket: WebSocket) => void): Duplex {
    const { socket, head } = this.#client.upgrade()
    serverFor(settings).handleUpgrade(this.#asked as unknown as IncomingMessage, socket, head, opened)
    return socket
  }
}

const ofHandshake: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'transfer-encoding',
  'upgrade',
])

/** As Node has them: by small names, and those that come more than once as one. */
function headersOf(fields: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let at = 0; at < fields.length; at += 2) {
    const name = (fields[at] as string).toLowerCase()
    const value = fields[at + 1] as string
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}
