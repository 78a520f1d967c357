import { now, repeat } from '../measure/clock.mjs'

/** @type {import('../types.d.ts').Case} */
export const evaluating = {
  name: 'evaluate',
  title: 'Run one piece of code in an isolate of its own, with a memory limit',
  needs: 'evaluate',
  metrics: {
    one: { label: 'one, after a rest', unit: 'seconds' },
    rate: { label: 'one after another', unit: 'per second' },
  },
  async run(field, budget) {
    const half = { ...budget, milliseconds: budget.milliseconds / 2 }
    const evaluate = /** @type {Required<typeof field>} */ (field).evaluate()
    const code = 'const list = [1, 2, 3]; list.map((n) => n * n).join()'
    const run = async () => {
      if ((await evaluate(code)) !== '1,4,9') throw new Error('The result is wrong')
    }
    /** @type {number[]} */
    const one = []
    const single = async () => {
      // The reserve is filled again, where there is one.
      await field.settle?.()
      const begin = now()
      await run()
      return now() - begin
    }
    await repeat(half, 20, single, (seconds) => one.push(seconds))
    const COUNT = 100
    /** @type {number[]} */
    const rate = []
    const many = async () => {
      const begin = now()
      let left = COUNT
      const feed = async () => {
        while (left-- > 0) await run()
      }
      await Promise.all([feed(), feed()])
      return COUNT / (now() - begin)
    }
    await repeat(half, 2, many, (value) => rate.push(value))
    return { one, rate }
  },
}
