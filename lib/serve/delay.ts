const first = 10
const longest = 10_000

/** Milliseconds until something that has died so many times in a row is started again: twice as many each time. */
export function restartDelay(failures: number): number {
  return failures === 0 ? 0 : Math.min(longest, first * 2 ** failures)
}
