import { afterEach, describe, expect, it } from 'vitest'
import { child, report } from './helpers/child.js'
import { Isolate, prewarm } from './helpers/isolates.js'

afterEach(async () => {
  await prewarm(0)
  await prewarm(0, { runtime: 'node' })
})

describe('prewarm', () => {
  it('resolves when the spares are ready', async () => {
    expect(await prewarm(2)).toBeUndefined()
  })

  it('gives isolates that work', async () => {
    await prewarm(2)
    for (let index = 0; index < 6; index++) {
      using isolate = new Isolate()
      expect(await isolate.run(`${index} + 1`)).toBe(index + 1)
    }
  })

  it('gives each a heap nobody used before', async () => {
    await prewarm(1)
    for (let round = 0; round < 5; round++) {
      using isolate = new Isolate()
      expect(
        isolate.runSync(
          'const seen = [typeof mark, [].mark]; globalThis.mark = 1; Array.prototype.mark = 1; seen.join()',
        ),
      ).toBe('undefined,')
    }
  })

  it('shows no spare in Isolate.all()', async () => {
    await prewarm(3)
    expect(Isolate.all()).toEqual([])
  })

  it('gives each its own id, name and options', async () => {
    await prewarm(3)
    const lines: string[] = []
    using one = new Isolate({
      name: 'one',
      memoryLimit: 32,
      globals: { a: 1 },
      timeout: 500,
      console: ({ text }) => lines.push(text),
    })
    using other = new Isolate({ memoryLimit: 64 })
    expect(one.runSync('console.log(a); isolates.Isolate.current.name')).toBe('one')
    expect(lines).toEqual(['1'])
    expect(() => one.runSync('for (;;);')).toThrow(expect.objectContaining({ code: 'ERR_TIMEOUT' }))
    other.runSync('1')
    expect(one.stats().heapLimit).toBeLessThan(other.stats().heapLimit)
    expect(other.id).toBeGreaterThan(one.id)
  })

  it('gives isolates that keep to their memory limit', async () => {
    await prewarm(1)
    const isolate = new Isolate({ memoryLimit: 16 })
    await expect(isolate.run('const list = []; for (;;) list.push({ a: 1 })')).rejects.toMatchObject({
      code: 'ERR_MEMORY_LIMIT',
    })
    await isolate.closed
  })

  it('may be changed, dropped and asked for again', async () => {
    await prewarm(3)
    await prewarm(1)
    await prewarm(0)
    await prewarm(2)
    using isolate = new Isolate()
    expect(isolate.runSync('1')).toBe(1)
  })

  it('may be asked for many times at once', async () => {
    await Promise.all([prewarm(3), prewarm(0), prewarm(2), prewarm(1)])
    using isolate = new Isolate()
    expect(isolate.runSync('1')).toBe(1)
  })

  it('does not hold up an isolate made before the spares are ready', async () => {
    const ready = prewarm(4)
    using isolate = new Isolate()
    expect(isolate.runSync('1')).toBe(1)
    await ready
  })

  it('does not keep the process alive', async () => {
    expect(await child("require('isolates').prewarm(4).then(() => console.log('ready'))")).toEqual({
      code: 0,
      signal: null,
      stdout: 'ready\n',
      stderr: '',
    })
  })

  it('works in several worker threads at once', async () => {
    const source = `
      const { Worker } = require('worker_threads')
      const work = \`const { Isolate, prewarm } = require('isolates')
        prewarm(2).then(() => require('worker_threads').parentPort.postMessage(new Isolate().runSync('6 * 7')))\`
      Promise.all(Array.from({ length: 4 }, () => new Promise((resolve, reject) => new Worker(work, { eval: true }).on('message', resolve).on('error', reject))))
        .then((values) => console.log(JSON.stringify(values)))`
    expect(await report(source)).toEqual([42, 42, 42, 42])
  })
})

describe('prewarm of isolates with all of Node', () => {
  it('gives isolates that work, with the environment of the moment they are made', async () => {
    expect(await prewarm(1, { runtime: 'node' })).toBeUndefined()
    process.env['PREWARMED'] = 'late'
    try {
      for (let index = 0; index < 3; index++) {
        const isolate = new Isolate({ runtime: 'node', globals: { index } })
        expect(await isolate.run('[index, process.env.PREWARMED]')).toEqual([index, 'late'])
        expect(await isolate.run("require('node:worker_threads').workerData")).toBeNull()
        await isolate.close()
      }
    } finally {
      delete process.env['PREWARMED']
    }
  })

  it('keeps no process alive, and is left out where options need a thread of their own', async () => {
    const result = await report<unknown>(`
      const { Isolate, prewarm } = require('isolates')
      prewarm(2, { runtime: 'node' }).then(async () => {
        const isolate = new Isolate({ runtime: 'node', argv: ['own'] })
        console.log(JSON.stringify(await isolate.run('process.argv.slice(2)')))
      })`)
    expect(result).toEqual(['own'])
  })

  it('refuses other runtimes', () => {
    expect(() => prewarm(1, { runtime: 'deno' as never })).toThrow(/'bare' or 'node'/)
  })
})
