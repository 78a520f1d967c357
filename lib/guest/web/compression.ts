import { Deflate, Inflate } from 'pako'
import { unsharedBytesOf } from './encoding.js'
import { platformClass } from './platform.js'
import { type ReadableStream, TransformStream, type WritableStream } from './streams.js'

/** What the package wants to hear of each format; an Inflate that is told its window takes no other format. */
const formats: Readonly<Record<string, { deflate: object; inflate: object }>> = {
  gzip: { deflate: { gzip: true }, inflate: { windowBits: 31 } },
  deflate: { deflate: {}, inflate: { windowBits: 15 } },
  'deflate-raw': { deflate: { raw: true }, inflate: { raw: true } },
}

function formatOf(name: string, args: unknown[]): { deflate: object; inflate: object } {
  if (args.length === 0) throw new TypeError(`Failed to construct '${name}': the format is missing`)
  const format = `${args[0]}`
  if (!Object.hasOwn(formats, format)) throw new TypeError(`Unsupported compression format: '${format}'`)
  return formats[format] as { deflate: object; inflate: object }
}

/** Compresses within the isolate: its time, and its memory. */
export class CompressionStream {
  readonly #transform: TransformStream<unknown, Uint8Array>

  constructor(...args: unknown[]) {
    const deflate = new Deflate(formatOf('CompressionStream', args).deflate)
    this.#transform = new TransformStream<unknown, Uint8Array>({
      start(controller) {
        deflate.onData = (bytes) => controller.enqueue(bytes)
      },
      transform(chunk) {
        deflate.push(unsharedBytesOf(chunk, 'The chunk'), false)
      },
      flush() {
        deflate.push(new Uint8Array(), true)
      },
    })
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#transform.readable
  }

  get writable(): WritableStream<unknown> {
    return this.#transform.writable
  }
}

export class DecompressionStream {
  readonly #transform: TransformStream<unknown, Uint8Array>

  constructor(...args: unknown[]) {
    const inflate = new Inflate(formatOf('DecompressionStream', args).inflate)
    this.#transform = new TransformStream<unknown, Uint8Array>({
      start(controller) {
        inflate.onData = (bytes) => controller.enqueue(bytes)
      },
      transform(chunk) {
        const bytes = unsharedBytesOf(chunk, 'The chunk')
        if (bytes.length === 0) return
        if (inflate.ended) throw new TypeError('There is more after the end of the compressed data')
        inflate.push(bytes, false)
        if (inflate.err !== 0) throw new TypeError(`The compressed data was not valid: ${inflate.msg || inflate.err}`)
        if (inflate.ended && inflate.strm.avail_in > 0) {
          throw new TypeError('There is more after the end of the compressed data')
        }
      },
      flush() {
        if (!inflate.ended) throw new TypeError('The compressed data ends too early')
      },
    })
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#transform.readable
  }

  get writable(): WritableStream<unknown> {
    return this.#transform.writable
  }
}

platformClass(CompressionStream, 'CompressionStream')
platformClass(DecompressionStream, 'DecompressionStream')
