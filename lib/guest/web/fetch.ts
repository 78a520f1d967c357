import { Headers } from './headers.js'
import { bodyOfMessage, makeResponse, Request } from './message.js'
import { ReadableStream } from './streams.js'

/** The functions of the host behind `fetch`: see lib/web/fetch.ts. */
interface Host {
  send(asked: object, options: { signal: unknown }): Promise<Answered>
  read(number: number): Promise<AsyncIterableIterator<Uint8Array>>
  drop(number: number): Promise<void>
}

interface Answered {
  status: number
  statusText: string
  headers: [string, string][]
  url: string
  redirected: boolean
  body: number | undefined
}

/** Has the host carry a request out. */
export async function fetchBy(host: Host, ...args: unknown[]): Promise<unknown> {
  const request = new Request(...args)
  const { url, method, headers, redirect, signal } = request
  signal.throwIfAborted()
  const body = bodyOfMessage(request)
  const asked = {
    url,
    method,
    headers: [...headers],
    redirect,
    body: body === undefined ? null : await body.consume(),
  }
  const answered = await host.send(asked, { signal })
  const { status, statusText, redirected } = answered
  return makeResponse({
    type: 'basic',
    status,
    statusText,
    redirected,
    url: answered.url,
    headers: new Headers(answered.headers),
    body:
      answered.body === undefined
        ? undefined
        : new ReadableStream(new Source(host, answered.body), { highWaterMark: 0 }),
  })
}

/** A body that the host hands over as it is read. */
class Source {
  readonly #host: Host
  readonly #number: number
  #pieces: AsyncIterableIterator<Uint8Array> | undefined

  constructor(host: Host, number: number) {
    this.#host = host
    this.#number = number
    // A response that nobody reads must not keep a connection.
    unread.register(this, { host, number }, this)
  }

  async pull(controller: { enqueue(piece: Uint8Array): void; close(): void }): Promise<void> {
    unread.unregister(this)
    this.#pieces ??= await this.#host.read(this.#number)
    const { done, value } = await this.#pieces.next()
    if (done) controller.close()
    else controller.enqueue(value)
  }

  async cancel(): Promise<void> {
    unread.unregister(this)
    if (this.#pieces === undefined) await this.#host.drop(this.#number)
    else await this.#pieces.return?.()
  }
}

const unread = new FinalizationRegistry<{ host: Host; number: number }>(({ host, number }) => {
  host.drop(number).catch(() => {})
})
