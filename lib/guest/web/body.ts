import { type Blob, blobOf, bytesOfBlob, isBlob } from './blob.js'
import { DOMException } from './exception.js'
import { FormData, isFormData } from './form.js'
import { type Headers, headersOf } from './headers.js'
import { native, use } from './library.js'
import { concatenate, decodeForm, encodeForm } from './multipart.js'

type Streams = typeof import('./streams.js')
type Stream = InstanceType<Streams['ReadableStream']>

export type Content = Uint8Array | string | Stream

const streams = (): Streams => use('streams') as unknown as Streams

/**
 * What a request or response carries: bytes or text that are there, or a stream. They become a stream only when somebody
 * looks at `body`, and text becomes bytes when somebody asks for those.
 */
export class Body {
  #whole: Uint8Array | string | undefined
  #stream: Stream | undefined
  #used = false

  constructor(content: Content) {
    if (typeof content === 'string' || content instanceof Uint8Array) this.#whole = content
    else this.#stream = content
  }

  get used(): boolean {
    return this.#used || (this.#stream !== undefined && streams().isDisturbed(this.#stream))
  }

  get unusable(): boolean {
    return this.used || this.#stream?.locked === true
  }

  get stream(): Stream {
    if (this.#stream !== undefined) return this.#stream
    const bytes = bytesOf(this.#whole as Uint8Array | string)
    const used = this.#used
    this.#whole = undefined
    this.#stream = new (streams().ReadableStream)({
      type: 'bytes',
      start(controller) {
        if (bytes.length > 0 && !used) controller.enqueue(bytes)
        controller.close()
      },
    })
    return this.#stream
  }

  /** All of it, once. */
  async consume(): Promise<Uint8Array> {
    const content = this.takeContent()
    if (typeof content === 'string' || content instanceof Uint8Array) return bytesOf(content)
    const parts: Uint8Array[] = []
    const reader = content.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return concatenate(parts)
      if (!(value instanceof Uint8Array)) throw new TypeError('Received non-Uint8Array chunk')
      parts.push(value)
    }
  }

  /** The same as text. */
  async consumeText(): Promise<string> {
    // As bytes and back again, a lone surrogate would not be the same, and a byte order mark would be gone.
    if (typeof this.#whole === 'string' && isPlain(this.#whole)) return this.takeContent() as string
    return textOf(await this.consume())
  }

  /** What there is to be read, as it is at hand; this one counts as read. */
  takeContent(): Content {
    if (this.unusable) throw new TypeError('Body is unusable: Body has already been read')
    this.#used = true
    if (this.#whole === undefined) return this.#stream as Stream
    const whole = this.#whole
    this.#whole = ''
    return whole
  }

  /** Another body with this one's content; this one has been read. */
  take(): Body {
    const content = this.#whole ?? (this.#stream as Stream).pipeThrough(new (streams().TransformStream)())
    const taken = new Body(content)
    this.#used = true
    if (this.#whole !== undefined) this.#whole = ''
    return taken
  }

  /** A second body of the same content; this one goes on with its own half of it. */
  clone(): Body {
    if (this.#whole !== undefined) return new Body(typeof this.#whole === 'string' ? this.#whole : this.#whole.slice())
    const [first, second] = (this.#stream as Stream).tee() as [Stream, Stream]
    this.#stream = first
    return new Body(second)
  }
}

function bytesOf(whole: Uint8Array | string): Uint8Array {
  return typeof whole === 'string' ? native.encodeUtf8(whole) : whole
}

function isPlain(text: string): boolean {
  return text.charCodeAt(0) !== 0xfeff && (text as string & { isWellFormed(): boolean }).isWellFormed()
}

/** What may be given as a body, and the content type that goes with it. */
export function extract(content: unknown): { body: Body; type: string | undefined } {
  if (typeof content === 'string') return { body: new Body(content), type: 'text/plain;charset=UTF-8' }
  if (isBlob(content)) return { body: new Body(bytesOfBlob(content)), type: content.type || undefined }
  if (ArrayBuffer.isView(content)) {
    return {
      body: new Body(new Uint8Array(content.buffer, content.byteOffset, content.byteLength).slice()),
      type: undefined,
    }
  }
  const kind = Object.prototype.toString.call(content)
  if (kind === '[object ArrayBuffer]')
    return { body: new Body(new Uint8Array(content as ArrayBuffer).slice()), type: undefined }
  if (isFormData(content)) {
    const { bytes, type } = encodeForm(content)
    return { body: new Body(bytes), type }
  }
  if (kind === '[object URLSearchParams]') {
    const type = 'application/x-www-form-urlencoded;charset=UTF-8'
    return { body: new Body(native.encodeUtf8(`${content}`)), type }
  }
  const stream = streamOf(content)
  if (stream !== undefined) return { body: new Body(stream), type: undefined }
  return { body: new Body(`${content}`), type: 'text/plain;charset=UTF-8' }
}

function streamOf(content: unknown): Stream | undefined {
  if (typeof content !== 'object' || content === null) return undefined
  const { ReadableStream, isDisturbed } = streams()
  if (content instanceof ReadableStream) {
    if (content.locked || isDisturbed(content)) throw new TypeError('The stream of the body is locked or was read')
    return content
  }
  // As Node's: anything that can be iterated asynchronously.
  return Symbol.asyncIterator in content ? ReadableStream.from(content as AsyncIterable<Uint8Array>) : undefined
}

/** Headers, or what they are made of when somebody first looks: names and values in turn, as HTTP has them. */
type Fields = Headers | readonly string[]

/** What the constructor of a class gets, it gives: so fields of a class can be put on an object of another. */
const Given = class {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is what it is for
    return object
  }
} as new (
  object: object,
) => object

/** What an object is as a message. Private fields put on it are found faster than in a WeakMap, and cost no collection. */
class Parts extends Given {
  #headers: Fields
  readonly #body: Body | undefined

  constructor(message: object, headers: Fields, body: Body | undefined) {
    super(message)
    this.#headers = headers
    this.#body = body
  }

  static #known(message: unknown): Parts {
    if (typeof message === 'object' && message !== null && #body in message) return message as Parts
    throw new TypeError('Illegal invocation: the object is neither a Request nor a Response')
  }

  static headers(message: unknown): Headers {
    const parts = Parts.#known(message)
    if (isFields(parts.#headers)) parts.#headers = headersOf(parts.#headers)
    return parts.#headers
  }

  static body(message: unknown): Body | undefined {
    return Parts.#known(message).#body
  }
}

function isFields(fields: Fields): fields is readonly string[] {
  return Array.isArray(fields)
}

export function bodyOf(message: unknown): Body | undefined {
  return Parts.body(message)
}

async function consume(message: object): Promise<Uint8Array> {
  return (await bodyOf(message)?.consume()) ?? new Uint8Array()
}

/** What requests and responses have in common. By the standard it stands on each of them: there is no class above. */
class Message {
  get headers(): Headers {
    return Parts.headers(this)
  }

  get body(): Stream | null {
    return bodyOf(this)?.stream ?? null
  }

  get bodyUsed(): boolean {
    return bodyOf(this)?.used ?? false
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await consume(this)
    const whole = bytes.byteLength === bytes.buffer.byteLength
    return (whole ? bytes : bytes.slice()).buffer as ArrayBuffer
  }

  async bytes(): Promise<Uint8Array> {
    return await consume(this)
  }

  async blob(): Promise<Blob> {
    return blobOf(await consume(this), Parts.headers(this).get('content-type') ?? '')
  }

  async text(): Promise<string> {
    return (await bodyOf(this)?.consumeText()) ?? ''
  }

  async json(): Promise<unknown> {
    return JSON.parse((await bodyOf(this)?.consumeText()) ?? '')
  }

  async formData(): Promise<FormData> {
    const type = Parts.headers(this).get('content-type') ?? ''
    const isMultipart = /^multipart\/form-data\s*(;|$)/i.test(type)
    if (!isMultipart && !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
      throw new TypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".')
    }
    const bytes = await consume(this)
    if (isMultipart) return decodeForm(bytes, type)
    const { URLSearchParams } = use('url') as { URLSearchParams: new (text: string) => Iterable<[string, string]> }
    const form = new FormData()
    // A byte order mark is a part of a name here.
    for (const [name, value] of new URLSearchParams(decode(bytes, 0))) form.append(name, value)
    return form
  }
}

/** Puts all of that on a class. */
export function mixMessage(type: { readonly prototype: object }): void {
  for (const key of Object.getOwnPropertyNames(Message.prototype)) {
    if (key === 'constructor') continue
    Object.defineProperty(
      type.prototype,
      key,
      Object.getOwnPropertyDescriptor(Message.prototype, key) as PropertyDescriptor,
    )
  }
}

/** Makes an object of such a class what it is, as its constructor would by calling that of a class above. */
export function beMessage(message: object, headers: Fields, body: Body | undefined): void {
  new Parts(message, headers, body)
}

function textOf(bytes: Uint8Array): string {
  return decode(bytes, bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)
}

function decode(bytes: Uint8Array, from: number): string {
  const text = native.decodeUtf8(bytes, from, bytes.length, false)
  if (text === undefined) throw new DOMException('The text is longer than a string can be', 'NotReadableError')
  return text
}
