import { makeMap, mapDelete, mapSet, mapSize, Number, TypeError, trunc, unshift } from './builtins.js'
import { type LoopNatives, native } from './native.js'
import { type Call, TimerHeap } from './timer-heap.js'

type Callback = (...args: unknown[]) => unknown

/** The functions of the loop: all but the last are globals of guests. */
export interface Timers {
  setTimeout(callback: Callback, delay?: number, ...args: unknown[]): number
  setInterval(callback: Callback, delay?: number, ...args: unknown[]): number
  setImmediate(callback: Callback, ...args: unknown[]): number
  clearTimeout(id?: unknown): void
  clearInterval(id?: unknown): void
  clearImmediate(id?: unknown): void
  queueMicrotask(callback: () => void): void
  /** What `setTimeout` and `setInterval` do; `close()` does not wait for a timer that is not `referenced`. */
  startTimer(callback: unknown, delay: unknown, args: unknown[], repeats: boolean, referenced: boolean): number
}

/** One callback of `setImmediate`, and those that come after it. */
interface Immediate {
  readonly id: number
  readonly call: Call
  next: Immediate | undefined
}

const LONGEST = 2 ** 31 - 1

let loop: LoopNatives
const timers = new TimerHeap()
const immediates = makeMap<number, Immediate>()
let nextImmediate: Immediate | undefined
let lastImmediate: Immediate | undefined
// Timers and immediates count together, so that no number means two things.
let lastId = 0
let lastOrder = 0
// When the alarm of the engine goes off, and whether it knows of something that `close()` waits for.
let alarm = Infinity
let kept = false
// The round of callbacks that goes on: what is due at its beginning.
let roundBegan = 0
let roundEnd = 0
/** The interval whose callback was taken last, and when that was: there it goes on to count. */
let repeating: ReturnType<TimerHeap['get']>
let repeatingSince = 0

/** Once, before any of the functions is used. */
export function createTimers(): Timers {
  loop = native.loop()
  loop.useTimers(take)
  return functions
}

const functions: Timers = {
  setTimeout(callback, delay, ...args) {
    return startTimer(callback, delay, args, false, true)
  },

  setInterval(callback, delay, ...args) {
    return startTimer(callback, delay, args, true, true)
  },

  setImmediate(callback, ...args) {
    checkCallback(callback)
    checkRoom()
    unshift<unknown>(args, loop.owner(), callback)
    const immediate: Immediate = { id: ++lastId, call: args, next: undefined }
    mapSet(immediates, immediate.id, immediate)
    if (lastImmediate === undefined) nextImmediate = immediate
    else lastImmediate.next = immediate
    lastImmediate = immediate
    loop.post()
    keepOpen()
    return immediate.id
  },

  clearTimeout(id) {
    clearTimer(id)
  },

  clearInterval(id) {
    clearTimer(id)
  },

  clearImmediate(id) {
    mapDelete(immediates, toId(id))
    keepOpen()
  },

  queueMicrotask(callback) {
    checkCallback(callback)
    loop.enqueueMicrotask(callback)
  },

  startTimer,
}

function startTimer(callback: unknown, delay: unknown, args: unknown[], repeats: boolean, referenced: boolean): number {
  checkCallback(callback)
  checkRoom()
  const period = toDelay(delay)
  unshift(args, loop.owner(), callback)
  const timer = {
    id: ++lastId,
    call: args,
    period: repeats ? period : 0,
    referenced,
    moment: native.now() + period,
    order: ++lastOrder,
    waiting: false,
    place: 0,
  }
  timers.add(timer)
  if (timer.moment < alarm) {
    alarm = timer.moment
    loop.setAlarm(alarm)
  }
  keepOpen()
  return timer.id
}

function clearTimer(id: unknown): void {
  const timer = timers.get(toId(id))
  if (timer === undefined) return
  if (repeating === timer) repeating = undefined
  timers.remove(timer, true)
  keepOpen()
}

/**
 * The next callback of this round with its arguments; undefined at its end. The engine calls it, as an execution of its
 * own, and then asks for the next one. What the callback starts waits for a later round. When it `drops` the last one,
 * an interval is not repeated.
 */
function take(begins: boolean, drops: boolean): Call | undefined {
  if (drops && repeating !== undefined) {
    timers.remove(repeating, true)
    repeating = undefined
  }
  // In Node, too, an interval counts from when its callback began.
  if (repeating !== undefined) {
    repeating.moment = repeatingSince + repeating.period
    repeating.order = ++lastOrder
    timers.add(repeating)
    repeating = undefined
  }
  if (begins) {
    roundBegan = native.now()
    roundEnd = lastId
  }
  const timer = timers.first()
  if (timer !== undefined && timer.moment <= roundBegan) {
    if (timer.period > 0) {
      repeatingSince = native.now()
      repeating = timer
    }
    timers.remove(timer, timer.period === 0)
    return timer.call
  }
  while (nextImmediate !== undefined && nextImmediate.id <= roundEnd) {
    const { id, call, next } = nextImmediate
    nextImmediate = next
    if (next === undefined) lastImmediate = undefined
    // False for one that was cleared.
    if (mapDelete(immediates, id)) return call
  }
  alarm = timer === undefined ? Infinity : timer.moment
  loop.setAlarm(alarm)
  keepOpen()
  return undefined
}

function keepOpen(): void {
  const keep = timers.referenced > 0 || mapSize(immediates) > 0
  if (keep === kept) return
  loop.keepOpen(keep)
  kept = keep
}

function toDelay(value: unknown): number {
  const delay = Number(value)
  if (delay >= 1 && delay <= LONGEST) return trunc(delay)
  if (delay > LONGEST) {
    const text = `${delay} does not fit into a 32-bit signed integer.\nTimeout duration was set to 1.`
    native.print('warn', true, `TimeoutOverflowWarning: ${text}`)
  }
  return 1
}

function toId(value: unknown): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? Number(value) : 0
}

/** 0 until it is known. */
let most = 0

function checkRoom(): void {
  if (most === 0) most = loop.maxTimers()
  if (timers.size + mapSize(immediates) < most) return
  const error: RangeError & { code?: string } = new RangeError(
    `There are ${most} timers already, and the isolate’s maxTimers allows no more`,
  )
  error.code = 'ERR_TIMER_LIMIT'
  throw error
}

function checkCallback(callback: unknown): void {
  if (typeof callback === 'function') return
  const received = callback === null || callback === undefined ? `${callback}` : `type ${typeof callback}`
  const error: TypeError & { code?: string } = new TypeError(
    `The "callback" argument must be of type function. Received ${received}`,
  )
  error.code = 'ERR_INVALID_ARG_TYPE'
  throw error
}
