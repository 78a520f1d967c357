import { missing, open, version } from './isolates.mjs'
import { load } from './package.mjs'

/** Spare isolates kept ready. */
const RESERVE = 4

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'isolates-prewarmed',
  role: 'ours',
  rivals: [],
  provides: ['start', 'lives', 'tasks', 'evaluate'],
  missing,
  version,
  async open() {
    const { prewarm } = await load()
    const settle = async () => {
      await prewarm(RESERVE)
      await prewarm(RESERVE, { memoryLimit: 64 })
    }
    return { ...(await open()), settle }
  },
}
