import { DOMException } from './exception.js'
import { use } from './library.js'

/** What is sent, of what the guest gives `send()`. */
export function messageOf(data: unknown): string | Uint8Array {
  if (typeof data === 'string') return data.toWellFormed()
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength).slice()
  }
  if (data instanceof ArrayBuffer) return new Uint8Array(data).slice()
  if ((use('blob') as { isBlob(value: unknown): boolean }).isBlob(data)) {
    throw new TypeError(
      'A WebSocket sends text, an ArrayBuffer or a view of one; await blob.bytes() for those of a Blob',
    )
  }
  return `${data}`.toWellFormed()
}

/** What the guest gets for bytes. */
export function dataOf(bytes: Uint8Array, type: 'arraybuffer' | 'blob'): unknown {
  if (type === 'blob') return new (use('blob') as { Blob: new (parts: unknown[]) => unknown }).Blob([bytes])
  const { buffer, byteOffset, byteLength } = bytes
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)
}

/** Codes that stand for what was not said, and are never sent. */
const unspoken: ReadonlySet<number> = new Set([1004, 1005, 1006, 1015])
const mostReason = 123

/** @throws DOMException for what `close()` does not take. */
export function closingOf(givenCode: unknown, givenReason: unknown): [code: number, reason: string] {
  const code = givenCode === undefined ? 1000 : Math.trunc(Number(givenCode))
  if (!(code >= 1000 && code <= 4999) || unspoken.has(code)) {
    throw new DOMException(
      `The code that a WebSocket is closed with must be from 1000 to 4999, and not one that is never sent: ${givenCode}`,
      'InvalidAccessError',
    )
  }
  const reason = givenReason === undefined ? '' : `${givenReason}`.toWellFormed()
  const { TextEncoder } = use('encoding') as { TextEncoder: new () => { encode(text: string): Uint8Array } }
  if (reason.length * 3 > mostReason && new TextEncoder().encode(reason).length > mostReason) {
    throw new DOMException(`The reason that a WebSocket is closed with has at most ${mostReason} bytes`, 'SyntaxError')
  }
  return [code, reason]
}
