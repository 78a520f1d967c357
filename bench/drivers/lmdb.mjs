import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lookupSource } from '../workloads/table.mjs'
import { functionUnit } from './functions.mjs'

const require = createRequire(new URL('../peers/lmdb/', import.meta.url))

/** @type {import('../types.d.ts').Driver} */
export const driver = {
  name: 'lmdb',
  provides: ['table', 'store'],
  peer: 'lmdb',
  missing: () => undefined,
  // Its package.json is not among its exports.
  version: () =>
    JSON.parse(readFileSync(new URL('../peers/lmdb/package.json', import.meta.url), 'utf8')).dependencies.lmdb,
  async open() {
    const { open } = require('lmdb')
    const path = mkdtempSync(join(tmpdir(), 'isolates-bench-'))
    process.once('exit', () => rmSync(path, { recursive: true, force: true }))
    // As its makers advise for values that are read often: with its cache.
    const store = open({ path, cache: true })
    const prelude = `globalThis.store ??= require(${JSON.stringify(require.resolve('lmdb'))}).open({ path: ${JSON.stringify(path)}, cache: true })`
    return {
      async start() {
        const unit = await functionUnit()
        return {
          table: () => unit.load(`${prelude}; return ${lookupSource('store.get(key).name')}`),
          async hot(key, count) {
            const look = await unit.load(`${prelude}; return (count) => {
              const begin = performance.now()
              for (let i = 0; i < count; i++) store.get(${JSON.stringify(key)})
              return (performance.now() - begin) / 1000 / count
            }`)
            return () => look(count)
          },
          close: () => unit.close(),
        }
      },
      async publish(json) {
        for (const [key, value] of Object.entries(JSON.parse(json))) store.put(key, value)
        await store.flushed
      },
      store: () => ({ get: (key) => store.get(key), set: async (key, value) => void (await store.put(key, value)) }),
    }
  },
}
