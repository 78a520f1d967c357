import { existsSync, readFileSync } from 'node:fs'
import { lookupSource } from '../workloads/table.mjs'
import { conversations } from './isolates-channels.mjs'
import { load, root } from './package.mjs'
import { serving, tenants } from './servers.mjs'

/** @returns {string | undefined} why the package cannot be imported */
export function missing() {
  if (existsSync(new URL('dist/index.js', root))) return undefined
  return 'the package is not built yet (npm run build)'
}

/** @returns {string} */
export function version() {
  return JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version
}

const receiver = `(async () => {
  for await (const count of counts) {
    for (let i = 0; i < count; i++) await messages.receive()
    await arrivals.send(count)
  }
})()`

/**
 * @param {import('isolates').Isolate} isolate
 * @param {typeof import('isolates').Channel} Channel
 * @param {import('isolates').SharedStore} store
 * @returns {import('../types.d.ts').Unit}
 */
export function unit(isolate, Channel, store) {
  /** Guests that receive go on until these are closed, and `close()` waits for them. @type {import('isolates').Channel[]} */
  const streams = []
  return {
    async table() {
      await isolate.set({ store })
      await isolate.run(`globalThis.look = ${lookupSource("store.getIn('table', [key, 'name'])")}; undefined`)
      return (count) => isolate.run(`look(${count})`)
    },
    async hot(key, count) {
      await isolate.set({ store })
      return () =>
        isolate.run(`(() => {
          const begin = Date.now()
          for (let i = 0; i < ${count}; i++) store.get(${JSON.stringify(key)})
          return (Date.now() - begin) / 1000 / ${count}
        })()`)
    },
    load: async (work) => (argument) => isolate.call(work, [argument]),
    loadSync: (work) => (argument) => isolate.callSync(work, [argument]),
    limit(source, timeout) {
      try {
        isolate.runSync(source, { timeout })
      } catch {
        // The time was up.
      }
    },
    async stream() {
      const [messages, counts, arrivals] = [new Channel(), new Channel(), new Channel()]
      await isolate.set({ messages, counts, arrivals })
      isolate.run(receiver).catch(() => {})
      streams.push(counts)
      return {
        arrival(count) {
          counts.trySend(count)
          return arrivals.receive()
        },
        send: (value, transfer) => void messages.trySend(value, transfer && { transfer }),
      }
    },
    close() {
      for (const stream of streams) stream.close()
      return isolate.close()
    },
  }
}

/** @returns {Promise<import('../types.d.ts').Field>} */
export async function open() {
  const isolates = await load()
  const { Channel, Isolate, SharedStore } = isolates
  const store = new SharedStore()
  return {
    ...conversations(isolates),
    ...serving('bare'),
    tenants,
    start() {
      const isolate = new Isolate()
      isolate.runSync('1')
      return unit(isolate, Channel, store)
    },
    async startAside() {
      const isolate = new Isolate()
      await isolate.run('1')
      return unit(isolate, Channel, store)
    },
    async startWith(source) {
      const isolate = new Isolate({ modules: { sources: { bundle: source } } })
      await isolate.run('1')
      return Object.assign(unit(isolate, Channel, store), { importIt: () => isolate.import('bundle') })
    },
    async pool(workers) {
      const pool = new isolates.Pool({ size: workers, module: new URL('../workloads/tasks.cjs', import.meta.url) })
      return { run: (name, args) => pool.run(name, args), close: () => pool.close() }
    },
    evaluate: () => (code) => isolates.evaluate(code, { memoryLimit: 64, timeout: 1000 }),
    async publish(json) {
      // What parsing leaves behind goes with the isolate that has parsed: docs/sharing.md advises it.
      const loader = new Isolate({ globals: { store, json } })
      await loader.run("store.set('table', JSON.parse(json)); undefined")
      await loader.close()
    },
    store: () => store,
    copy: () => ({
      write: (value) => void store.set('records', value),
      read: () => /** @type {object[]} */ (store.get('records')),
    }),
  }
}

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'isolates',
  role: 'ours',
  provides: [
    'start',
    'many',
    'lives',
    'tasks',
    'feed',
    'work',
    'sync',
    'limit',
    'call',
    'stream',
    'between',
    'talk',
    'spread',
    'import',
    'table',
    'store',
    'copy',
    'pool',
    'evaluate',
    'serve',
    'tenants',
  ],
  missing,
  version,
  open,
}
