import { now, repeat, sleep } from '../measure/clock.mjs'

/** Long enough for every thread and core in the way to fall asleep. */
const PAUSE = 5

/** @type {import('../types.d.ts').Case} */
export const echo = {
  name: 'echo',
  title: 'A number to a unit that waits for it, and back',
  needs: 'talk',
  metrics: {
    awake: { label: 'back to back', unit: 'seconds' },
    idle: { label: `after ${PAUSE} ms of rest`, unit: 'seconds' },
  },
  async run(field, budget) {
    const talk = await /** @type {Required<typeof field>} */ (field).talk()
    const half = { ...budget, milliseconds: budget.milliseconds / 2 }
    const time = async () => {
      const begin = now()
      await talk.echo(1)
      return now() - begin
    }
    /** @type {number[]} */
    const awake = []
    await repeat(half, 100, time, (seconds) => awake.push(seconds))
    /** @type {number[]} */
    const idle = []
    const rested = async () => {
      await sleep(PAUSE)
      return time()
    }
    await repeat(half, 20, rested, (seconds) => idle.push(seconds))
    await talk.close()
    return { awake, idle }
  },
}
