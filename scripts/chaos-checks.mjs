/** How long anything may take before it counts as never. */
const patience = 60_000

const expected = new Set([
  'ERR_TIMEOUT',
  'ERR_MEMORY_LIMIT',
  'ERR_ISOLATE_CLOSED',
  'ERR_REMOTE',
  'ERR_CHANNEL_CLOSED',
  'ERR_PENDING_PROMISE',
  'ERR_WOULD_BLOCK',
  'ERR_POOL_CLOSED',
  20,
])

/** Chances that a seed decides, and checks that name it when they fail and end the process. @param {number} seed */
export function makeChecks(seed) {
  let state = seed
  function random(below) {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }

  function check(condition, what) {
    if (condition) return
    console.error(`seed ${seed}: ${what}`)
    process.exit(1)
  }

  return {
    random,
    pick: (list) => list[random(list.length)],
    check,

    /** What became of a promise. */
    async settled(promise, what) {
      let timer
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, patience, 'late')
      })
      const result = await Promise.race([
        promise.then(
          (value) => ({ value }),
          (error) => ({ error }),
        ),
        late,
      ])
      clearTimeout(timer)
      check(result !== 'late', `never settled: ${what}`)
      return result
    },

    checkError(error, what) {
      const isExpected = expected.has(error?.code) || error?.constructor?.name === 'RemoteError'
      check(isExpected, `${what}: ${error?.stack ?? error}`)
    },
  }
}
