import { customInspect } from './inspect.js'
import { native, use } from './library.js'
import { platformClass } from './platform.js'
import { makePlatformObject } from './platform-object.js'

type Streams = typeof import('./streams.js')

const chunk = 65536
const secret = Symbol('parts')

interface Content {
  readonly parts: readonly Uint8Array[]
  readonly size: number
  readonly type: string
}

const contents = new WeakMap<object, Content>()

function contentOf(blob: unknown): Content {
  const content = contents.get(blob as object)
  if (content === undefined) throw new TypeError('Illegal invocation: the object is not a Blob')
  return content
}

export function isBlob(value: unknown): value is Blob {
  return contents.has(value as object)
}

/** A copy of all that is in a blob. */
export function bytesOfBlob(blob: Blob): Uint8Array {
  const { parts, size } = contentOf(blob)
  const all = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const cloning = {
  copy(blob: Blob): Blob {
    return blob instanceof File ? fileOf(blob, blob.name, blob.lastModified) : blob.slice(0, blob.size, blob.type)
  },
}

/** Bytes that do not change. */
export class Blob {
  constructor(...args: unknown[]) {
    const [parts = [], options] = args
    if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function') {
      throw new TypeError("Failed to construct 'Blob': the options must be an object")
    }
    const bytes = parts instanceof Own ? parts[secret] : bytesOfParts(parts, options)
    const blob = makePlatformObject(new.target, cloning)
    contents.set(blob, {
      parts: bytes,
      size: bytes.reduce((sum, part) => sum + part.length, 0),
      type: mimeType((options as { type?: unknown } | null | undefined)?.type),
    })
    // biome-ignore lint/correctness/noConstructorReturn: only the engine makes objects that structured clones know
    return blob as Blob
  }

  get size(): number {
    return contentOf(this).size
  }

  get type(): string {
    return contentOf(this).type
  }

  slice(start: unknown = 0, end?: unknown, type?: unknown): Blob {
    const content = contentOf(this)
    const from = position(start, content.size)
    const to = Math.max(position(end === undefined ? content.size : end, content.size), from)
    const parts: Uint8Array[] = []
    let at = 0
    for (const part of content.parts) {
      const first = Math.max(from - at, 0)
      const last = Math.min(to - at, part.length)
      if (first < last) parts.push(part.subarray(first, last))
      at += part.length
    }
    return new Blob(new Own(parts), { type: type ?? '' })
  }

  async text(): Promise<string> {
    const bytes = bytesOfBlob(this)
    const withoutMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
    const text = native.decodeUtf8(bytes, withoutMark, bytes.length, false)
    if (text === undefined) throw new RangeError('The text is longer than a string can be')
    return text
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return bytesOfBlob(this).buffer as ArrayBuffer
  }

  async bytes(): Promise<Uint8Array> {
    return bytesOfBlob(this)
  }

  stream(): unknown {
    const { ReadableStream } = use('streams') as unknown as Streams
    const { parts } = contentOf(this)
    let part = 0
    let at = 0
    return new ReadableStream({
      type: 'bytes',
      pull(controller) {
        const bytes = parts[part]
        if (bytes === undefined) {
          controller.close()
          controller.byobRequest?.respond(0)
          return
        }
        controller.enqueue(bytes.slice(at, at + chunk))
        at += chunk
        if (at < bytes.length) return
        part++
        at = 0
      },
    })
  }
}

/** Parts that need no copy. */
class Own {
  readonly [secret]: readonly Uint8Array[]

  constructor(parts: readonly Uint8Array[]) {
    this[secret] = parts
  }
}

/** Bytes as a blob, not copied: nobody else may have them. */
export function blobOf(bytes: Uint8Array, type: string): Blob {
  return new Blob(new Own([bytes]), { type })
}

function bytesOfParts(parts: unknown, options: unknown): readonly Uint8Array[] {
  if (typeof parts !== 'object' || parts === null || !(Symbol.iterator in parts)) {
    throw new TypeError("Failed to construct 'Blob': the parts must be iterable")
  }
  const { endings = 'transparent' } = (options ?? {}) as { endings?: unknown }
  if (`${endings}` !== 'transparent' && `${endings}` !== 'native') {
    throw new TypeError(`Failed to construct 'Blob': '${endings}' is no kind of line endings`)
  }
  return [...(parts as Iterable<unknown>)].flatMap((part) => bytesOfPart(part, `${endings}` === 'native'))
}

function bytesOfPart(part: unknown, nativeEndings: boolean): readonly Uint8Array[] {
  if (isBlob(part)) return contentOf(part).parts
  let bytes: Uint8Array
  if (ArrayBuffer.isView(part)) bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice()
  else if (Object.prototype.toString.call(part) === '[object ArrayBuffer]')
    bytes = new Uint8Array(part as ArrayBuffer).slice()
  else bytes = native.encodeUtf8(nativeEndings ? `${part}`.replace(/\r\n?/g, '\n') : `${part}`)
  return bytes.length === 0 ? [] : [bytes]
}

function mimeType(value: unknown): string {
  const type = value === undefined ? '' : `${value}`
  return /[^\x20-\x7e]/.test(type) ? '' : type.toLowerCase()
}

function position(value: unknown, size: number): number {
  const number = Math.trunc(Number(value)) || 0
  return number < 0 ? Math.max(size + number, 0) : Math.min(number, size)
}

export class File extends Blob {
  readonly #name: string
  readonly #lastModified: number

  constructor(...args: unknown[]) {
    if (args.length < 2) throw new TypeError("Failed to construct 'File': 2 arguments required")
    super(args[0], args[2])
    const { lastModified } = (args[2] ?? {}) as { lastModified?: unknown }
    this.#name = `${args[1]}`.toWellFormed()
    this.#lastModified = lastModified === undefined ? Date.now() : Math.trunc(Number(lastModified)) || 0
  }

  get name(): string {
    return this.#name
  }

  get lastModified(): number {
    return this.#lastModified
  }

  get webkitRelativePath(): string {
    return ''
  }
}

/** A blob as a file, sharing its bytes. */
export function fileOf(blob: Blob, name: string, lastModified?: number): File {
  return new File([blob], name, { type: blob.type, lastModified })
}

platformClass(Blob, 'Blob')
platformClass(File, 'File')
customInspect<Blob>(Blob.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  return `Blob ${inspect({ size: this.size, type: this.type }, options)}`
})
customInspect<File>(File.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  const { size, type, name, lastModified } = this
  return `File ${inspect({ size, type, name, lastModified }, options)}`
})
