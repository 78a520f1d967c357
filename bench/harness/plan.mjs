import { availableParallelism } from 'node:os'

const FULL = { rounds: 3, milliseconds: 1_000 }
const QUICK = { rounds: 1, milliseconds: 100 }
/** A run that would take longer, in seconds, is content with fewer rounds of the cases that are still to come. */
export const PATIENCE = 23 * 60

/**
 * One process to run.
 *
 * @typedef {object} Step
 * @property {import('../types.d.ts').Case} subject
 * @property {import('../types.d.ts').Driver} driver
 * @property {number} round from 0 on
 */

/**
 * Rounds of A B C, A B C rather than A A, B B, C C: what the machine does meanwhile meets all drivers alike.
 *
 * @param {import('../types.d.ts').Case} subject
 * @param {readonly import('../types.d.ts').Driver[]} drivers
 * @param {{ quick: boolean, cases?: readonly string[] | undefined }} options what a quick run leaves out it does when it is named
 * @returns {Step[]}
 */
export function stepsOf(subject, drivers, { quick, cases }) {
  if (availableParallelism() < (subject.cores ?? 1)) return []
  const able = drivers.filter(({ provides }) => provides.includes(subject.needs))
  const rounds = subject.rounds?.[quick ? 'quick' : 'full'] ?? (quick ? QUICK : FULL).rounds
  const least = cases?.includes(subject.name) ? 1 : 0
  return Array.from({ length: Math.max(least, rounds) }, (_, round) =>
    able.map((driver) => ({ subject, driver, round })),
  ).flat()
}

/**
 * @param {boolean} quick
 * @returns {import('../types.d.ts').Budget}
 */
export function budgetOf(quick) {
  return { quick, milliseconds: (quick ? QUICK : FULL).milliseconds }
}
