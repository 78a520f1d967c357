import { ReadableStream, TransformStream, WritableStream } from 'web-streams-polyfill'
import { bytesOf, type DecoderOptions, TextDecoder } from './encoding.js'
import { customInspect } from './inspect.js'
import { native } from './library.js'
import { platformClass } from './platform.js'

export {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStreamDefaultController,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from 'web-streams-polyfill'
export { ReadableStream, TransformStream, WritableStream }

/** What the package keeps in its objects. */
interface Internals {
  readonly _disturbed: boolean
  readonly _state: string
}

/** Something was read of it, or it was cancelled. */
export function isDisturbed(stream: ReadableStream): boolean {
  return (stream as unknown as Internals)._disturbed
}

/** Text to its UTF-8; a surrogate pair may be split between chunks. */
export class TextEncoderStream {
  readonly #transform: TransformStream<unknown, Uint8Array>

  constructor() {
    let high = ''
    this.#transform = new TransformStream<unknown, Uint8Array>({
      transform(chunk, controller) {
        let text = `${high}${chunk}`
        high = ''
        const last = text.charCodeAt(text.length - 1)
        if (last >= 0xd800 && last <= 0xdbff) {
          high = text.slice(-1)
          text = text.slice(0, -1)
        }
        if (text !== '') controller.enqueue(native.encodeUtf8(text))
      },
      flush(controller) {
        if (high !== '') controller.enqueue(native.encodeUtf8(high))
      },
    })
  }

  get encoding(): string {
    return 'utf-8'
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#transform.readable
  }

  get writable(): WritableStream<unknown> {
    return this.#transform.writable
  }
}

export class TextDecoderStream {
  readonly #decoder: TextDecoder
  readonly #transform: TransformStream<unknown, string>

  constructor(label?: unknown, options?: DecoderOptions) {
    const decoder = new TextDecoder(label, options)
    this.#decoder = decoder
    this.#transform = new TransformStream<unknown, string>({
      transform(chunk, controller) {
        const text = decoder.decode(bytesOf(chunk, 'The chunk'), { stream: true })
        if (text !== '') controller.enqueue(text)
      },
      flush(controller) {
        const text = decoder.decode()
        if (text !== '') controller.enqueue(text)
      },
    })
  }

  get encoding(): string {
    return this.#decoder.encoding
  }

  get fatal(): boolean {
    return this.#decoder.fatal
  }

  get ignoreBOM(): boolean {
    return this.#decoder.ignoreBOM
  }

  get readable(): ReadableStream<string> {
    return this.#transform.readable
  }

  get writable(): WritableStream<unknown> {
    return this.#transform.writable
  }
}

platformClass(TextEncoderStream, 'TextEncoderStream')
platformClass(TextDecoderStream, 'TextDecoderStream')

customInspect<ReadableStream & Internals>(ReadableStream.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  const parts = { locked: this.locked, state: this._state, supportsBYOB: hasBytes(this) }
  return `ReadableStream ${inspect(parts, options)}`
})
customInspect<WritableStream & Internals>(WritableStream.prototype, function (depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  return `WritableStream ${inspect({ locked: this.locked, state: this._state }, options)}`
})
customInspect<TransformStream & { _backpressure: boolean }>(
  TransformStream.prototype,
  function (depth, options, inspect) {
    if (typeof depth === 'number' && depth < 0) return this
    const { readable, writable, _backpressure: backpressure } = this
    return `TransformStream ${inspect({ readable, writable, backpressure }, options)}`
  },
)

function hasBytes(stream: ReadableStream): boolean {
  const { _readableStreamController: controller } = stream as unknown as { _readableStreamController: object }
  return Object.prototype.toString.call(controller) === '[object ReadableByteStreamController]'
}
