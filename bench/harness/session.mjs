import { summarize } from '../measure/statistics.mjs'
import { budgetOf, PATIENCE, stepsOf } from './plan.mjs'
import { measure } from './process.mjs'

/** @typedef {import('./plan.mjs').Step} Step */

/** @param {Step} step */
const keyOf = ({ subject, driver }) => `${subject.name} ${driver.name}`

/** Knows how long a process of each kind takes from those already run. */
class Estimate {
  /** @type {Map<string, number>} */
  #seconds = new Map()
  #usual

  /** @param {number} usual seconds, until the first is known */
  constructor(usual) {
    this.#usual = usual
  }

  /**
   * @param {Step} step
   * @param {number} seconds
   */
  learn(step, seconds) {
    this.#seconds.set(keyOf(step), seconds)
  }

  /** @param {readonly Step[]} steps */
  left(steps) {
    const known = [...this.#seconds.values()]
    const usual = known.length > 0 ? known.reduce((sum, each) => sum + each, 0) / known.length : this.#usual
    return steps.reduce((sum, step) => sum + (this.#seconds.get(keyOf(step)) ?? usual), 0)
  }
}

/**
 * Runs all cases, each with its drivers in turns.
 *
 * @param {readonly import('../types.d.ts').Case[]} cases
 * @param {readonly import('../types.d.ts').Driver[]} drivers
 * @param {{ quick: boolean, cases?: readonly string[] | undefined }} options
 * @param {import('../report/progress.mjs').Progress} progress
 * @returns {AsyncGenerator<import('../types.d.ts').CaseReport>}
 */
export async function* runAll(cases, drivers, options, progress) {
  const budget = budgetOf(options.quick)
  const plans = cases.map((subject) => ({ subject, steps: stepsOf(subject, drivers, options) }))
  const steps = plans.flatMap((plan) => plan.steps)
  const estimate = new Estimate(1 + budget.milliseconds / 1000)
  let done = 0
  const launch = performance.now()
  /** Whether a case has to do with the rounds it has had, so that there is time for one of each that is still to come. */
  const isLate = () => {
    const first = steps.slice(done).filter(({ round }) => round === 0)
    return (performance.now() - launch) / 1000 + estimate.left(first) > PATIENCE
  }

  for (const { subject, steps: own } of plans) {
    /** @type {Map<string, import('../types.d.ts').Samples[]>} */
    const samples = new Map()
    /** @type {Record<string, string>} */
    const failed = {}
    const date = new Date().toISOString()
    const started = performance.now()
    for (const step of own) {
      if (step.round > 0 && step.driver === own[0]?.driver && isLate()) {
        done += own.length - own.indexOf(step)
        break
      }
      const left = estimate.left(steps.slice(done))
      progress.show(done / steps.length, `${subject.name} with ${step.driver.name}`, left)
      const begin = performance.now()
      const result = await measure(subject, step.driver, budget)
      estimate.learn(step, (performance.now() - begin) / 1000)
      done += 1
      if (result.problem) failed[step.driver.name] = result.problem
      if (result.samples) {
        samples.set(step.driver.name, [...(samples.get(step.driver.name) ?? []), result.samples])
      }
    }
    progress.clear()
    const seconds = (performance.now() - started) / 1000
    if (own.length > 0) yield { ...reportOf(subject, samples), failed, date, seconds }
  }
}

/**
 * @param {import('../types.d.ts').Case} subject
 * @param {Map<string, import('../types.d.ts').Samples[]>} samples of each driver, by process
 */
function reportOf({ name, title, metrics, axis }, samples) {
  /** @param {import('../types.d.ts').Samples[]} processes */
  const figures = (processes) =>
    Object.fromEntries(
      Object.keys(metrics).flatMap((metric) => {
        const values = processes.flatMap((process) => (process[metric]?.length ? [process[metric]] : []))
        return values.length > 0 ? [[metric, summarize(values)]] : []
      }),
    )
  const drivers = Object.fromEntries([...samples].map(([driver, all]) => [driver, figures(all)]))
  return { name, title, metrics, ...(axis && { axis }), drivers }
}
