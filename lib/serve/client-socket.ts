import { Duplex } from 'node:stream'
import type { Client, ClientListener } from './client.js'

/** The connection of a client that has left HTTP, as a stream of Node's. */
export class ClientSocket extends Duplex implements ClientListener {
  readonly #client: Client
  #written: (() => void) | undefined

  constructor(client: Client) {
    super()
    this.#client = client
    client.watch(this)
  }

  onPiece(piece: Uint8Array | undefined): void {
    const bytes = piece === undefined ? null : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    if (!this.push(bytes)) this.#client.pause(true)
  }

  onDrain(): void {
    const written = this.#written
    this.#written = undefined
    written?.()
  }

  onGone(): void {
    // Whoever reads it knows by its own protocol whether this is the end.
    this.push(null)
    this.destroy()
  }

  override _read(): void {
    this.#client.pause(false)
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#client.write(piece)) done()
    else this.#written = done
  }

  override _writev(pieces: { chunk: Buffer }[], done: () => void): void {
    // In one packet, if it fits.
    const whole = Buffer.concat(pieces.map(({ chunk }) => chunk))
    this._write(whole, 'utf8', done)
  }

  override _final(done: () => void): void {
    this.#client.end()
    done()
    // Nothing is read from a connection that has ended.
    process.nextTick(() => this.destroy())
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#client.destroy()
    const written = this.#written
    this.#written = undefined
    written?.()
    done(error)
  }
}
