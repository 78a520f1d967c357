import { Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Takes a piece of output; `isLine` when it is a line or several, whose last break is taken off. */
export type Print = (toStderr: boolean, isLine: boolean, text: string) => void

/**
 * Puts streams in the place of `process.stdout` and `process.stderr` whose every write is with the host when it returns.
 * Those of Node's worker threads wait for the thread's event loop: what a busy thread prints comes late, and what it
 * prints before it ends may not come at all.
 */
export function redirectOutput(print: Print): void {
  for (const [name, fd] of [['stdout', 1] as const, ['stderr', 2] as const]) {
    const stream = Object.assign(makeStream(fd === 2, print), { fd, _type: 'fs', _isStdio: true })
    // Like Node's own, it outlives every attempt to end it.
    stream.destroy = () => stream
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream })
  }
}

function makeStream(toStderr: boolean, print: Print): Writable {
  const decoder = new StringDecoder()
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, encoding, done) {
      const text =
        typeof chunk !== 'string'
          ? decoder.write(chunk)
          : isText(encoding)
            ? chunk
            : decoder.write(Buffer.from(chunk, encoding))
      const isLine = text.endsWith('\n')
      if (text !== '') print(toStderr, isLine, isLine ? text.slice(0, -1) : text)
      done()
    },
  })
}

function isText(encoding: string): boolean {
  return /^(utf-?8|utf-?16le|ucs-?2)$/i.test(encoding)
}
