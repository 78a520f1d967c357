import { type Blob, File, fileOf, isBlob } from './blob.js'
import { customInspect } from './inspect.js'
import { platformClass } from './platform.js'

export type Value = string | File

export let isFormData: (value: unknown) => value is FormData

/** Names and values of a form, in their order. */
export class FormData {
  #entries: [name: string, value: Value][] = []

  constructor(form?: unknown) {
    if (form !== undefined) throw new TypeError("Failed to construct 'FormData': there are no forms here")
  }

  append(...args: unknown[]): void {
    this.#entries.push(entryOf('append', args))
  }

  set(...args: unknown[]): void {
    const entry = entryOf('set', args)
    const first = this.#entries.findIndex(([name]) => name === entry[0])
    if (first === -1) {
      this.#entries.push(entry)
    } else {
      this.#entries = this.#entries.filter(([name], index) => index <= first || name !== entry[0])
      this.#entries[first] = entry
    }
  }

  delete(...args: unknown[]): void {
    const key = nameOf('delete', args)
    this.#entries = this.#entries.filter(([name]) => name !== key)
  }

  get(...args: unknown[]): Value | null {
    const key = nameOf('get', args)
    return this.#entries.find(([name]) => name === key)?.[1] ?? null
  }

  getAll(...args: unknown[]): Value[] {
    const key = nameOf('getAll', args)
    return this.#entries.filter(([name]) => name === key).map(([, value]) => value)
  }

  has(...args: unknown[]): boolean {
    const key = nameOf('has', args)
    return this.#entries.some(([name]) => name === key)
  }

  *entries(): Generator<[string, Value]> {
    for (let i = 0; i < this.#entries.length; i++) yield [...(this.#entries[i] as [string, Value])]
  }

  *keys(): Generator<string> {
    for (const [name] of this.entries()) yield name
  }

  *values(): Generator<Value> {
    for (const [, value] of this.entries()) yield value
  }

  forEach(callback: (value: Value, name: string, form: FormData) => void, self?: unknown): void {
    if (typeof callback !== 'function') throw new TypeError("Failed to execute 'forEach': the callback is no function")
    for (const [name, value] of this.entries()) Reflect.apply(callback, self, [value, name, this])
  }

  declare [Symbol.iterator]: () => Generator<[string, Value]>

  static #is(value: object): boolean {
    return #entries in value
  }

  static {
    isFormData = (value): value is FormData => typeof value === 'object' && value !== null && FormData.#is(value)
  }
}

function nameOf(method: string, args: unknown[]): string {
  if (args.length === 0) throw new TypeError(`Failed to execute '${method}' on 'FormData': 1 argument required`)
  return `${args[0]}`.toWellFormed()
}

function entryOf(method: string, args: unknown[]): [string, Value] {
  if (args.length < 2) throw new TypeError(`Failed to execute '${method}' on 'FormData': 2 arguments required`)
  const name = nameOf(method, args)
  const [, value, filename] = args
  if (isBlob(value)) return [name, asFile(value, filename)]
  if (args.length > 2) throw new TypeError(`Failed to execute '${method}' on 'FormData': only a Blob has a file name`)
  return [name, `${value}`.toWellFormed()]
}

function asFile(blob: Blob, filename: unknown): File {
  const isFile = blob instanceof File
  if (filename === undefined) return isFile ? blob : fileOf(blob, 'blob')
  return fileOf(blob, `${filename}`, isFile ? blob.lastModified : undefined)
}

platformClass(FormData, 'FormData')
Object.defineProperty(FormData.prototype, Symbol.iterator, {
  value: FormData.prototype.entries,
  writable: true,
  configurable: true,
})
customInspect<FormData>(FormData.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  const shown: Record<string, unknown> = {}
  for (const [name, value] of this) {
    const before = shown[name]
    shown[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  }
  return `FormData ${inspect(shown, options)}`
})
