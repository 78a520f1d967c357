import { existsSync, readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)

/** @returns {string | undefined} why the package cannot be imported */
export function missing() {
  if (existsSync(new URL('dist/index.js', root))) return undefined
  return 'the package is not built yet (npm run build)'
}

/** @returns {string} */
export function version() {
  return JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version
}

/**
 * @param {import('isolates').Isolate} isolate
 * @returns {import('../types.d.ts').Unit}
 */
function unit(isolate) {
  return {
    load: async (work) => (argument) => isolate.call(work, [argument]),
    loadSync: (work) => (argument) => isolate.callSync(work, [argument]),
    close: () => isolate.close(),
  }
}

/** @returns {Promise<import('../types.d.ts').Field>} */
export async function open() {
  const { Isolate } = await import('isolates')
  return {
    start() {
      const isolate = new Isolate()
      isolate.runSync('1')
      return unit(isolate)
    },
    async startAside() {
      const isolate = new Isolate()
      await isolate.run('1')
      return unit(isolate)
    },
  }
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'isolates',
  provides: ['start', 'many', 'work', 'sync', 'call'],
  missing,
  version,
  open,
}
