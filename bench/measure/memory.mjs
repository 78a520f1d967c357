import { readFileSync } from 'node:fs'
import { sleep } from './clock.mjs'

/** Idle work of a unit just started (compiling, collecting) is over after this many milliseconds. */
const QUIET = 150

/** @typedef {{ resident: number, proportional: number }} Usage bytes; shared pages count in full, or by share */

/**
 * @param {number} pid
 * @returns {Usage}
 */
function usageOf(pid) {
  let text
  try {
    text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  } catch {
    // Only Linux tells the proportional share; elsewhere only this process's resident set is known.
    const resident = pid === process.pid ? process.memoryUsage.rss() : Number.NaN
    return { resident, proportional: Number.NaN }
  }
  /** @param {string} key */
  const bytes = (key) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024
  return { resident: bytes('Rss'), proportional: bytes('Pss') }
}

/**
 * Memory of this process and of the given children, garbage left out where `--expose-gc` allows it.
 *
 * @param {readonly number[]} children
 * @returns {Promise<Usage>}
 */
export async function usage(children) {
  await sleep(QUIET)
  globalThis.gc?.()
  await sleep(QUIET)
  globalThis.gc?.()
  const total = { resident: 0, proportional: 0 }
  for (const pid of [process.pid, ...children]) {
    const { resident, proportional } = usageOf(pid)
    total.resident += resident
    total.proportional += proportional
  }
  return total
}
