import { AbortController, type AbortSignal, isAbortSignal, onAbort } from './abort.js'
import { Body, beMessage, bodyOf, type Content, extract, mixMessage } from './body.js'
import { Headers } from './headers.js'
import { customInspect } from './inspect.js'
import { use } from './library.js'
import { platformClass } from './platform.js'
import { type Made, madeOf, optionsOf, usual } from './request-options.js'

/** A request that came to a server. */
interface Served {
  made: Made
  fields: readonly string[]
  body: Body | undefined
}

const secret = Symbol('made by the platform')

export let isRequest: (value: unknown) => value is Request
/** Aborts its signal. */
export let abortRequest: (request: Request, reason: unknown) => void

/** A request as it came: nothing of it is checked, and headers and signal are made when somebody looks at them. */
export function makeRequest(
  method: string,
  url: string,
  fields: readonly string[],
  content: Content | undefined,
): Request {
  const made = { ...usual, method, url }
  const served: Served = { made, fields, body: content === undefined ? undefined : new Body(content) }
  return new Request(secret, served)
}

export class Request {
  declare readonly headers: Headers
  readonly #made: Made
  #controller: AbortController | undefined

  constructor(...args: unknown[]) {
    if (args[0] === secret) {
      const served = args[1] as Served
      beMessage(this, served.fields, served.body)
      this.#made = served.made
      return
    }
    if (args.length === 0) throw new TypeError("Failed to construct 'Request': the input is missing")
    const [input] = args
    const init = optionsOf(args[1])
    const from = isRequest(input) ? input : undefined
    const made = madeOf(from === undefined ? urlOf(input) : from.#made, init)
    const headers = new Headers(init['headers'] ?? from?.headers)
    beMessage(this, headers, bodyFor(made.method, headers, from, init))
    this.#made = made
    const controller = new AbortController()
    this.#controller = controller
    const signal = init['signal'] === undefined ? from?.signal : init['signal']
    if (signal === undefined || signal === null) return
    if (!isAbortSignal(signal)) throw new TypeError("Failed to construct 'Request': the signal must be an AbortSignal")
    if (signal.aborted) controller.abort(signal.reason)
    else onAbort(signal, (reason) => controller.abort(reason))
  }

  get method(): string {
    return this.#made.method
  }

  get url(): string {
    return this.#made.url
  }

  get destination(): string {
    return ''
  }

  get referrer(): string {
    return this.#made.referrer
  }

  get referrerPolicy(): string {
    return this.#made.referrerPolicy
  }

  get mode(): string {
    return this.#made.mode
  }

  get credentials(): string {
    return this.#made.credentials
  }

  get cache(): string {
    return this.#made.cache
  }

  get redirect(): string {
    return this.#made.redirect
  }

  get integrity(): string {
    return this.#made.integrity
  }

  get keepalive(): boolean {
    return this.#made.keepalive
  }

  get isReloadNavigation(): boolean {
    return false
  }

  get isHistoryNavigation(): boolean {
    return false
  }

  get signal(): AbortSignal {
    // Most requests that are served have none that anybody looks at.
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  get duplex(): string {
    return 'half'
  }

  clone(): Request {
    const body = bodyOf(this)
    if (body?.unusable) throw new TypeError('Request.clone: Body has already been consumed.')
    const copy = new Request(this.#made.url, {
      ...this.#made,
      mode: undefined,
      headers: this.headers,
      signal: this.signal,
      body: body === undefined ? null : new Shared(body),
    })
    copy.#made.mode = this.#made.mode
    return copy
  }

  static #is(value: object): boolean {
    return #made in value
  }

  static #abort(request: Request, reason: unknown): void {
    request.#controller ??= new AbortController()
    request.#controller.abort(reason)
  }

  static {
    abortRequest = Request.#abort
    isRequest = (value): value is Request => typeof value === 'object' && value !== null && Request.#is(value)
  }
}

/** A body that a copy of its request shares. */
class Shared {
  readonly body: Body

  constructor(body: Body) {
    this.body = body
  }
}

function urlOf(input: unknown): string {
  const { URL } = use('url') as {
    URL: { new (url: string): { href: string; username: string; password: string }; canParse(url: string): boolean }
  }
  if (!URL.canParse(`${input}`)) throw new TypeError(`Failed to parse URL from ${input}`)
  const url = new URL(`${input}`)
  if (url.username !== '' || url.password !== '') {
    throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${input}`)
  }
  return url.href
}

function bodyFor(
  method: string,
  headers: Headers,
  from: Request | undefined,
  init: Record<string, unknown>,
): Body | undefined {
  const content = init['body'] ?? null
  const inherited = from === undefined ? undefined : bodyOf(from)
  if (
    (content !== null || (inherited !== undefined && init['body'] !== null)) &&
    (method === 'GET' || method === 'HEAD')
  ) {
    throw new TypeError('Request with GET/HEAD method cannot have body.')
  }
  if (content instanceof Shared) return content.body.clone()
  if (content !== null) {
    const isStream = typeof content === 'object' && (Symbol.asyncIterator in content || 'getReader' in content)
    if (isStream && init['duplex'] === undefined) {
      throw new TypeError('RequestInit: duplex option is required when sending a body.')
    }
    const { body, type } = extract(content)
    if (type !== undefined && !headers.has('content-type')) headers.set('content-type', type)
    return body
  }
  if (inherited === undefined || init['body'] === null) return undefined
  if (inherited.unusable)
    throw new TypeError('Cannot construct a Request with a Request object that has already been used.')
  // The new one takes the content over: the old one counts as read.
  return inherited.take()
}

mixMessage(Request)
platformClass(Request, 'Request')
customInspect<Request & Record<string, unknown>>(Request.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  const shown: Record<string, unknown> = {}
  for (const name of shownKeys) shown[name] = this[name]
  return `Request ${inspect(shown, options)}`
})

const shownKeys = [
  'method',
  'url',
  'headers',
  'destination',
  'referrer',
  'referrerPolicy',
  'mode',
  'credentials',
  'cache',
  'redirect',
  'integrity',
  'keepalive',
  'isReloadNavigation',
  'isHistoryNavigation',
  'signal',
]
