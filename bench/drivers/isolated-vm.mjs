import { createRequire } from 'node:module'

const major = Number.parseInt(process.versions.node, 10)
/** Each line of isolated-vm builds on some lines of Node only. */
const line = major >= 24 ? 7 : major >= 22 ? 6 : 5
const require = createRequire(new URL(`../peers/isolated-vm-${line}/`, import.meta.url))

/**
 * @param {any} isolate
 * @param {any} context
 * @returns {import('../types.d.ts').Unit}
 */
function unit(isolate, context) {
  return {
    async load(work) {
      const reference = await context.eval(`(${work})`, { reference: true })
      return (argument) => reference.apply(undefined, [argument])
    },
    loadSync(work) {
      const reference = context.evalSync(`(${work})`, { reference: true })
      return (argument) => reference.applySync(undefined, [argument])
    },
    limit(source, timeout) {
      try {
        context.evalSync(source, { timeout })
      } catch {
        // The time was up.
      }
    },
    async stream() {
      const take = await context.eval('let arrived = 0; () => { arrived += 1 }', { reference: true })
      let left = 0
      /** @type {(value?: unknown) => void} */
      let done = () => {}
      return {
        arrival(count) {
          left = count
          return new Promise((resolve) => {
            done = resolve
          })
        },
        send(value) {
          const options = { arguments: { copy: true } }
          left -= 1
          // Calls are done in their order: the last has arrived when it is answered.
          if (left > 0) take.applyIgnored(undefined, [value], options)
          else take.apply(undefined, [value], options).then(done)
        },
      }
    },
    close: () => isolate.dispose(),
  }
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'isolated-vm',
  provides: ['start', 'many', 'lives', 'tasks', 'work', 'sync', 'limit', 'call', 'feed', 'copy'],
  // Its isolates start from V8's default snapshot, which fits a process without Node's own only.
  flags: ['--no-node-snapshot'],
  peer: `isolated-vm-${line}`,
  missing: () => undefined,
  version: () => require('isolated-vm/package.json').version,
  async open() {
    const ivm = require('isolated-vm')
    return {
      copy: () => ({ write: (value) => new ivm.ExternalCopy(value), read: (form) => /** @type {any} */ (form).copy() }),
      start() {
        const isolate = new ivm.Isolate()
        const context = isolate.createContextSync()
        context.evalSync('1')
        return unit(isolate, context)
      },
      async startAside() {
        const isolate = new ivm.Isolate()
        const context = await isolate.createContext()
        await context.eval('1')
        return unit(isolate, context)
      },
    }
  },
}
