import { describe, expect, it } from 'vitest'
import { child, report } from './helpers/child.js'

const start = "const { Isolate } = require('isolates');"

describe('a process with calls from guests', () => {
  it.each<[string, string]>([
    ['under way to a function that never answers', "isolate.run('never(); 0')"],
    ['that wait for room', "isolate.run('for (let i = 0; i < 100; i++) never(); 0')"],
    [
      'that have a stream open',
      "isolate.run('stream().then(async (s) => { await s.next(); globalThis.s = s; return 0 })')",
    ],
    ['that hold functions', 'isolate.set({ f() {}, g: { h() {} } })'],
    ['that are references', "isolate.ref('({})').then((r) => { globalThis.r = r })"],
  ])('ends by itself: %s', async (_kind, use) => {
    const source = `${start}
      const isolate = new Isolate({ maxPendingCalls: 10, expose: { never: () => new Promise(() => {}), async *stream() { for (;;) yield 1 } } })
      ${use}.then(() => console.log('used'))`
    expect(await child(source)).toEqual({ code: 0, signal: null, stdout: 'used\n', stderr: '' })
  })

  it.each<[string, string]>([
    ['process.exit() in a function', "expose.f = () => process.exit(7); isolate().run('f()')"],
    ['process.exit() in a function that blocks', "expose.f = { sync: () => process.exit(7) }; isolate().run('f()')"],
    ['process.exit() below runSync', "expose.f = { sync: () => process.exit(7) }; isolate().runSync('f()')"],
    [
      'process.exit() while a guest blocks',
      "expose.f = { sync: () => new Promise(() => { setImmediate(() => process.exit(7)) }) }; isolate().run('f()')",
    ],
    [
      'process.exit() while a guest floods',
      "expose.f = () => 1; isolate().run('for (;;) f()'); setTimeout(() => process.exit(7), 30)",
    ],
  ])('ends with the exit code: %s', async (_kind, source) => {
    const program = `${start} const expose = {}; const isolate = () => new Isolate({ expose }); ${source}`
    expect(await child(program)).toEqual({ code: 7, signal: null, stdout: '', stderr: '' })
  })

  it('is not kept by an answer that nobody waits for', async () => {
    const source = `${start}
      const isolate = new Isolate({ expose: { later: () => new Promise((resolve) => setTimeout(resolve, 20)) } })
      isolate.run('later(); 0').then(() => { isolate.terminate(); console.log('ended') })`
    expect(await child(source)).toEqual({ code: 0, signal: null, stdout: 'ended\n', stderr: '' })
  })

  it('tells of an error that the guest does not handle, and goes on', async () => {
    const source = `${start}
      const isolate = new Isolate({ expose: { fail: () => { throw new TypeError('unhandled') } } })
      isolate.on('error', (error) => console.log(error.name, error.message))
      isolate.run('fail(); 0').then(() => isolate.close())`
    expect(await child(source)).toEqual({ code: 0, signal: null, stdout: 'TypeError unhandled\n', stderr: '' })
  })
})

describe('a worker thread with calls from guests', () => {
  it.each<[string, string, string]>([
    ['while a guest waits for a promise', 'never: () => new Promise(() => tell())', "isolate.run('never()')"],
    ['while a guest blocks', 'never: { sync: () => new Promise(() => tell()) }', "isolate.run('never()')"],
    ['in a function below runSync', 'never: { sync: () => { tell(); for (;;); } }', "isolate.runSync('never()')"],
    [
      'while it waits for its turn',
      'never: { sync: () => { tell(); return 1 } }',
      "isolate.run('for (;;) never()'); setImmediate(() => isolate.runSync('1'))",
    ],
    ['while a guest floods', 'never: () => tell()', "isolate.run('for (;;) never()')"],
  ])('can be terminated: %s', async (_kind, fn, use) => {
    const source = `
      const { Worker } = require('node:worker_threads')
      const worker = new Worker(\`
        ${start}
        const { parentPort } = require('node:worker_threads')
        const tell = () => { parentPort.postMessage('reached') }
        const isolate = new Isolate({ expose: { ${fn} } })
        ${use}.catch(() => {})
      \`.replace('runSync(\\'never()\\').catch(() => {})', 'runSync(\\'never()\\')').replace("runSync('1')).catch(() => {})", "runSync('1'))"), { eval: true })
      worker.once('message', async () => {
        await worker.terminate()
        console.log(JSON.stringify('terminated'))
      })
      worker.on('error', (error) => console.log(error))`
    expect(await report(source)).toBe('terminated')
  })
})

describe('an isolate with calls to its host', () => {
  it('can be terminated at every stage', async () => {
    const source = `${start}
      async function main() {
        const reasons = []
        for (let round = 0; round < 60; round++) {
          let isolate
          const end = () => isolate.terminate()
          const expose = {
            now: { sync: () => { if (round % 6 === 0) end(); return 1 } },
            later: () => { if (round % 6 === 1) end(); return 1 },
            slow: async () => { await new Promise(setImmediate); if (round % 6 === 2) end(); return {} },
            wait: { sync: async () => { await new Promise(setImmediate); if (round % 6 === 3) end(); return {} } },
            async *stream() { for (let i = 0; ; i++) { if (i === 2 && round % 6 === 4) end(); yield i } },
          }
          isolate = new Isolate({ expose })
          if (round % 6 === 5) setImmediate(end)
          const text = 'for (;;) { now(); await later(); await slow(); wait(); for await (const n of await stream()) if (n === 3) break }'
          reasons.push(await isolate.run(text).catch((error) => error.code))
          await isolate.closed
        }
        console.log(JSON.stringify([...new Set(reasons)]))
      }
      main()`
    expect(await report(source)).toEqual(['ERR_ISOLATE_CLOSED'])
  })
})
