import { DOMException } from './exception.js'
import { native, use } from './library.js'
import { platformClass } from './platform.js'

const names: ReadonlySet<string> = new Set([
  'unicode-1-1-utf-8',
  'unicode11utf8',
  'unicode20utf8',
  'utf-8',
  'utf8',
  'x-unicode20utf8',
])

interface Encodings {
  normalizeEncoding(label: string): string | null
  TextDecoder: new (label: string, options: DecoderOptions) => Decoder
}

interface Decoder {
  decode(input?: ArrayBufferView, options?: { stream?: boolean }): string
}

export interface DecoderOptions {
  fatal?: boolean
  ignoreBOM?: boolean
}

/** The bytes that an ArrayBuffer, shared or not, or a view has now. */
export function bytesOf(input: unknown, what: string): Uint8Array {
  if (ArrayBuffer.isView(input)) return bytesFrom(input.buffer, input.byteOffset, input.byteLength)
  if (isBuffer(input)) return bytesFrom(input, 0, input.byteLength)
  throw new TypeError(`${what} must be an instance of ArrayBuffer or ArrayBufferView`)
}

/** Of a buffer that was moved elsewhere nothing is left, which is no error. */
function bytesFrom(buffer: ArrayBufferLike, start: number, length: number): Uint8Array {
  return length === 0 && !isShared(buffer) ? empty : new Uint8Array(buffer, start, length)
}

/** The bytes of what nobody else can change meanwhile. */
export function unsharedBytesOf(input: unknown, what: string): Uint8Array {
  const bytes = bytesOf(input, what)
  if (isShared(bytes.buffer)) throw new TypeError(`${what} must not be shared memory`)
  return bytes
}

const kindOf = (value: unknown): string => Object.prototype.toString.call(value)
const isShared = (value: unknown): boolean => kindOf(value) === '[object SharedArrayBuffer]'

function isBuffer(value: unknown): value is ArrayBuffer {
  return kindOf(value) === '[object ArrayBuffer]' || isShared(value)
}

export class TextEncoder {
  get encoding(): string {
    return 'utf-8'
  }

  encode(input: unknown = ''): Uint8Array {
    return native.encodeUtf8(`${input}`)
  }

  encodeInto(source: unknown, destination: Uint8Array): { read: number; written: number } {
    const text = `${source}`
    if (Object.prototype.toString.call(destination) !== '[object Uint8Array]') {
      throw new TypeError("The 'destination' argument must be an instance of Uint8Array")
    }
    const [read, written] = native.encodeUtf8Into(text, destination)
    return { read, written }
  }
}

const empty = new Uint8Array()

export class TextDecoder {
  readonly #encoding: string
  readonly #fatal: boolean
  readonly #ignoreBOM: boolean
  /** For every encoding but UTF-8. */
  readonly #other: Decoder | undefined
  /** The first bytes of a character whose others are to come. */
  #begun: Uint8Array = empty
  #bomSeen = false
  #streams = false

  constructor(label: unknown = 'utf-8', options: DecoderOptions | null = {}) {
    if (typeof options !== 'object' && typeof options !== 'function') {
      throw new TypeError("The 'options' argument must be an object")
    }
    const name = `${label}`
    this.#fatal = Boolean(options?.fatal)
    this.#ignoreBOM = Boolean(options?.ignoreBOM)
    if (names.has(name.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase())) {
      this.#encoding = 'utf-8'
      return
    }
    const encodings = use('encodings') as unknown as Encodings
    const found = encodings.normalizeEncoding(name)
    if (found === null || found === 'replacement') {
      throw Object.assign(new RangeError(`The "${name}" encoding is not supported`), {
        code: 'ERR_ENCODING_NOT_SUPPORTED',
      })
    }
    this.#encoding = found
    this.#other = new encodings.TextDecoder(found, { fatal: this.#fatal, ignoreBOM: this.#ignoreBOM })
  }

  get encoding(): string {
    return this.#encoding
  }

  get fatal(): boolean {
    return this.#fatal
  }

  get ignoreBOM(): boolean {
    return this.#ignoreBOM
  }

  decode(input?: unknown, options?: { stream?: boolean } | null): string {
    const bytes = input === undefined ? empty : bytesOf(input, "The 'input' argument")
    const stream = Boolean(options?.stream)
    if (this.#other !== undefined) return this.#decodeOther(this.#other, bytes, stream)
    if (!this.#streams) {
      this.#bomSeen = false
      this.#begun = empty
    }
    this.#streams = stream
    const whole = this.#begun.length === 0 ? bytes : join(this.#begun, bytes)
    const end = stream ? endOfWhole(whole) : whole.length
    this.#begun = end === whole.length ? empty : whole.slice(end)
    let start = 0
    if (!this.#bomSeen && end > 0) {
      this.#bomSeen = true
      if (!this.#ignoreBOM && whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf) start = 3
    }
    const text = native.decodeUtf8(whole, start, end, this.#fatal)
    if (text === undefined) throw this.#invalid()
    return text
  }

  #decodeOther(other: Decoder, bytes: Uint8Array, stream: boolean): string {
    try {
      return other.decode(bytes, { stream })
    } catch {
      throw this.#invalid()
    }
  }

  #invalid(): TypeError {
    this.#begun = empty
    this.#streams = false
    return Object.assign(new TypeError(`The encoded data was not valid for encoding ${this.#encoding}`), {
      code: 'ERR_ENCODING_INVALID_ENCODED_DATA',
    })
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** Where a last character begins that may go on in the next chunk, or the end. */
function endOfWhole(bytes: Uint8Array): number {
  const { length } = bytes
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] as number
    if (byte < 0x80) return length
    if (byte < 0xc0) continue
    const needed = byte >= 0xf5 || byte < 0xc2 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return needed > back && canGoOn(bytes, length - back) ? length - back : length
  }
  return length
}

/** The second byte may show already that nothing valid begins here. */
function canGoOn(bytes: Uint8Array, at: number): boolean {
  const second = bytes[at + 1]
  if (second === undefined) return true
  const first = bytes[at]
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  return second >= low && second <= high
}

export function btoa(...args: unknown[]): string {
  if (args.length === 0) throw new TypeError("The 'data' argument must be specified")
  const encoded = native.encodeBase64(`${args[0]}`)
  if (encoded === undefined) throw new DOMException('Invalid character', 'InvalidCharacterError')
  return encoded
}

export function atob(...args: unknown[]): string {
  if (args.length === 0) throw new TypeError("The 'data' argument must be specified")
  const decoded = native.decodeBase64(`${args[0]}`)
  if (decoded === undefined) {
    throw new DOMException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError')
  }
  return decoded
}

platformClass(TextEncoder, 'TextEncoder')
platformClass(TextDecoder, 'TextDecoder')
