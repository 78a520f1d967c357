/**
 * Steps of a linear congruential generator: integer work that no compiler takes away. It names nothing from outside, so it can travel
 * by its source.
 *
 * @param {number} steps
 */
export function spin(steps) {
  let state = 1
  for (let step = 0; step < steps; step += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
  return state
}

/** @returns {number} how many steps take a microsecond on this thread */
export function stepsPerMicrosecond() {
  const steps = 1_000_000
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 20; round += 1) {
    const begin = performance.now()
    spin(steps)
    best = Math.min(best, performance.now() - begin)
  }
  return steps / (best * 1_000)
}
