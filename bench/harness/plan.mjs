import { availableParallelism } from 'node:os'

const FULL = { rounds: 5, milliseconds: 1_500 }
const QUICK = { rounds: 1, milliseconds: 300 }

/**
 * One process to run.
 *
 * @typedef {object} Step
 * @property {import('../types.d.ts').Case} subject
 * @property {import('../types.d.ts').Driver} driver
 */

/**
 * Rounds of A B C, A B C rather than A A, B B, C C: what the machine does meanwhile meets all drivers alike.
 *
 * @param {import('../types.d.ts').Case} subject
 * @param {readonly import('../types.d.ts').Driver[]} drivers
 * @param {boolean} quick
 * @returns {Step[]}
 */
export function stepsOf(subject, drivers, quick) {
  if (availableParallelism() < (subject.cores ?? 1)) return []
  const able = drivers.filter(({ provides }) => provides.includes(subject.needs))
  const rounds = subject.rounds?.[quick ? 'quick' : 'full'] ?? (quick ? QUICK : FULL).rounds
  return Array.from({ length: rounds }, () => able.map((driver) => ({ subject, driver }))).flat()
}

/**
 * @param {boolean} quick
 * @returns {import('../types.d.ts').Budget}
 */
export function budgetOf(quick) {
  return { quick, milliseconds: (quick ? QUICK : FULL).milliseconds }
}
