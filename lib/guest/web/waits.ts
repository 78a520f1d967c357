// As it is before any code of the app runs.
const { setTimeout } = globalThis as unknown as { setTimeout(callback: () => void, after: number): unknown }

// Those that have seen no tick, and those that have seen one.
let fresh = new Set<() => void>()
let due = new Set<() => void>()
let isTicking = false

/**
 * Ends a wait of the host's, which is answered before the time limit of its calls, and asks again. All share one timer, and are ended by the second
 * of its ticks that they see: so none is shorter than one, however late the timer is.
 *
 * @param tick Milliseconds, of which the wait is given one to two; 0 for no end.
 * @returns Takes it back.
 */
export function endInTime(end: () => void, tick: number): () => void {
  if (tick === 0) return () => {}
  fresh.add(end)
  if (!isTicking) {
    isTicking = true
    setTimeout(() => advance(tick), tick)
  }
  return () => fresh.delete(end) || due.delete(end)
}

function advance(tick: number): void {
  const over = due
  due = fresh
  fresh = new Set()
  for (const end of over) end()
  isTicking = due.size > 0
  if (isTicking) setTimeout(() => advance(tick), tick)
}
