import { makeMap, mapDelete, mapForEach, mapGet, mapSet, mapSize, pop, push, sort } from './builtins.js'

/** Whose it is (`LoopNatives.owner`), a callback and its arguments, as the engine takes them. */
export type Call = readonly unknown[]

export interface Timer {
  readonly id: number
  readonly call: Call
  /** Milliseconds from one time to the next; 0 for a timer that fires once. */
  readonly period: number
  /** Whether `close()` waits for it. */
  readonly referenced: boolean
  /** When it fires next, by `native.now()`. */
  moment: number
  /** Decides between timers of one moment. */
  order: number
  /** In line to fire; an interval whose callback runs is not. */
  waiting: boolean
  /** Where it is in the list while it waits. */
  place: number
}

/**
 * All timers of an isolate, and which of them fires next: a binary heap.
 *
 * A guest may be terminated in the midst of any function, the ones here included. So the maps say which timers there
 * are, and `waiting` which of them are in line; the list is only a way to find the first, and made anew when
 * somebody was stopped while changing it.
 */
export class TimerHeap {
  readonly #referenced: Map<number, Timer> = makeMap()
  readonly #unreferenced: Map<number, Timer> = makeMap()
  #list: Timer[] = []
  #torn = false

  get size(): number {
    return mapSize(this.#referenced) + mapSize(this.#unreferenced)
  }

  /** How many there are that `close()` waits for. */
  get referenced(): number {
    return mapSize(this.#referenced)
  }

  get(id: number): Timer | undefined {
    return mapGet(this.#referenced, id) ?? mapGet(this.#unreferenced, id)
  }

  /** The one that fires next. */
  first(): Timer | undefined {
    this.#mend()
    return this.#list.length === 0 ? undefined : this.#list[0]
  }

  /** Puts a timer in line; nothing happens to one that is. */
  add(timer: Timer): void {
    this.#mend()
    if (timer.waiting) return
    this.#torn = true
    timer.waiting = true
    mapSet(timer.referenced ? this.#referenced : this.#unreferenced, timer.id, timer)
    push(this.#list, timer)
    this.#rise(timer, this.#list.length - 1)
    this.#torn = false
  }

  /** Takes a timer out of the line, and forgets it unless it is to be put back. */
  remove(timer: Timer, forget: boolean): void {
    this.#mend()
    this.#torn = true
    if (forget) mapDelete(timer.referenced ? this.#referenced : this.#unreferenced, timer.id)
    if (timer.waiting) {
      timer.waiting = false
      const last = pop(this.#list) as Timer
      if (last !== timer) {
        this.#sink(last, timer.place)
        this.#rise(last, last.place)
      }
    }
    this.#torn = false
  }

  /** Moves what fires later than `timer` down from `place` on, and puts it where there is room then. */
  #rise(timer: Timer, place: number): void {
    const list = this.#list
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = list[above] as Timer
      if (isSooner(parent, timer)) break
      put(list, parent, place)
      place = above
    }
    put(list, timer, place)
  }

  #sink(timer: Timer, place: number): void {
    const list = this.#list
    const { length } = list
    for (;;) {
      let below = 2 * place + 1
      if (below >= length) break
      if (below + 1 < length && isSooner(list[below + 1] as Timer, list[below] as Timer)) below++
      const child = list[below] as Timer
      if (isSooner(timer, child)) break
      put(list, child, place)
      place = below
    }
    put(list, timer, place)
  }

  #mend(): void {
    if (!this.#torn) return
    const list: Timer[] = []
    const collect = (timer: Timer): void => {
      if (timer.waiting) push(list, timer)
    }
    mapForEach(this.#referenced, collect)
    mapForEach(this.#unreferenced, collect)
    // What is sorted is a heap, too.
    sort(list, (a, b) => (isSooner(a, b) ? -1 : 1))
    for (let place = 0; place < list.length; place++) put(list, list[place] as Timer, place)
    this.#list = list
    this.#torn = false
  }
}

function isSooner(a: Timer, b: Timer): boolean {
  return a.moment < b.moment || (a.moment === b.moment && a.order < b.order)
}

function put(list: Timer[], timer: Timer, place: number): void {
  list[place] = timer
  timer.place = place
}
