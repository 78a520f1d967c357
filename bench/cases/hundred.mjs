import { now, warmUp } from '../measure/clock.mjs'
import { lighterUnits } from './why.mjs'

const UNITS = 100
/** Units that take longer are started all at once only in a quick run. In seconds. */
const SLOW = 0.01

/** @param {(index: number) => Promise<void>} life */
const atOnce = (life) => Promise.all(Array.from({ length: UNITS }, (_, index) => life(index)))

/** @param {import('../types.d.ts').Field} field */
async function sequential(field) {
  const begin = now()
  for (let started = 0; started < UNITS; started += 1) await (await field.start()).close()
  return now() - begin
}

/** @param {() => Promise<import('../types.d.ts').Unit>} startAside */
async function concurrent(startAside) {
  const begin = now()
  await atOnce(async () => (await startAside()).close())
  return now() - begin
}

/** @param {() => Promise<import('../types.d.ts').Unit>} startAside */
async function alive(startAside) {
  const begin = now()
  const units = await Promise.all(Array.from({ length: UNITS }, startAside))
  const seconds = now() - begin
  await Promise.all(units.map((unit) => unit.close()))
  return seconds
}

/** @type {import('../types.d.ts').Case} */
export const hundred = {
  name: 'startup-100',
  title: `Start ${UNITS} units`,
  needs: 'lives',
  why: {
    ...lighterUnits,
    'cpython-threads':
      'A thread of Python has no interpreter of its own: there is a stack to make and nothing else, and all of them take turns.',
  },
  metrics: {
    sequential: { label: 'one after another, start to end', unit: 'seconds' },
    concurrent: { label: 'all at once, start to end', unit: 'seconds' },
    alive: { label: 'all at once, until all are alive', unit: 'seconds' },
  },
  rounds: { full: 3, quick: 1 },
  async run(field, { quick }) {
    if (field.lives) return field.lives(UNITS, quick)
    const begin = now()
    let lives = 0
    await warmUp(async () => {
      await (await field.start()).close()
      lives += 1
    }, quick)
    const slow = (now() - begin) / lives > SLOW
    const { startAside } = field
    return {
      ...(quick && slow && startAside ? {} : { sequential: [await sequential(field)] }),
      ...(startAside && { concurrent: [await concurrent(startAside)] }),
      ...(startAside && !quick && { alive: [await alive(startAside)] }),
    }
  },
}
