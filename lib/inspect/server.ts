import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from '../web-sockets.js'
import { type Inspected, InspectorConnection } from './connection.js'

/** What `isolate.openInspector()` takes. */
export interface InspectorOptions {
  /** Default: 0, any that is free. */
  port?: number
  /**
   * Address to listen on. Who reaches it can run code in the isolate and read all of its memory. Default: 127.0.0.1, for
   * programs of this machine only.
   */
  host?: string
}

/** Where debuggers attach to one isolate; `isolate.openInspector()` gives it. */
export interface InspectorServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** For debuggers that take the address of a WebSocket. */
  readonly url: string
  /** For the address bar of Chrome. */
  readonly devtoolsUrl: string
  /** Resolves when a debugger has attached and is ready to see code run. */
  readonly attached: Promise<void>
  /** Ends it, and the sessions of the debuggers. So does the end of the isolate. */
  close(): Promise<void>
}

/** The messages of DevTools are long: sources, profiles. */
const mostBytes = 2 ** 28

export async function openInspector(inspected: Inspected, options: InspectorOptions): Promise<InspectorServer> {
  const { port = 0, host = '127.0.0.1' } = options
  // V8 knows the scripts that are compiled while it has a session.
  const keeper = new InspectorConnection(
    inspected,
    () => {},
    () => {},
  )
  const target = randomUUID()
  const sockets = new WebSocketServer({ noServer: true, maxPayload: mostBytes, perMessageDeflate: false })
  let ready: () => void = () => {}
  const attached = new Promise<void>((resolve) => {
    ready = resolve
  })
  const server = createServer((request, response) => answer(request, response, inspected, target))
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!isAllowed(request) || request.url !== `/${target}`) {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => attach(client, inspected, ready))
  })
  try {
    await listen(server, port, host)
  } catch (error) {
    keeper.close()
    throw error
  }
  // A debugger keeps no program from its end, as with Node's own inspector.
  server.unref()
  server.on('connection', (socket) => socket.unref())
  const address = server.address() as AddressInfo
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    keeper.close()
    closing ??= new Promise((resolve) => {
      for (const client of sockets.clients) client.close(1001)
      for (const client of sockets.clients) client.terminate()
      server.close(() => resolve())
      server.closeAllConnections()
    })
    return closing
  }
  void inspected.closed.then(close)
  const where = `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}/${target}`
  return {
    host: address.address,
    port: address.port,
    url: `ws://${where}`,
    devtoolsUrl: devtoolsUrl(where),
    attached,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function attach(client: WebSocket, inspected: Inspected, ready: () => void): void {
  let connection: InspectorConnection
  try {
    connection = new InspectorConnection(
      inspected,
      (message) => client.send(message),
      () => client.close(1000),
    )
  } catch {
    // The isolate has ended in this moment.
    client.close(1000)
    return
  }
  client.on('message', (data: Buffer) => {
    const message = data.toString()
    connection.send(message)
    // With this a debugger says that it has told all it has to tell before code runs.
    if (message.includes('"Runtime.runIfWaitingForDebugger"')) ready()
  })
  client.on('close', () => connection.close())
  client.on('error', () => connection.close())
}

function devtoolsUrl(where: string): string {
  return `devtools://devtools/bundled/js_app.html?v8only=true&ws=${where}`
}

/** Web pages that have their own name stand for this address must not get in. */
function isAllowed({ headers }: IncomingMessage): boolean {
  const name = (headers.host ?? '').replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')
  return isIP(name) !== 0 || name === 'localhost'
}

function answer(request: IncomingMessage, response: ServerResponse, inspected: Inspected, target: string): void {
  if (!isAllowed(request)) {
    response.writeHead(400).end('The header Host must be an address or localhost')
    return
  }
  const where = `${request.headers.host}/${target}`
  const { name } = inspected.residence
  const pages: Record<string, unknown> = {
    '/json/version': { Browser: `node.js/${process.version}`, 'Protocol-Version': '1.1' },
    '/json/list': [
      {
        description: 'isolate',
        devtoolsFrontendUrl: devtoolsUrl(where),
        id: target,
        title: name,
        type: 'node',
        url: 'file://',
        webSocketDebuggerUrl: `ws://${where}`,
      },
    ],
  }
  const path = (request.url ?? '').replace(/\?.*$/, '').replace(/\/$/, '')
  const page = pages[path === '/json' ? '/json/list' : path]
  if (page === undefined) response.writeHead(404).end()
  else response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(page, null, 2))
}
