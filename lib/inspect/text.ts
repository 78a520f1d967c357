import { Readable } from 'node:stream'

/** What the addon gives a text in: pieces of UTF-8, one after another. */
export function textOf(pieces: ArrayBuffer[]): string {
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString()
}

/** The same for somebody who takes one piece at a time; each goes when it has been taken. */
export function streamOf(pieces: ArrayBuffer[]): Readable {
  const left = pieces.reverse()
  return new Readable({
    read() {
      const piece = left.pop()
      this.push(piece === undefined ? null : Buffer.from(piece))
    },
    destroy(error, done) {
      left.length = 0
      done(error)
    },
  })
}
