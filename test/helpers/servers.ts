import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type ServeErrorDetails, type ServeOptions, type Server, serve } from 'isolates'
import { afterEach } from 'vitest'

const open = new Set<Server>()

afterEach(async () => {
  const left = [...open]
  open.clear()
  await Promise.all(left.map((server) => server.close()))
})

/** The path of an app of the tests. */
export const app = (name: string): string => fileURLToPath(new URL(`../apps/${name}`, import.meta.url))

/** Text of an app for a tenant. */
export const answering = (body: string): string => `export default { fetch(request, env) { ${body} } }`

export interface Started {
  server: Server
  url: string
  /** What the app has failed with. */
  errors: { error: Error; details: ServeErrorDetails }[]
}

/** Serves an app of the tests at a free port, until the test is over. */
export async function start(name: string, options: Partial<ServeOptions> = {}): Promise<Started> {
  const errors: Started['errors'] = []
  const onError = (error: Error, details: ServeErrorDetails): unknown => errors.push({ error, details })
  const server = await serve({
    ...(options.tenants === undefined ? { module: app(name) } : {}),
    port: 0,
    host: '127.0.0.1',
    workers: 2,
    closeTimeout: 2000,
    onError,
    ...options,
  })
  open.add(server)
  return { server, url: server.url, errors }
}

export interface Reply {
  status: number
  headers: IncomingMessage['headers']
  text: string
}

/** One request by Node's own client, on a connection of its own. */
export function ask(url: string, options: RequestOptions = {}, body?: string | Uint8Array): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent: false, ...options }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(pieces).toString(),
        }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Asks the same again and again until told to stop: how many answers there were, and what else. */
export function load(url: string, connections = 8): { stop(): Promise<{ answers: number; failures: string[] }> } {
  let goes = true
  let answers = 0
  const failures: string[] = []
  const client = async (): Promise<void> => {
    while (goes) {
      try {
        const response = await fetch(url)
        await response.arrayBuffer()
        if (response.status === 200) answers += 1
        else failures.push(`status ${response.status}`)
      } catch (error) {
        failures.push(String((error as Error).cause ?? error))
      }
    }
  }
  const clients = Array.from({ length: connections }, client)
  return {
    async stop() {
      goes = false
      await Promise.all(clients)
      return { answers, failures }
    },
  }
}
