import { createContext, runInContext } from 'node:vm'

function start() {
  const context = createContext()
  runInContext('1', context)
  return {
    /** @param {Function} work */
    loadSync: (work) => runInContext(`(${work})`, context),
    // A context has no end of its own: the garbage collector takes it.
    close() {},
  }
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'node:vm',
  provides: ['start', 'many', 'lives', 'work', 'sync'],
  missing: () => undefined,
  version: () => process.version,
  open: async () => ({ start }),
}
