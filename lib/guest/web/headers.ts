import { customInspect } from './inspect.js'
import { platformClass } from './platform.js'

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

type Init = Iterable<Iterable<unknown>> | Record<string, unknown>

export let pairsOf: (headers: Headers) => [name: string, value: string][]
export let isHeaders: (value: unknown) => value is Headers
/** Made of names and values in turn, which an HTTP parser has checked. */
export let headersOf: (fields: readonly string[]) => Headers
/** Sets the content type where there is none; it is the platform's own, and not checked. */
export let setType: (headers: Headers, type: string) => void
/** Names and values in turn, each name once, but for cookies. */
export let fieldsOf: (headers: Headers) => string[]
/** From now on nobody can change them. */
export let freeze: (headers: Headers) => Headers

/** Names and values of an HTTP message; names in lower case. */
export class Headers {
  /** Of each name its values; a header that came twice has two. */
  readonly #lists = new Map<string, string[]>()
  #immutable = false
  /** What they are as pairs, until they change. */
  #sorted: [string, string][] | undefined

  constructor(init?: unknown) {
    if (init === undefined) return
    if ((typeof init !== 'object' && typeof init !== 'function') || init === null) {
      throw new TypeError("Failed to construct 'Headers': the headers must be an object or an iterable")
    }
    fill(this, init as Init)
  }

  append(...args: unknown[]): void {
    const [name, value] = pairOf('append', args)
    this.#writable()
    const list = this.#lists.get(name)
    if (list === undefined) this.#lists.set(name, [value])
    else list.push(value)
  }

  set(...args: unknown[]): void {
    const [name, value] = pairOf('set', args)
    this.#writable()
    this.#lists.set(name, [value])
  }

  delete(...args: unknown[]): void {
    const name = nameOf('delete', args)
    this.#writable()
    this.#lists.delete(name)
  }

  get(...args: unknown[]): string | null {
    return this.#lists.get(nameOf('get', args))?.join(', ') ?? null
  }

  has(...args: unknown[]): boolean {
    return this.#lists.has(nameOf('has', args))
  }

  getSetCookie(): string[] {
    return [...(this.#lists.get('set-cookie') ?? [])]
  }

  entries(): IterableIterator<[string, string]> {
    return iterate(this, ([name, value]) => [name, value])
  }

  keys(): IterableIterator<string> {
    return iterate(this, ([name]) => name)
  }

  values(): IterableIterator<string> {
    return iterate(this, ([, value]) => value)
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    if (typeof callback !== 'function') throw new TypeError("Failed to execute 'forEach': the callback is no function")
    for (const [name, value] of this.entries()) Reflect.apply(callback, self, [value, name, this])
  }

  declare [Symbol.iterator]: () => IterableIterator<[string, string]>

  #writable(): void {
    if (this.#immutable) throw new TypeError('These headers cannot be changed')
    this.#sorted = undefined
  }

  /** Sorted, each name once, but for cookies, which cannot be joined. */
  static #pairs(headers: Headers): [string, string][] {
    if (headers.#sorted !== undefined) return headers.#sorted
    const names = [...headers.#lists.keys()].sort()
    headers.#sorted = names.flatMap((name): [string, string][] => {
      const values = headers.#lists.get(name) as string[]
      return name === 'set-cookie' ? values.map((value) => [name, value]) : [[name, values.join(', ')]]
    })
    return headers.#sorted
  }

  static #of(fields: readonly string[]): Headers {
    const headers = new Headers()
    const lists = headers.#lists
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const name = (fields[at] as string).toLowerCase()
      const list = lists.get(name)
      if (list === undefined) lists.set(name, [fields[at + 1] as string])
      else list.push(fields[at + 1] as string)
    }
    return headers
  }

  static #setType(headers: Headers, type: string): void {
    if (!headers.#lists.has('content-type')) headers.#lists.set('content-type', [type.trim()])
  }

  static #fields(headers: Headers): string[] {
    const fields: string[] = []
    for (const [name, values] of headers.#lists) {
      if (name === 'set-cookie') for (const value of values) fields.push(name, value)
      else fields.push(name, values.length === 1 ? (values[0] as string) : values.join(', '))
    }
    return fields
  }

  static #is(value: object): boolean {
    return #lists in value
  }

  static {
    pairsOf = Headers.#pairs
    headersOf = Headers.#of
    fieldsOf = Headers.#fields
    setType = Headers.#setType
    isHeaders = (value): value is Headers => typeof value === 'object' && value !== null && Headers.#is(value)
    freeze = (headers) => {
      headers.#immutable = true
      return headers
    }
  }
}

function fill(headers: Headers, init: Init): void {
  if (isHeaders(init)) {
    for (const [name, value] of pairsOf(init)) headers.append(name, value)
  } else if (Symbol.iterator in init) {
    for (const pair of init as Iterable<Iterable<unknown>>) {
      if (typeof pair !== 'object' || pair === null) throw new TypeError('Each header must be a pair')
      const items = [...pair]
      if (items.length !== 2) throw new TypeError('Each header must be a pair of a name and a value')
      headers.append(items[0], items[1])
    }
  } else {
    for (const name of Reflect.ownKeys(init)) {
      if (!Object.getOwnPropertyDescriptor(init, name)?.enumerable) continue
      if (typeof name === 'symbol') throw new TypeError('The name of a header cannot be a symbol')
      headers.append(name, (init as Record<string, unknown>)[name])
    }
  }
}

function nameOf(method: string, args: unknown[]): string {
  if (args.length === 0) throw new TypeError(`Failed to execute '${method}' on 'Headers': the name is missing`)
  const name = `${args[0]}`
  if (!token.test(name)) throw new TypeError(`Headers.${method}: "${name}" is an invalid header name.`)
  return name.toLowerCase()
}

function pairOf(method: string, args: unknown[]): [string, string] {
  if (args.length < 2) throw new TypeError(`Failed to execute '${method}' on 'Headers': 2 arguments required`)
  const name = nameOf(method, args)
  const value = `${args[1]}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '')
  if (/[\0\r\n]|[^\0-\xff]/.test(value))
    throw new TypeError(`Headers.${method}: "${value}" is an invalid header value.`)
  return [name, value]
}

const iteratorPrototype = Object.create(Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())))
const states = new WeakMap<object, { headers: Headers; index: number; pick: (pair: [string, string]) => unknown }>()

// Looks at the headers as they are at each step, as the standard wants it.
Object.defineProperty(iteratorPrototype, 'next', {
  value: function next(this: object): IteratorResult<unknown> {
    const state = states.get(this)
    if (state === undefined) throw new TypeError('Illegal invocation')
    const pair = pairsOf(state.headers)[state.index++]
    return pair === undefined ? { value: undefined, done: true } : { value: state.pick(pair), done: false }
  },
  writable: true,
  enumerable: true,
  configurable: true,
})
Object.defineProperty(iteratorPrototype, Symbol.toStringTag, { value: 'Headers Iterator', configurable: true })

function iterate<T>(headers: Headers, pick: (pair: [string, string]) => T): IterableIterator<T> {
  const iterator = Object.create(iteratorPrototype)
  states.set(iterator, { headers, index: 0, pick })
  return iterator
}

platformClass(Headers, 'Headers')
Object.defineProperty(Headers.prototype, Symbol.iterator, {
  value: Headers.prototype.entries,
  writable: true,
  configurable: true,
})
customInspect<Headers>(Headers.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  const shown: Record<string, string | null> = {}
  for (const [name] of pairsOf(this)) shown[name] = this.get(name)
  return `Headers ${inspect(shown, options)}`
})
