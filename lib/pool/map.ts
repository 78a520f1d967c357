import { invalidType } from '../errors.js'
import { checkOptions } from '../shared/options.js'
import { mapChecks, type PoolRunOptions } from './options.js'
import type { Submission } from './submission.js'

/** What `pool.map()` takes: the options of its tasks, and these. */
export interface MapOptions extends Omit<PoolRunOptions, 'transfer'> {
  /**
   * Most items that are being worked on or wait to be taken, and so how far ahead of the results items are read. Default: as
   * many as the pool can work on at a time.
   */
  concurrency?: number
  /** Whether results come in the order of their items, or as they are ready. Default: true. */
  ordered?: boolean
}

type Step = IteratorResult<unknown, unknown>
type Source = Iterator<unknown, unknown> | AsyncIterator<unknown, unknown>

/** One item on its way. */
interface Slot {
  readonly task: Submission
  state: 'pending' | 'done' | 'failed'
  value: unknown
}

export function mapItems(
  items: unknown,
  options: MapOptions | undefined,
  capacity: number,
  submit: (item: unknown, options: PoolRunOptions) => Submission,
): AsyncGenerator<unknown, void, undefined> {
  const { concurrency = capacity, ordered = true, signal, ...each } = checkOptions(options, mapChecks)
  const open = opener(items)
  return new Mapping(open, concurrency, ordered, (item) => submit(item, each)).results(signal)
}

/** @throws TypeError for what is not iterable. */
function opener(items: unknown): () => Source {
  if (items !== null && items !== undefined) {
    const { [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: synchronous } = items as Partial<
      AsyncIterable<unknown> & Iterable<unknown>
    >
    if (typeof asynchronous === 'function') return () => asynchronous.call(items)
    if (typeof synchronous === 'function') return () => synchronous.call(items)
  }
  throw invalidType('items', 'an iterable or an asynchronous iterable', items)
}

class Mapping {
  readonly #open: () => Source
  readonly #most: number
  readonly #ordered: boolean
  readonly #start: (item: unknown) => Submission
  /** What was begun and not handed over: in the order of the items, or of the results. */
  #slots: Slot[] = []
  #outstanding = 0
  #source: Source | undefined
  #reading = false
  #ended = false
  /** What the source threw, or the signal's reason; told after the results before it. */
  #error: { value: unknown } | undefined
  #wake: () => void = () => {}

  constructor(open: () => Source, most: number, ordered: boolean, start: (item: unknown) => Submission) {
    this.#open = open
    this.#most = most
    this.#ordered = ordered
    this.#start = start
  }

  async *results(signal: PoolRunOptions['signal']): AsyncGenerator<unknown, void, undefined> {
    const abort = (): void => this.#abort(signal?.reason)
    if (signal?.aborted) throw signal.reason
    signal?.addEventListener('abort', abort, { once: true })
    try {
      this.#source = this.#open()
      for (;;) {
        this.#read()
        const slot = this.#ready()
        if (slot !== undefined) {
          this.#outstanding -= 1
          if (slot.state === 'failed') throw slot.value
          this.#read()
          yield slot.value
        } else if (this.#outstanding === 0 && this.#error !== undefined) {
          throw this.#error.value
        } else if (this.#outstanding === 0 && this.#ended) {
          return
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
        }
      }
    } finally {
      signal?.removeEventListener('abort', abort)
      await this.#leave()
    }
  }

  /** The next that has a result. */
  #ready(): Slot | undefined {
    const [first] = this.#slots
    return first === undefined || first.state === 'pending' ? undefined : this.#slots.shift()
  }

  /** Reads and begins as much as may be under way. */
  #read(): void {
    while (!this.#ended && !this.#reading && this.#outstanding < this.#most) {
      let step: Step | Promise<Step>
      try {
        step = (this.#source as Source).next()
        if (step instanceof Promise || isThenable(step)) {
          this.#later(step)
        } else if (!step.done && isThenable(step.value)) {
          this.#later(step.value.then((value) => ({ done: false, value })))
        } else {
          this.#take(step)
        }
      } catch (error) {
        this.#stop(error)
      }
    }
  }

  #later(step: PromiseLike<Step>): void {
    this.#reading = true
    step.then(
      (read) => {
        this.#reading = false
        if (!this.#ended) this.#take(read)
        this.#read()
        this.#wake()
      },
      (error) => {
        this.#reading = false
        this.#stop(error)
        this.#wake()
      },
    )
  }

  #take(step: Step): void {
    if (step.done) {
      this.#ended = true
      return
    }
    let task: Submission
    try {
      task = this.#start(step.value)
    } catch (error) {
      this.#stop(error)
      return
    }
    const slot: Slot = { task, state: 'pending', value: undefined }
    this.#outstanding += 1
    if (this.#ordered) this.#slots.push(slot)
    const settle = (state: 'done' | 'failed', value: unknown): void => {
      slot.state = state
      slot.value = value
      if (!this.#ordered) this.#slots.push(slot)
      this.#wake()
    }
    this.#running.add(task)
    task.result.then(
      (value) => {
        this.#running.delete(task)
        settle('done', value)
      },
      (error) => {
        this.#running.delete(task)
        settle('failed', error)
      },
    )
  }

  readonly #running = new Set<Submission>()

  /** Nothing more is read; what was begun is finished. */
  #stop(error: unknown): void {
    this.#ended = true
    this.#error ??= { value: error }
  }

  #abort(reason: unknown): void {
    this.#stop(reason)
    for (const task of this.#running) task.cancel(reason)
    this.#wake()
  }

  async #leave(): Promise<void> {
    const exhausted = this.#ended
    this.#ended = true
    if (this.#running.size > 0) {
      const reason = new DOMException('Nobody wants the result any more', 'AbortError')
      for (const task of this.#running) task.cancel(reason)
    }
    this.#slots = []
    if (!exhausted) await this.#source?.return?.()
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> & PromiseLike<Step> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
