import { type Blob, blobOf, bytesOfBlob, isBlob } from './blob.js'
import { DOMException } from './exception.js'
import { FormData, isFormData } from './form.js'
import type { Headers } from './headers.js'
import { native, use } from './library.js'
import { concatenate, decodeForm, encodeForm } from './multipart.js'

type Streams = typeof import('./streams.js')
type Stream = InstanceType<Streams['ReadableStream']>

export type Content = Uint8Array | Stream

const streams = (): Streams => use('streams') as unknown as Streams

/**
 * What a request or response carries: bytes that are there, or a stream. Bytes become a stream only when somebody
 * looks at `body`.
 */
export class Body {
  #bytes: Uint8Array | undefined
  #stream: Stream | undefined
  #used = false

  constructor(content: Content) {
    if (content instanceof Uint8Array) this.#bytes = content
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
    const bytes = this.#bytes as Uint8Array
    const used = this.#used
    this.#bytes = undefined
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
    if (this.unusable) throw new TypeError('Body is unusable: Body has already been read')
    this.#used = true
    if (this.#bytes !== undefined) {
      const bytes = this.#bytes
      this.#bytes = new Uint8Array()
      return bytes
    }
    const parts: Uint8Array[] = []
    const reader = (this.#stream as Stream).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return concatenate(parts)
      if (!(value instanceof Uint8Array)) throw new TypeError('Received non-Uint8Array chunk')
      parts.push(value)
    }
  }

  /** Another body with this one's content; this one has been read. */
  take(): Body {
    const content = this.#bytes ?? (this.#stream as Stream).pipeThrough(new (streams().TransformStream)())
    const taken = new Body(content)
    this.#used = true
    if (this.#bytes !== undefined) this.#bytes = new Uint8Array()
    return taken
  }

  /** A second body of the same content; this one goes on with its own half of it. */
  clone(): Body {
    if (this.#bytes !== undefined) return new Body(this.#bytes.slice())
    const [first, second] = (this.#stream as Stream).tee() as [Stream, Stream]
    this.#stream = first
    return new Body(second)
  }
}

/** What may be given as a body, and the content type that goes with it. */
export function extract(content: unknown): { body: Body; type: string | undefined } {
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
  return { body: new Body(native.encodeUtf8(`${content}`)), type: 'text/plain;charset=UTF-8' }
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

interface Parts {
  readonly headers: Headers
  readonly body: Body | undefined
}

const messages = new WeakMap<object, Parts>()

function partsOf(message: unknown): Parts {
  const parts = messages.get(message as object)
  if (parts === undefined) throw new TypeError('Illegal invocation: the object is neither a Request nor a Response')
  return parts
}

export function bodyOf(message: object): Body | undefined {
  return partsOf(message).body
}

async function consume(message: object): Promise<Uint8Array> {
  return (await partsOf(message).body?.consume()) ?? new Uint8Array()
}

/** What requests and responses have in common. By the standard it stands on each of them: there is no class above. */
class Message {
  get headers(): Headers {
    return partsOf(this).headers
  }

  get body(): Stream | null {
    return partsOf(this).body?.stream ?? null
  }

  get bodyUsed(): boolean {
    return partsOf(this).body?.used ?? false
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
    return blobOf(await consume(this), partsOf(this).headers.get('content-type') ?? '')
  }

  async text(): Promise<string> {
    return textOf(await consume(this))
  }

  async json(): Promise<unknown> {
    return JSON.parse(textOf(await consume(this)))
  }

  async formData(): Promise<FormData> {
    const type = partsOf(this).headers.get('content-type') ?? ''
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
export function beMessage(message: object, headers: Headers, body: Body | undefined): void {
  messages.set(message, { headers, body })
}

function textOf(bytes: Uint8Array): string {
  return decode(bytes, bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)
}

function decode(bytes: Uint8Array, from: number): string {
  const text = native.decodeUtf8(bytes, from, bytes.length, false)
  if (text === undefined) throw new DOMException('The text is longer than a string can be', 'NotReadableError')
  return text
}
