import { floor, Map, mapDelete, mapGet, mapHas, mapSet, padStart, parseFloat, toFixed } from './builtins.js'
import { native } from './native.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** The timers of `console.time`, by label. */
const started = new Map<string, number>()

/** False when the label is in use. */
export function start(label: string): boolean {
  if (mapHas(started, label)) return false
  mapSet(started, label, native.now())
  return true
}

/** The time since the start as text, or undefined for an unknown label. */
export function elapsed(label: string): string | undefined {
  const since = mapGet(started, label)
  return since === undefined ? undefined : formatDuration(native.now() - since)
}

export function stop(label: string): void {
  mapDelete(started, label)
}

/** `1.234ms`, `1.234s`, `1:02.003 (m:ss.mmm)` or `1:02:03.004 (h:mm:ss.mmm)`. */
export function formatDuration(duration: number): string {
  if (duration < SECOND) return `${parseFloat(toFixed(duration, 3))}ms`
  if (duration < MINUTE) return `${toFixed(duration / SECOND, 3)}s`
  const hours = floor(duration / HOUR)
  const minutes = floor((duration % HOUR) / MINUTE)
  const seconds = padStart(toFixed((duration % MINUTE) / SECOND, 3), 6, '0')
  return hours > 0
    ? `${hours}:${padStart(`${minutes}`, 2, '0')}:${seconds} (h:mm:ss.mmm)`
    : `${minutes}:${seconds} (m:ss.mmm)`
}
