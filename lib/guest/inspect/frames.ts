import { includes, indexOf, Map, mapGet, mapSet, min, pop, push, remove } from '../builtins.js'
import { dialect } from '../dialect.js'
import type { Context } from './context.js'

/** Leaves out what the stack shares with that of its cause, and repetitions of a recursion. */
export function shortenFrames(context: Context, frames: string[], causeFrames: readonly string[]): string[] {
  const shared = sharedRun(frames, causeFrames)
  if (shared !== undefined) {
    const skipped = shared.length - 2
    const note = `    ... ${skipped} lines matching cause stack trace ...`
    replaceRun(frames, shared.start + 1, skipped, context.stylize(note, 'undefined'))
  }
  if (frames.length > 10 && !dialect.plainErrors) collapse(context, frames)
  return frames
}

function replaceRun(frames: string[], start: number, count: number, note: string): void {
  remove(frames, start, count - 1)
  frames[start] = note
}

/** The first run of more than three lines that is also in `other`. */
function sharedRun(frames: readonly string[], other: readonly string[]): { start: number; length: number } | undefined {
  for (let start = 0; start < frames.length - 3; start++) {
    const position = indexOf(other, frames[start])
    if (position === -1) continue
    const most = min(frames.length - start, other.length - position)
    let length = 1
    while (length < most && frames[start + length] === other[position + length]) length++
    if (length > 3) return { start, length }
  }
  return undefined
}

function collapse(context: Context, frames: string[]): void {
  const repetitions = findRepetitions(frames)
  for (let i = repetitions.length - 1; i >= 0; i--) {
    const { start, length, times } = repetitions[i] as Repetition
    const what = times > 1 ? `${length} lines ${times} times...` : 'lines ...'
    const note = `    ... collapsed ${length * times} duplicate lines matching above ${what}`
    replaceRun(frames, start, length * times, context.stylize(note, 'undefined'))
  }
}

/** `times` blocks of `length` lines from `start` on, each equal to the block before `start`. */
interface Repetition {
  readonly start: number
  readonly length: number
  readonly times: number
}

function findRepetitions(frames: readonly string[]): Repetition[] {
  const found: Repetition[] = []
  const places = new Map<string, number[]>()
  let different = 0
  for (let i = 0; i < frames.length; i++) {
    const line = frames[i] as string
    const list = mapGet(places, line)
    if (list !== undefined) push(list, i)
    else {
      mapSet(places, line, [i])
      different++
    }
  }
  if (frames.length - different <= 3) return found
  for (let i = 0; i < frames.length - 3; i++) {
    const lengths = blockLengths(mapGet(places, frames[i]) as number[], i)
    const best = longest(frames, i, lengths)
    if (best.length * best.times < 3) continue
    push(found, { start: i + best.length, length: best.length, times: best.times })
    i += best.length * (best.times + 1) - 1
  }
  return found
}

/**
 * How long a block repeating from line `from` on may be, the likeliest length last: the greatest common divisor of
 * the distances to all later places of the line, before it the larger divisors met on the way there.
 */
function blockLengths(places: readonly number[], from: number): number[] {
  const next = indexOf(places, from) + 1
  const farthest = (places[places.length - 1] as number) - from
  if (farthest < 3) return []
  if (next + 1 >= places.length) return [farthest]
  const tried: number[] = []
  let divisor = 0
  for (let i = next; i < places.length && divisor !== 1; i++) {
    for (let rest = (places[i] as number) - from; rest !== 0; ) {
      if (divisor !== 0 && !includes(tried, divisor)) push(tried, divisor)
      const remainder = divisor % rest
      divisor = rest
      rest = remainder
    }
  }
  const index = indexOf(tried, divisor)
  if (index !== -1) remove(tried, index, 1)
  push(tried, divisor)
  return tried
}

/** Of the given block lengths, the one that hides most lines; the one tried first where two hide as many. */
function longest(frames: readonly string[], from: number, lengths: number[]): { length: number; times: number } {
  let best = { length: 0, times: 0 }
  for (let length = pop(lengths); length !== undefined; length = pop(lengths)) {
    const times = countRepetitions(frames, from, length)
    if (times !== 0 && length * times > best.length * best.times) best = { length, times }
  }
  return best
}

function countRepetitions(frames: readonly string[], from: number, length: number): number {
  let times = 0
  for (let start = from + length; ; start += length) {
    for (let i = 0; i < length; i++) if (frames[from + i] !== frames[start + i]) return times
    times++
  }
}
