import { now } from '../measure/clock.mjs'
import { CREW, handOut, loadInto, startOne } from '../measure/units.mjs'
import { pi } from '../workloads/pi.mjs'

/** In one batch: enough to keep all cores busy, few enough for 5,000 decimals. */
const TASKS = 8
const DECIMALS = [10, 30, 100, 300, 1_000, 2_000, 5_000]
/** As far as a quick run goes. */
const QUICK = 1_000
/** What takes longer than this is measured once. In seconds. */
const LONG = 0.5

const axis = { label: 'decimals of pi', scale: /** @type {const} */ ('log') }
const metrics = Object.fromEntries(
  DECIMALS.map((decimals) => [
    `decimals-${decimals}`,
    { label: decimals.toLocaleString('en'), unit: /** @type {const} */ ('seconds'), at: decimals },
  ]),
)

/**
 * @param {import('../types.d.ts').Budget} budget
 * @param {(decimals: number) => Promise<unknown>} batch
 */
async function measureAll({ quick, milliseconds }, batch) {
  await batch(10)
  /** @type {Record<string, number[]>} */
  const samples = {}
  for (const decimals of quick ? DECIMALS.filter((count) => count <= QUICK) : DECIMALS) {
    /** @type {number[]} */
    const times = []
    const end = now() + milliseconds / 1000 / DECIMALS.length
    const least = quick ? 1 : 3
    let last = 0
    do {
      const begin = now()
      await batch(decimals)
      last = now() - begin
      times.push(last)
    } while ((times.length < least && last < LONG) || now() < end)
    samples[`decimals-${decimals}`] = times
  }
  return samples
}

/** @type {import('../types.d.ts').Case} */
export const cutOffFresh = {
  name: 'cut-off-fresh',
  title: `${TASKS} tasks on all cores, each in a unit that is started for it`,
  needs: 'tasks',
  axis,
  metrics,
  rounds: { full: 2, quick: 1 },
  run(field, budget) {
    /** @param {number} decimals */
    const life = async (decimals) => {
      const unit = await startOne(field)
      const work = await loadInto(unit, pi)
      await work(decimals)
      await unit.close()
    }
    const workers = Array.from({ length: CREW }, () => life)
    return measureAll(budget, (decimals) => handOut(Array(TASKS).fill(decimals), workers))
  },
}

/** @type {import('../types.d.ts').Case} */
export const cutOffWarm = {
  name: 'cut-off-warm',
  title: `${TASKS} tasks on all cores, in units that stay`,
  needs: 'tasks',
  axis,
  metrics,
  rounds: { full: 2, quick: 0 },
  async run(field, budget) {
    const units = await Promise.all(Array.from({ length: CREW }, () => startOne(field)))
    const workers = await Promise.all(units.map((unit) => loadInto(unit, pi)))
    const samples = await measureAll(budget, (decimals) => handOut(Array(TASKS).fill(decimals), workers))
    await Promise.all(units.map((unit) => unit.close()))
    return samples
  },
}
