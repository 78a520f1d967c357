import { describe, expect, it } from 'vitest'
import { child } from './helpers/child.js'

const fine = { code: 0, signal: null, stdout: 'done\n', stderr: '' }
const flags = ['--expose-gc']

// Part two: cleanup-race, orphaned-isolate-gc, array-buffer-copy, defect 4
describe('garbage collection under load', () => {
  it('of twelve isolates on several threads, and of the host', async () => {
    const source = `
      const { Isolate } = require('isolates')
      const churn = (rounds) => {
        let kept = []
        for (let i = 0; i < rounds; i++) {
          kept.push({ i, list: new Array(20).fill({}), text: 'x' + i, bytes: new Uint8Array(64), map: new Map([[i, new WeakRef({})]]) })
          if (kept.length > 5000) kept = kept.slice(4000)
        }
        return kept.length
      }
      const all = Array.from({ length: 12 }, () => new Isolate({ memoryLimit: 64 }))
      const host = setInterval(() => { churn(2000); gc() }, 1)
      Promise.all(all.map((isolate) => isolate.call(churn, [60_000]))).then(() => {
        clearInterval(host)
        for (const isolate of all) isolate.terminate()
        console.log('done')
      })`
    expect(await child(source, { flags })).toEqual(fine)
  })

  it('of isolates of four worker threads', async () => {
    const work = `
      const { Isolate } = require('isolates')
      const churn = (rounds) => { let kept = []; for (let i = 0; i < rounds; i++) { kept.push({ i, list: [i, {}], text: 'x' + i }); if (kept.length > 2000) kept = [] } return kept.length }
      const all = Array.from({ length: 3 }, () => new Isolate({ memoryLimit: 32 }))
      Promise.all(all.map((isolate) => isolate.call(churn, [150_000]))).then(() => { all[0].callSync(churn, [150_000]); process.exit(0) })`
    const source = `
      const { Worker } = require('worker_threads')
      Promise.all(Array.from({ length: 4 }, () => new Promise((resolve) => new Worker(${JSON.stringify(work)}, { eval: true }).on('exit', resolve)))).then((codes) => console.log(codes.join() === '0,0,0,0' ? 'done' : codes))`
    expect(await child(source, { flags })).toEqual(fine)
  })

  it('after buffers were moved to an isolate that is gone', async () => {
    const source = `
      const { Isolate } = require('isolates')
      ;(async () => {
        for (let round = 0; round < 20; round++) {
          const isolate = new Isolate()
          const buffer = new ArrayBuffer(1 << 20)
          const back = await isolate.call((moved) => { globalThis.kept = moved; return new Uint8Array(moved, 0, 8) }, [buffer], { transfer: [buffer] })
          const shared = await isolate.run('new SharedArrayBuffer(1 << 16)')
          isolate.terminate()
          await isolate.closed
          gc()
          new Uint8Array(shared).fill(round)
          back.fill(round)
        }
        gc()
        console.log('done')
      })()`
    expect(await child(source, { flags })).toEqual(fine)
  })

  it('of handles while their isolates run', async () => {
    const source = `
      const { Isolate } = require('isolates')
      ;(async () => {
        for (let round = 0; round < 50; round++) {
          for (let i = 0; i < 4; i++) new Isolate().run('let x = []; for (let i = 0; i < 2e4; i++) x.push({}); x.length').catch(() => {})
          gc()
          await new Promise(setImmediate)
        }
        console.log('done')
      })()`
    expect(await child(source, { flags })).toEqual(fine)
  })

  it('of finalizers, weak references and FinalizationRegistry in a guest', async () => {
    const source = `
      const { Isolate } = require('isolates')
      const isolate = new Isolate({ memoryLimit: 64 })
      isolate.run(\`
        globalThis.registry = new FinalizationRegistry(() => {})
        for (let i = 0; i < 2e5; i++) { const o = { i }; registry.register(o, i); globalThis.weak = new WeakRef(o) }
        0
      \`).then(() => isolate.run('1')).then(() => isolate.close()).then(() => console.log('done'))`
    expect(await child(source, { flags })).toEqual(fine)
  })

  it('of results of every kind, the host collecting between each', async () => {
    const source = `
      const { Isolate } = require('isolates')
      const isolate = new Isolate()
      const value = { list: [1, 'two', 3n], map: new Map([[{}, new Set([1])]]), bytes: new Uint8Array(1e4), date: new Date(0), error: new Error('x') }
      for (let round = 0; round < 100; round++) { isolate.callSync((there) => there, [value]); gc() }
      console.log('done')`
    expect(await child(source, { flags })).toEqual(fine)
  })
})
