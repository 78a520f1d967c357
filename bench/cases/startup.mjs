import { now, repeat } from '../measure/clock.mjs'
import { lighterUnits } from './why.mjs'

/** @type {import('../types.d.ts').Case} */
export const startup = {
  name: 'startup',
  title: 'Start a unit, evaluate `1` in it and close it, one after another',
  needs: 'start',
  why: {
    ...lighterUnits,
    'isolates-node/worker_threads':
      'An isolate with all of Node is a worker thread with channels, stores and limits of ours added: it cannot start sooner.',
  },
  metrics: {
    ready: { label: 'until it has evaluated', unit: 'seconds' },
    total: { label: 'until it has ended', unit: 'seconds' },
  },
  async run(field, budget) {
    /** @type {number[]} */
    const ready = []
    /** @type {number[]} */
    const total = []
    const step = async () => {
      await field.settle?.()
      const begin = now()
      const unit = await field.start()
      const middle = now()
      await unit.close()
      return { ready: unit.ended ? undefined : middle - begin, total: now() - begin }
    }
    await repeat(budget, 5, step, (sample) => {
      if (sample.ready !== undefined) ready.push(sample.ready)
      total.push(sample.total)
    })
    return { ready, total }
  },
}
