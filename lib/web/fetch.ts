import { invalidType } from '../errors.js'
import type { AnyFunction } from '../remote/types.js'
import type { Check } from '../shared/options.js'

/** What answers the requests of a guest: the `fetch` option. */
export type FetchFunction = (request: Request) => Response | Promise<Response>

/** A request of a guest; nothing but data, and nothing that is to be believed. */
interface Asked {
  url: string
  method: string
  headers: [string, string][]
  redirect: 'follow' | 'error' | 'manual'
  body: Uint8Array | null
}

/** What the guest makes its response of; `body` is the number to read it by. */
interface Answered {
  status: number
  statusText: string
  headers: [string, string][]
  url: string
  redirected: boolean
  body: number | undefined
}

export const fetchOption: Check = (what, value) => {
  if (typeof value !== 'boolean' && typeof value !== 'function')
    throw invalidType(what, 'a boolean or a function', value)
}

/**
 * The requests of one isolate: what its guest calls, and what becomes of bodies that nobody reads.
 *
 * A body stays here and is handed over piece by piece as the guest reads. It is cancelled when the guest drops it, and
 * when the isolate ends.
 */
export class FetchDoor {
  readonly #fetch: FetchFunction
  readonly #bodies = new Map<number, ReadableStream<Uint8Array>>()
  #last = 0
  #closed = false

  constructor(option: true | FetchFunction) {
    this.#fetch = option === true ? fetch : option
  }

  /** What goes into the guest. */
  functions(): Record<'send' | 'read' | 'drop', AnyFunction> {
    return {
      send: (asked: Asked, options: { signal?: AbortSignal }) => this.#send(asked, options.signal),
      read: (number: number) => this.#read(number),
      drop: (number: number) => this.#drop(number),
    }
  }

  close(): void {
    this.#closed = true
    for (const number of this.#bodies.keys()) this.#drop(number)
  }

  async #send(asked: Asked, signal: AbortSignal | undefined): Promise<Answered> {
    const { url, method, headers, redirect, body } = asked
    const init: RequestInit = { method, headers, redirect, body: (body as RequestInit['body']) ?? null }
    if (signal !== undefined) init.signal = signal
    const response = await this.#fetch(new Request(url, init))
    if (!(response instanceof Response)) throw new TypeError('The fetch function of the host gave no Response')
    if (response.type === 'error') throw new TypeError('Failed to fetch')
    const { status, statusText, redirected } = response
    return {
      status,
      statusText,
      headers: [...response.headers],
      url: response.url,
      redirected,
      body: this.#keep(response.body),
    }
  }

  #keep(body: ReadableStream<Uint8Array> | null): number | undefined {
    if (body === null) return undefined
    if (this.#closed) {
      void cancel(body)
      return undefined
    }
    this.#bodies.set(++this.#last, body)
    return this.#last
  }

  #read(number: number): AsyncIterable<Uint8Array> {
    const body = this.#bodies.get(number)
    if (body === undefined) throw new TypeError('There is no such body')
    this.#bodies.delete(number)
    return body as unknown as AsyncIterable<Uint8Array>
  }

  #drop(number: number): void {
    const body = this.#bodies.get(number)
    this.#bodies.delete(number)
    if (body !== undefined) void cancel(body)
  }
}

async function cancel(body: ReadableStream<Uint8Array>): Promise<void> {
  try {
    await body.cancel()
  } catch {
    // It was locked or had failed: there is nothing left to be given back.
  }
}
