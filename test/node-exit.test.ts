import { describe, expect, it } from 'vitest'
import { child, report } from './helpers/child.js'

const prelude = `
  const { Isolate } = require('isolates')
  const { Worker } = require('node:worker_threads')
  const node = (options) => new Isolate({ runtime: 'node', ...options })
  const done = (value) => console.log(JSON.stringify(value))
`

describe('a process with isolates that have all of Node', () => {
  it('ends by itself while they rest', async () => {
    const { code, stdout, stderr } = await child(`${prelude}
      const isolate = node()
      isolate.run("setInterval(() => {}, 10); 'rests'").then(console.log)`)
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'rests\n', stderr: '' })
  })

  it('waits for their answers, and for those that were told to close', async () => {
    const { code, stdout, stderr } = await child(`${prelude}
      const isolate = node()
      isolate.run("setTimeout(() => console.log('last'), 50); 'asked'").then(console.log)
      isolate.close()`)
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'asked\nlast\n', stderr: '' })
  })

  for (const work of [
    'for (;;);',
    'new Promise(() => {})',
    'new isolates.Channel().receiveSync()',
    "wait('for ever')",
  ]) {
    it(`ends by process.exit() while one is in ${work}`, async () => {
      const { code, stderr } = await child(`${prelude}
        const isolate = node({ expose: { wait: { sync: () => process.exit(7) } } })
        isolate.run('0').then(() => {
          isolate.run(${JSON.stringify(work)}).catch(() => {})
          setTimeout(() => process.exit(7), 100)
        })`)
      expect({ code, stderr }).toEqual({ code: 7, stderr: '' })
    })
  }

  it('ends by an error of its own', async () => {
    const { code, stderr } = await child(`${prelude}
      const isolate = node()
      isolate.run('0').then(() => {
        isolate.run('for (;;);').catch(() => {})
        setTimeout(() => { throw new Error('own') }, 50)
      })`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/Error: own/)
    expect(stderr).not.toMatch(/FATAL|internal error/)
  })

  it('loses nothing that was printed before one ends', async () => {
    const lines = 2000
    const { code, stdout } = await child(
      `${prelude}
      const isolate = node()
      isolate.run("for (let i = 0; i < ${lines}; i++) console.log('line', i); process.exit()").catch(() => {})
      isolate.closed.then(() => console.log('closed'))`,
      { toFile: true },
    )
    expect(code).toBe(0)
    expect(stdout.trim().split('\n').length).toBe(lines + 1)
    expect(stdout).toMatch(/line 1999\nclosed\n$/)
  })

  it('survives one that outgrows its memory, by objects, strings and buffers', async () => {
    const results = await report<unknown[]>(`${prelude}
      const programs = [
        "const list = []; for (;;) list.push({ a: [1, 2, 3] })",
        "let text = 'x'; const all = []; for (;;) all.push((text += 'y') + Math.random())",
        "const map = new Map(); for (let i = 0; ; i++) map.set(i, 'value ' + i)",
        "const list = []; for (;;) list.push(Buffer.alloc(1 << 20, 1))",
        "setImmediate(() => { const list = []; for (;;) list.push({ a: [1, 2, 3] }) }); new Promise(() => {})",
      ]
      ;(async () => {
        const results = []
        for (const program of programs) {
          const isolate = node({ memoryLimit: 48, console: 'ignore' })
          const error = await isolate.run(program).catch((error) => error)
          results.push([error.constructor.name, (await isolate.closed).kind])
        }
        done(results)
      })()`)
    expect(results).toEqual(Array(5).fill(['MemoryLimitError', 'memory-limit']))
  })

  it('may make and leave many, one after another', async () => {
    const values = await report<number[]>(`${prelude}
      ;(async () => {
        const values = []
        for (let i = 0; i < 8; i++) {
          const isolate = node()
          values.push(await isolate.run(String(i)))
          if (i % 2) isolate.terminate()
          await (i % 2 ? isolate.closed : isolate.close())
        }
        done(values)
      })()`)
    expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('ends those whose handle nobody has any more', async () => {
    const kind = await report<string>(
      `${prelude}
      let closed
      ;(() => {
        const isolate = node()
        closed = isolate.closed
        return isolate.run('0')
      })().then(async () => {
        const timer = setInterval(() => { new Array(1e5).fill({}); gc() }, 10)
        const { kind } = await closed
        clearInterval(timer)
        done(kind)
      })`,
      { flags: ['--expose-gc'] },
    )
    expect(kind).toBe('terminate')
  })
})

describe('isolates with all of Node inside of each other', () => {
  it('work, and end with the one that made them', async () => {
    const result = await report<unknown>(`${prelude}
      ;(async () => {
        const outer = node()
        await outer.run("const { Isolate, Channel } = require('isolates'); const inner = new Isolate({ runtime: 'node' }); const bare = new Isolate(); 0")
        const sum = await outer.run("inner.run('20 + 1')") + outer.runSync("bare.runSync('20') + inner.runSync('1')")
        await outer.run("inner.run('for (;;);').catch(() => {}); bare.run('for (;;);').catch(() => {}); 0")
        outer.terminate()
        const { kind } = await outer.closed
        done([sum, kind])
      })()`)
    expect(result).toEqual([42, 'terminate'])
  })

  it('work in a worker thread that is terminated', async () => {
    const result = await report<unknown>(`${prelude}
      const work = "const { Isolate } = require('isolates'); const { parentPort } = require('node:worker_threads'); const isolate = new Isolate({ runtime: 'node' }); isolate.run('6 * 7').then((value) => { parentPort.postMessage(value); isolate.run('for (;;);').catch(() => {}) })"
      const worker = new Worker(work, { eval: true })
      worker.on('message', async (value) => {
        await new Promise((resolve) => setTimeout(resolve, 50))
        done([value, await worker.terminate()])
      })`)
    expect(result).toEqual([42, 1])
  })

  it('work in a worker thread that waits for one, and is terminated', async () => {
    const result = await report<unknown>(`${prelude}
      const work = "const { Isolate } = require('isolates'); const { parentPort } = require('node:worker_threads'); const isolate = new Isolate({ runtime: 'node' }); isolate.runSync('0'); parentPort.postMessage('ready'); isolate.runSync('for (;;);')"
      const worker = new Worker(work, { eval: true })
      worker.on('message', async (value) => {
        await new Promise((resolve) => setTimeout(resolve, 50))
        done([value, await worker.terminate()])
      })`)
    expect(result).toEqual(['ready', 1])
  })
})
