import { use } from './library.js'

type Streams = typeof import('./streams.js')
type Stream = InstanceType<Streams['ReadableStream']>

interface Controller {
  readonly desiredSize: number
  enqueue(piece: Uint8Array): void
  close(): void
  error(reason: unknown): void
}

/** A body that is still coming in. */
export class Upload {
  readonly stream: Stream
  readonly #controller: Controller
  #open = true
  #room: ((goes: boolean) => void) | undefined

  constructor() {
    const { ReadableStream } = use('streams') as unknown as Streams
    let controller: unknown
    this.stream = new ReadableStream(
      {
        type: 'bytes',
        start: (made) => {
          controller = made
        },
        pull: () => this.#goOn(true),
        cancel: () => this.#stop(),
      },
      { highWaterMark: 65_536 },
    )
    this.#controller = controller as Controller
  }

  push(piece: Uint8Array | undefined): boolean | Promise<boolean> {
    if (!this.#open) return false
    if (piece === undefined) {
      this.#open = false
      this.#controller.close()
      return false
    }
    this.#controller.enqueue(piece)
    if (this.#controller.desiredSize > 0) return true
    return new Promise((resolve) => {
      this.#room = resolve
    })
  }

  fail(reason: unknown): void {
    if (this.#open) this.#controller.error(reason)
    this.#stop()
  }

  #stop(): void {
    this.#open = false
    this.#goOn(false)
  }

  #goOn(goes: boolean): void {
    const room = this.#room
    this.#room = undefined
    room?.(goes)
  }
}
