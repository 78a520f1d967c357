import { Event, initOf } from './event.js'
import { platformClass } from './platform.js'

/** A WebSocket has come to its end. */
export class CloseEvent extends Event {
  readonly #code: number
  readonly #reason: string
  readonly #wasClean: boolean

  constructor(...args: unknown[]) {
    super(...args)
    const { code = 0, reason = '', wasClean = false } = initOf(args[1], 'CloseEvent')
    this.#code = Number(code) & 0xffff
    this.#reason = `${reason}`
    this.#wasClean = Boolean(wasClean)
  }

  get code(): number {
    return this.#code
  }

  get reason(): string {
    return this.#reason
  }

  get wasClean(): boolean {
    return this.#wasClean
  }
}

/** An event that carries whatever its maker likes. */
export class CustomEvent extends Event {
  readonly #detail: unknown

  constructor(...args: unknown[]) {
    super(...args)
    this.#detail = initOf(args[1], 'CustomEvent')['detail'] ?? null
  }

  get detail(): unknown {
    return this.#detail
  }
}

/** What nobody caught. */
export class ErrorEvent extends Event {
  readonly #message: string
  readonly #filename: string
  readonly #lineno: number
  readonly #colno: number
  readonly #error: unknown

  constructor(...args: unknown[]) {
    super(...args)
    const { message = '', filename = '', lineno = 0, colno = 0, error } = initOf(args[1], 'ErrorEvent')
    this.#message = `${message}`
    this.#filename = `${filename}`
    this.#lineno = Number(lineno) >>> 0
    this.#colno = Number(colno) >>> 0
    this.#error = error
  }

  get message(): string {
    return this.#message
  }

  get filename(): string {
    return this.#filename
  }

  get lineno(): number {
    return this.#lineno
  }

  get colno(): number {
    return this.#colno
  }

  get error(): unknown {
    return this.#error
  }
}

export class MessageEvent extends Event {
  readonly #init: Record<string, unknown>

  constructor(...args: unknown[]) {
    super(...args)
    const { data = null, origin = '', lastEventId = '', source = null, ports = [] } = initOf(args[1], 'MessageEvent')
    this.#init = {
      data,
      origin: `${origin}`,
      lastEventId: `${lastEventId}`,
      source,
      ports: Object.freeze([...(ports as Iterable<unknown>)]),
    }
  }

  get data(): unknown {
    return this.#init['data']
  }

  get origin(): unknown {
    return this.#init['origin']
  }

  get lastEventId(): unknown {
    return this.#init['lastEventId']
  }

  get source(): unknown {
    return this.#init['source']
  }

  get ports(): unknown {
    return this.#init['ports']
  }
}

/** A promise was rejected, and nobody has handled it. */
export class PromiseRejectionEvent extends Event {
  readonly #promise: unknown
  readonly #reason: unknown

  constructor(...args: unknown[]) {
    super(...args)
    const init = initOf(args[1], 'PromiseRejectionEvent')
    if (!('promise' in init)) throw new TypeError("Failed to construct 'PromiseRejectionEvent': the promise is missing")
    this.#promise = init['promise']
    this.#reason = init['reason']
  }

  get promise(): unknown {
    return this.#promise
  }

  get reason(): unknown {
    return this.#reason
  }
}

platformClass(CloseEvent, 'CloseEvent')
platformClass(CustomEvent, 'CustomEvent')
platformClass(ErrorEvent, 'ErrorEvent')
platformClass(MessageEvent, 'MessageEvent')
platformClass(PromiseRejectionEvent, 'PromiseRejectionEvent')
