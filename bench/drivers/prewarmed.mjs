import { missing, open, version } from './isolates.mjs'

/** Spare isolates kept ready. */
const RESERVE = 4

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'isolates-prewarmed',
  provides: ['start', 'lives', 'tasks'],
  missing,
  version,
  async open() {
    const { prewarm } = await import('isolates')
    return { ...(await open()), settle: () => prewarm(RESERVE) }
  },
}
