/** The first steps are slower: code is compiled, threads start, caches and snapshots fill. In seconds. */
const WARM_UP = { full: 0.2, quick: 0.1 }
/** More samples of one process than this say nothing new. */
const MOST = 5_000

/** @returns {number} seconds, monotonic, for differences only */
export function now() {
  return performance.now() / 1000
}

/**
 * Repeats a step, at least once, until all that happens at first only is over.
 *
 * @param {() => Promise<unknown>} step
 * @param {boolean} quick
 */
export async function warmUp(step, quick) {
  const begin = now()
  do {
    await step()
  } while (now() - begin < (quick ? WARM_UP.quick : WARM_UP.full))
}

/**
 * Warms up, then repeats `step` until the time is up, at least `least` times, and hands each result to `keep`.
 *
 * @template T
 * @param {import('../types.d.ts').Budget} budget
 * @param {number} least
 * @param {() => Promise<T>} step
 * @param {(result: T) => void} keep
 */
export async function repeat(budget, least, step, keep) {
  await warmUp(step, budget.quick)
  const end = now() + budget.milliseconds / 1000
  for (let kept = 0; kept < least || (kept < MOST && now() < end); kept += 1) {
    keep(await step())
  }
}

/** @param {number} milliseconds */
export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
