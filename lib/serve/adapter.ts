import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** An app in the style of the web. */
export interface FetchApp {
  fetch(request: Request, env: unknown, context: object): Response | Promise<Response>
}

/** Has an app in the style of the web answer Node's requests, in Node itself. */
export function listenerOf(app: FetchApp, env: unknown): RequestListener {
  const context = {
    waitUntil: (promise: unknown): void => void Promise.resolve(promise).catch(rethrow),
    passThroughOnException: (): void => {},
  }
  return (req, res) => {
    void answer(app, env, context, req, res)
  }
}

function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

async function answer(
  app: FetchApp,
  env: unknown,
  context: object,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  try {
    const response = await app.fetch(requestOf(req, res), env, context)
    const headers = [...response.headers].flat()
    res.writeHead(response.status, response.statusText || undefined, headers as unknown as string[])
    if (response.body === null || req.method === 'HEAD') res.end()
    else await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), res)
  } catch (error) {
    if (res.headersSent) {
      res.destroy()
    } else {
      res.writeHead(500, { 'content-type': 'text/plain' })
      res.end('Internal Server Error')
    }
    // A client that goes away is no error of the app.
    if (!res.destroyed || !req.destroyed) process.emitWarning(error instanceof Error ? error : String(error))
  }
}

function requestOf(req: IncomingMessage, res: ServerResponse): Request {
  const { method = 'GET', url = '/', headers, rawHeaders } = req
  const controller = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) controller.abort()
  })
  const fields: [string, string][] = []
  for (let at = 0; at < rawHeaders.length; at += 2)
    fields.push([rawHeaders[at] as string, rawHeaders[at + 1] as string])
  const init: RequestInit & { duplex?: string } = { method, headers: fields, signal: controller.signal }
  if (method !== 'GET' && method !== 'HEAD') {
    init.body = Readable.toWeb(req) as unknown as NonNullable<RequestInit['body']>
    init.duplex = 'half'
  }
  return new Request(new URL(url, `http://${headers.host ?? 'localhost'}`), init)
}
