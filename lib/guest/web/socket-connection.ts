import type { Batch, SocketItem } from '../../shared/served.js'
import type { Owner, SocketEnd } from './socket-end.js'

/**
 * A WebSocket's way to its client: what the app sends is fetched by the host, or goes along with the answer to what the
 * client has sent.
 */
export class Connection implements Owner {
  readonly #end: SocketEnd
  #out: SocketItem[] = []
  #bytes = 0
  #taker: ((batch: Batch | undefined) => void) | undefined
  /** A call of the host's is under way that takes all with it. */
  #called = false
  #scheduled = false
  #batches = 0

  /** @param given The end that the app gives away. */
  constructor(given: SocketEnd, protocol: string) {
    given.giveTo(this, protocol)
    this.#end = given.other
  }

  get waiting(): number {
    return this.#bytes
  }

  put(item: SocketItem): void {
    this.#out.push(item)
    this.#bytes += sizeOf(item)
    if (this.#called || this.#taker === undefined || this.#scheduled) return
    this.#scheduled = true
    // What is sent in one go leaves in one go.
    queueMicrotask(() => {
      this.#scheduled = false
      if (this.#out.length === 0) return
      const taker = this.#taker
      this.#taker = undefined
      taker?.(this.#empty())
    })
  }

  /** What the client has sent, or how it has gone; gives what the app sends at that. */
  receive(item: SocketItem): Batch | undefined {
    this.#called = true
    try {
      this.#end.receive(item)
    } finally {
      this.#called = false
    }
    return this.#out.length === 0 ? undefined : this.#empty()
  }

  /** What the app sends next; undefined after `endTake()`. One call at a time. */
  take(): Batch | Promise<Batch | undefined> {
    if (this.#out.length > 0) return this.#empty()
    return new Promise((resolve) => {
      this.#taker = resolve
    })
  }

  endTake(): void {
    const taker = this.#taker
    this.#taker = undefined
    taker?.(undefined)
  }

  #empty(): Batch {
    const items = this.#out
    this.#out = []
    this.#bytes = 0
    return [this.#batches++, items]
  }
}

function sizeOf(item: SocketItem): number {
  return Array.isArray(item) ? 0 : item.length
}
