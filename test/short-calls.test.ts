import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'

/** Of `%GetOptimizationStatus`, in all versions of V8: it runs as optimised code. */
const OPTIMISED = 16

/** Whether a guest's function is optimised in the end, when all its calls are too short to be interrupted. */
const optimised = (begin: string, call: string) =>
  report(
    `const { Isolate } = require('isolates')
    const isolate = new Isolate()
    const work = (n) => { let sum = 0; for (let i = 0; i < n; i++) sum = (sum + i * 3) | 0; return sum }
    const isOptimised = () => (isolate.runSync('%GetOptimizationStatus(globalThis.work)') & ${OPTIMISED}) !== 0
    ;(async () => {
      isolate.runSync('globalThis.work = ' + work + '; 0')
      ${begin}
      for (let calls = 0; calls < 20_000 && !isOptimised(); calls++) ${call}
      console.log(JSON.stringify(isOptimised()))
    })()`,
    { flags: ['--allow-natives-syntax'] },
  )

describe('a function of which every call is short is optimised all the same', () => {
  it('when it is called on the thread of the caller', async () => {
    expect(await optimised('', "isolate.runSync('work(300)')")).toBe(true)
  })

  it('when it is called on threads of the pool', async () => {
    expect(await optimised('', "await isolate.run('work(300)')")).toBe(true)
  })

  it('when it is called by a reference', async () => {
    expect(await optimised("const reference = await isolate.ref('work')", 'await reference.call([300])')).toBe(true)
  })
})

/** Whether V8 optimises on other threads, in a worker thread that is started when there has been a guest. */
const optimisesElsewhere = (...flags: string[]) =>
  report(
    `const { Isolate } = require('isolates')
    const { Worker } = require('node:worker_threads')
    new Isolate().runSync('1')
    const source = 'require("node:worker_threads").parentPort.postMessage(%IsConcurrentRecompilationSupported())'
    new Worker(source, { eval: true }).once('message', (answer) => console.log(JSON.stringify(answer)))`,
    { flags: ['--allow-natives-syntax', ...flags] },
  )

describe('how the host’s own code is optimised', () => {
  it('is left as it is', async () => {
    expect(await optimisesElsewhere()).toBe(true)
  })

  it('is left as the user has set it', async () => {
    expect(await optimisesElsewhere('--no-concurrent-recompilation')).toBe(false)
  })
})
