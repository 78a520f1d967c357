import { clone, transferOf } from './clone.js'
import { Event, trusted } from './event.js'
import { defineHandler, dispatch, EventTarget, listenTo } from './event-target.js'
import { MessageEvent } from './events.js'
import { DOMException } from './exception.js'
import { platformClass } from './platform.js'
import { makePlatformObject } from './platform-object.js'

const { setImmediate } = globalThis as unknown as { setImmediate(callback: () => void): unknown }

/** What a port of the guest stands for; it goes from port to port when one is transferred. */
class PortEnd {
  port: object
  /** The other end of the channel, until one of the two is closed. */
  other: PortEnd | undefined
  #started = false
  #scheduled = false
  readonly #events: Event[] = []

  constructor(port: object) {
    this.port = port
  }

  put(event: Event): void {
    this.#events.push(event)
    this.#schedule()
  }

  start(): void {
    this.#started = true
    this.#schedule()
  }

  /** A port that was transferred does not go on by itself. */
  moveTo(port: object): void {
    this.port = port
    this.#started = false
  }

  close(): void {
    const { other } = this
    this.other = undefined
    this.#events.length = 0
    if (other === undefined) return
    other.other = undefined
    other.#tellOfEnd()
  }

  /** Behind the messages that are on their way, if anybody gets them. */
  #tellOfEnd(): void {
    const event = new Event('close')
    if (this.#started) this.put(event)
    else setImmediate(() => dispatch(this.port, trusted(event)))
  }

  /** Each event is a task of the loop by itself, as the standard has it. */
  #schedule(): void {
    if (!this.#started || this.#scheduled || this.#events.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (!this.#started) return
      const event = this.#events.shift()
      this.#schedule()
      if (event !== undefined) dispatch(this.port, trusted(event))
    })
  }
}

/** Without an end: one that was transferred, or closed. */
const ends = new WeakMap<object, PortEnd | null>()

function endOf(port: unknown): PortEnd | null {
  const end = ends.get(port as object)
  if (end === undefined) throw new TypeError('Illegal invocation: the object is not a MessagePort')
  return end
}

const cloning = {
  heir(port: object): object {
    if (endOf(port) === null)
      throw new DOMException('A MessagePort that is closed or was transferred cannot be transferred', 'DataCloneError')
    return makePort()
  },
  move(port: object, heir: object): void {
    const end = endOf(port) as PortEnd
    ends.set(port, null)
    ends.set(heir, end)
    end.moveTo(heir)
  },
}

function makePort(): object {
  const port = makePlatformObject(MessagePort, cloning)
  listenTo(port)
  ends.set(port, null)
  return port
}

/** One end of a channel within the isolate: `isolates.Channel` leads to others. */
export class MessagePort extends EventTarget {
  constructor() {
    super()
    throw new TypeError('Illegal constructor')
  }

  postMessage(...args: unknown[]): void {
    const end = endOf(this)
    if (args.length === 0) throw new TypeError("Failed to execute 'postMessage': the message is missing")
    const [message, options] = args
    const isList = typeof options === 'object' && options !== null && Symbol.iterator in options
    const transfer = isList ? [...(options as Iterable<unknown>)] : transferOf(options)
    if (transfer.includes(this)) {
      throw new DOMException('A MessagePort cannot be transferred through itself', 'DataCloneError')
    }
    const other = end?.other
    const leadsToItself = other !== undefined && transfer.includes(other.port)
    const { copy, ports } = clone(message, transfer)
    // Nobody is there to get it: the other port is in the message itself.
    if (leadsToItself) other?.close()
    else other?.put(new MessageEvent('message', { data: copy, ports }))
  }

  /** From now on messages come as events; setting `onmessage` does the same. */
  start(): void {
    endOf(this)?.start()
  }

  close(): void {
    endOf(this)?.close()
    ends.set(this, null)
  }
}

/** Two connected ends. What is posted to one comes out of the other as an event, in a later turn of the loop. */
export class MessageChannel {
  readonly #port1 = makePort()
  readonly #port2 = makePort()

  constructor() {
    const first = new PortEnd(this.#port1)
    const second = new PortEnd(this.#port2)
    first.other = second
    second.other = first
    ends.set(this.#port1, first)
    ends.set(this.#port2, second)
  }

  get port1(): object {
    return this.#port1
  }

  get port2(): object {
    return this.#port2
  }
}

platformClass(MessagePort, 'MessagePort')
platformClass(MessageChannel, 'MessageChannel')
defineHandler(MessagePort, 'message', (port) => endOf(port)?.start())
defineHandler(MessagePort, 'messageerror')
defineHandler(MessagePort, 'close')
