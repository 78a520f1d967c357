import { Body, beMessage, bodyOf, type Content, extract, mixMessage } from './body.js'
import { freeze, Headers, setType } from './headers.js'
import { customInspect } from './inspect.js'
import { use } from './library.js'
import { platformClass } from './platform.js'
import type { WebSocket } from './websocket.js'

interface Init {
  status?: unknown
  statusText?: unknown
  headers?: unknown
  webSocket?: unknown
}

/** What the platform itself makes a response of. */
interface Made {
  type: 'default' | 'error' | 'basic'
  status: number
  statusText: string
  headers: Headers
  body: Body | undefined
  url: string
  redirected: boolean
  webSocket?: WebSocket | undefined
}

const secret = Symbol('made by the platform')
const withoutBody: ReadonlySet<number> = new Set([101, 103, 204, 205, 304])
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export let isResponse: (value: unknown) => value is Response

export class Response {
  declare readonly headers: Headers
  declare readonly body: unknown
  declare readonly bodyUsed: boolean
  readonly #made: Made

  constructor(content: unknown = null, init: unknown = {}, made?: unknown) {
    const parts = content === secret ? (made as Made) : madeOf(content, init)
    beMessage(this, parts.headers, parts.body)
    this.#made = parts
  }

  get type(): string {
    return this.#made.type
  }

  get url(): string {
    return this.#made.url
  }

  get redirected(): boolean {
    return this.#made.redirected
  }

  get status(): number {
    return this.#made.status
  }

  get ok(): boolean {
    return this.#made.status >= 200 && this.#made.status <= 299
  }

  get statusText(): string {
    return this.#made.statusText
  }

  /** What a response of status 101 changes to. */
  get webSocket(): WebSocket | null {
    return this.#made.webSocket ?? null
  }

  clone(): Response {
    const made = this.#made
    if (made.webSocket !== undefined) throw new TypeError('Response.clone: A WebSocket has one owner')
    const body = bodyOf(this)
    if (body?.unusable) throw new TypeError('Response.clone: Body has already been consumed.')
    return makeResponse({ ...made, headers: new Headers(made.headers), body: body?.clone() })
  }

  static {
    isResponse = (value): value is Response => typeof value === 'object' && value !== null && #made in value
  }

  static error(): Response {
    const headers = freeze(new Headers())
    return makeResponse({
      type: 'error',
      status: 0,
      statusText: '',
      headers,
      body: undefined,
      url: '',
      redirected: false,
    })
  }

  static redirect(...args: unknown[]): Response {
    if (args.length === 0) throw new TypeError("Failed to execute 'redirect': the URL is missing")
    const { URL } = use('url') as { URL: new (url: string) => { href: string } }
    const { href } = new URL(`${args[0]}`)
    const status = args[1] === undefined ? 302 : Number(args[1]) & 0xffff
    if (!redirects.has(status)) throw new RangeError(`Invalid status code ${status}`)
    const { headers, ...made } = madeOf(null, { status, headers: { location: href } })
    return makeResponse({ ...made, headers: freeze(headers) })
  }

  static json(...args: unknown[]): Response {
    if (args.length === 0) throw new TypeError("Failed to execute 'json': the data are missing")
    const text = JSON.stringify(args[0])
    if (text === undefined) throw new TypeError('The value cannot be written as JSON')
    const made = madeOf(text, args[1] ?? {}, 'application/json')
    return makeResponse(made)
  }
}

export function makeResponse(made: Omit<Made, 'body'> & { body: Body | Content | undefined }): Response {
  const { body } = made
  const whole = { ...made, body: body === undefined || body instanceof Body ? body : new Body(body) }
  return new Response(secret, undefined, whole)
}

function madeOf(content: unknown, init: unknown, usualType?: string): Made {
  if (init !== null && typeof init !== 'object' && typeof init !== 'function') {
    throw new TypeError("Failed to construct 'Response': the options must be an object")
  }
  const { status: givenStatus, statusText = '', headers: givenHeaders, webSocket: givenSocket } = (init ?? {}) as Init
  const webSocket = givenSocket === undefined || givenSocket === null ? undefined : freeSocket(givenSocket)
  const status = givenStatus === undefined ? 200 : Math.trunc(Number(givenStatus))
  if (webSocket !== undefined && status !== 101) {
    throw new RangeError('A response with a webSocket must have the status 101.')
  }
  if (!(status >= 200 && status <= 599) && webSocket === undefined) {
    throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.')
  }
  const text = `${statusText}`
  if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) throw new TypeError('Invalid statusText')
  const headers = new Headers(givenHeaders)
  let body: Body | undefined
  if (content !== null && content !== undefined) {
    if (withoutBody.has(status)) throw new TypeError(`Response constructor: Invalid response status code ${status}`)
    const extracted = extract(content)
    body = extracted.body
    const type = usualType ?? extracted.type
    if (type !== undefined) setType(headers, type)
  }
  return { type: 'default', status, statusText: text, headers, body, url: '', redirected: false, webSocket }
}

function freeSocket(value: unknown): WebSocket {
  const { isWebSocket, checkFree } = use('websocket') as unknown as typeof import('./websocket.js')
  if (!isWebSocket(value)) throw new TypeError('init["webSocket"] must be one of the two of a WebSocketPair')
  checkFree(value)
  return value
}

mixMessage(Response)
platformClass(Response, 'Response')
customInspect<Response>(Response.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  const { status, statusText, headers, body, bodyUsed, ok, redirected, type, url } = this
  return `Response ${inspect({ status, statusText, headers, body, bodyUsed, ok, redirected, type, url }, options)}`
})
