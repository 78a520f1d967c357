import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('../child.mjs', import.meta.url))
/** A process that takes longer than this, in milliseconds, hangs: the slowest take a quarter of it. */
const PATIENCE = { quick: 45_000, full: 90_000 }

/**
 * Runs one case with one driver in a process of its own.
 *
 * @param {import('../types.d.ts').Case} subject
 * @param {import('../types.d.ts').Driver} driver
 * @param {import('../types.d.ts').Budget} budget
 * @param {NodeJS.ProcessEnv} [environment] in addition to this process's
 * @returns {Promise<{ samples?: import('../types.d.ts').Samples, problem?: string }>} both, when it failed after its work
 */
export async function measure(subject, driver, budget, environment) {
  const child = fork(CHILD, [subject.name, driver.name, JSON.stringify(budget)], {
    execArgv: [...(driver.flags ?? []), ...(subject.flags ?? [])],
    // Options meant for the harness itself would change what is measured.
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  /** @type {import('../types.d.ts').Samples | undefined} */
  let samples
  let complaint = ''
  child.on('message', (message) => {
    samples = /** @type {import('../types.d.ts').Samples} */ (message)
  })
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    complaint = (complaint + text).slice(-2_000)
  })
  const patience = budget.quick ? PATIENCE.quick : PATIENCE.full
  let hung = false
  const timer = setTimeout(() => {
    hung = true
    child.kill('SIGKILL')
  }, patience)
  /** @type {[number | null, NodeJS.Signals | null] | Error} */
  const ending = await once(child, 'close').catch((error) => error)
  clearTimeout(timer)
  if (ending instanceof Error) return { problem: `it did not start: ${ending.message}` }
  const [code, signal] = ending

  const result = samples ? { samples } : {}
  if (code === 0 && samples) return result
  const line = complaint.split('\n').find((text) => /\b(Error|Fatal|Check failed)\b/.test(text))
  const where = samples ? 'it measured, but did not end' : 'it did not finish'
  if (hung) return { ...result, problem: `${where} within ${patience / 1000} s` }
  const end = signal ? `ended by ${signal}` : `ended with code ${code}`
  return { ...result, problem: line ? `${end}: ${line.trim()}` : end }
}
