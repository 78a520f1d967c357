import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { child, root } from './helpers/child.js'

const addon = process.env['ISOLATES_ADDON'] ?? join(root, 'build/Release/isolates.node')

// V8 has no way back from an array of more elements than it can have.
const fatal = "'x'.repeat(2 ** 28).split('')"
const prelude = `const { Isolate } = require('isolates'); const isolate = new Isolate({ memoryLimit: 64 }); const fatal = ${JSON.stringify(fatal)}
  const codeOf = (promise) => promise.then(() => 'none', ({ code }) => code)`

/** What a program prints as JSON; it must end with `code`, whatever V8 has to say on stderr. */
async function printed(source: string, code = 0): Promise<unknown> {
  const ended = await child(`${prelude};(async () => { ${source} })()`)
  expect(ended).toMatchObject({ code, signal: null })
  expect(ended.stderr).toContain('the process goes on')
  return JSON.parse(ended.stdout)
}

describe('a guest that V8 cannot go on with', () => {
  it.concurrent('is lost: what runs, what is queued and what waits ends with the memory limit', async () => {
    const source = `
      const calls = ['new Promise(() => {})', fatal, '1', 'new Promise(() => {})'].map((source) => codeOf(isolate.run(source)))
      console.log(JSON.stringify([await Promise.all(calls), (await isolate.closed).kind, isolate.state, Isolate.all().length]))`
    expect(await printed(source)).toEqual([Array(4).fill('ERR_MEMORY_LIMIT'), 'memory-limit', 'closed', 0])
  })

  it.concurrent('refuses later calls', async () => {
    const source =
      'await codeOf(isolate.run(fatal)); console.log(JSON.stringify([await isolate.closed.then(() => codeOf(isolate.run("1"))), isolate.stats().calls]))'
    expect(await printed(source)).toEqual(['ERR_ISOLATE_CLOSED', 0])
  })

  it.concurrent('leaves other isolates their threads', async () => {
    const source = `
      const all = Array.from({ length: 4 }, () => new Isolate({ memoryLimit: 64 }))
      const codes = await Promise.all(all.map((isolate) => codeOf(isolate.run(fatal))))
      const others = Array.from({ length: 8 }, () => new Isolate())
      const sums = await Promise.all(others.map((isolate, i) => isolate.run('6 * ' + i)))
      await Promise.all(others.map((isolate) => isolate.close()))
      console.log(JSON.stringify([codes, sums, isolate.runSync('1')]))`
    expect(await printed(source)).toEqual([Array(4).fill('ERR_MEMORY_LIMIT'), [0, 6, 12, 18, 24, 30, 36, 42], 1])
  })

  it.concurrent('loses the argument with process.exit()', async () => {
    const source = 'console.log(JSON.stringify(await codeOf(isolate.run(fatal)))); process.exit(3)'
    expect(await printed(source, 3)).toBe('ERR_MEMORY_LIMIT')
  })

  it.concurrent('may be stopped by a timeout that comes too late', async () => {
    const source = `
      const code = await codeOf(isolate.run(fatal, { timeout: 60_000 }))
      isolate.terminate()
      console.log(JSON.stringify(code))`
    expect(await printed(source)).toBe('ERR_MEMORY_LIMIT')
  })

  it.concurrent('keeps its share of the isolates that a guest may make', async () => {
    const source = `
      const parent = new Isolate({ memoryLimit: 64, maxIsolates: 1, globals: { fatal } })
      const first = await parent.run('const child = new isolates.Isolate(); child.run(fatal).catch((e) => e.code)')
      const second = await parent.run('try { new isolates.Isolate(); "made" } catch (e) { e.code }')
      console.log(JSON.stringify([first, second]))`
    expect(await printed(source)).toEqual(['ERR_MEMORY_LIMIT', 'ERR_ISOLATE_LIMIT'])
  })
})

describe('a guest that V8 cannot go on with while it is made', () => {
  const fail = `const addon = { exports: {} }
    process.dlopen(addon, ${JSON.stringify(addon)}, require('os').constants.dlopen.RTLD_NOW)
    const fail = addon.exports.failHeaps, guest = new Isolate()`

  it.concurrent('is lost: its first call, and those behind it, are answered', async () => {
    const source = `${fail}; fail(1)
      const codes = await Promise.all([codeOf(guest.run('1')), codeOf(guest.run('2')), codeOf(guest.get('list'))])
      console.log(JSON.stringify([codes, (await guest.closed).kind, guest.state, Isolate.all().length, await isolate.run('6 * 7')]))
      isolate.terminate()`
    expect(await printed(source)).toEqual([Array(3).fill('ERR_MEMORY_LIMIT'), 'memory-limit', 'closed', 1, 42])
  })

  it.concurrent('is lost on the thread of its host too', async () => {
    const source = `${fail}; fail(1)
      const codes = []
      for (const source of ['1', '2']) try { guest.runSync(source) } catch ({ code }) { codes.push(code) }
      console.log(JSON.stringify([codes, (await guest.closed).kind, isolate.runSync('6 * 7')]))
      isolate.terminate()`
    expect(await printed(source)).toEqual([['ERR_MEMORY_LIMIT', 'ERR_MEMORY_LIMIT'], 'memory-limit', 42])
  })

  it.concurrent.each([
    ['run', "child.run('1').catch((e) => e.code)"],
    ['runSync', "try { child.runSync('1') } catch (e) { e.code }"],
  ])('leaves the guest that made it, in %s', async (how, inner) => {
    const source = `${fail}; guest.runSync('var child = new isolates.Isolate()'); fail(1)
      const code = await guest.${how}(${JSON.stringify(inner)})
      console.log(JSON.stringify([code, guest.runSync('6 * 7')]))
      guest.terminate()`
    expect(await printed(source)).toEqual(['ERR_MEMORY_LIMIT', 42])
  })

  it.concurrent('is lost to the reserve, which goes on with others', async () => {
    const source = `${fail}; fail(1)
      const { prewarm } = require('isolates')
      await prewarm(2)
      await prewarm(3)
      const spare = Array.from({ length: 3 }, () => new Isolate())
      console.log(JSON.stringify(await Promise.all(spare.map((each, n) => each.run('6 * ' + n)))))
      await prewarm(0)
      for (const each of Isolate.all()) each.terminate()`
    expect(await printed(source)).toEqual([0, 6, 12])
  })

  it.concurrent('breaks its pool, which would make isolates for ever', async () => {
    const source = `${fail}; fail(1)
      const { Pool } = require('isolates')
      const pool = new Pool({ size: 1 })
      const codes = await Promise.all([codeOf(pool.run(() => 1)), codeOf(pool.run(() => 2))])
      await pool.close()
      console.log(JSON.stringify([codes, await isolate.run('6 * 7')]))
      isolate.terminate(); guest.terminate()`
    expect(await printed(source)).toEqual([['ERR_POOL_BROKEN', 'ERR_POOL_BROKEN'], 42])
  })
})

describe('a guest that V8 cannot go on with on the thread of its host', () => {
  it.concurrent('is left: the call throws, and the thread goes on', async () => {
    const source = `
      const codes = []
      for (let i = 0; i < 3; i++) {
        const isolate = new Isolate({ memoryLimit: 64 })
        try { isolate.runSync(fatal) } catch ({ code }) { codes.push(code) }
        try { isolate.runSync('1') } catch ({ code }) { codes.push(code) }
        codes.push((await isolate.closed).kind)
      }
      const other = new Isolate()
      console.log(JSON.stringify([codes, other.runSync('6 * 7'), await other.run('6 * 7'), isolate.callSync((n) => n + 1, [1])]))`
    const codes = Array(3).fill(['ERR_MEMORY_LIMIT', 'ERR_MEMORY_LIMIT', 'memory-limit']).flat()
    expect(await printed(source)).toEqual([codes, 42, 42, 2])
  })

  it.concurrent('leaves the host’s own collections unharmed', async () => {
    const source = `
      try { isolate.runSync(fatal) } catch {}
      let kept = []
      for (let i = 0; i < 3e6; i++) { kept.push({ i, text: 'text ' + i }); if (kept.length > 1e5) kept = [] }
      console.log(JSON.stringify(kept.at(-1)))`
    expect(await printed(source)).toEqual({ i: 2_999_999, text: 'text 2999999' })
  })

  it.concurrent('ends the calls around it when it is entered from a function that it calls', async () => {
    const source = `
      const codes = []
      const outer = new Isolate({ memoryLimit: 64, expose: { inner: { sync: () => { try { outer.runSync(fatal) } catch ({ code }) { codes.push(code) } } } } })
      try { outer.runSync('inner(); throw new Error("went on")') } catch ({ code }) { codes.push(code) }
      console.log(JSON.stringify([codes, new Isolate().runSync('1')]))`
    expect(await printed(source)).toEqual([['ERR_MEMORY_LIMIT', 'ERR_MEMORY_LIMIT'], 1])
  })

  it.concurrent('leaves the guest that calls it through the host', async () => {
    const source = `
      const caller = new Isolate({ expose: { inner: { sync: () => { try { isolate.runSync(fatal) } catch ({ code }) { return code } } } } })
      console.log(JSON.stringify([caller.runSync('inner()'), caller.runSync('1')]))`
    expect(await printed(source)).toEqual(['ERR_MEMORY_LIMIT', 1])
  })

  it.concurrent.each(['run', 'runSync'])('leaves the guest that has made it, in %s', async (how) => {
    const source = `
      const parent = new Isolate({ memoryLimit: 64, globals: { fatal } })
      const code = await parent.${how}('try { new isolates.Isolate().runSync(fatal) } catch (e) { e.code }')
      console.log(JSON.stringify([code, await parent.run('6 * 7')]))`
    expect(await printed(source)).toEqual(['ERR_MEMORY_LIMIT', 42])
  })

  it.concurrent('leaves a worker thread, which ends as it would', async () => {
    const source = `
      const { Worker } = require('worker_threads')
      const worker = new Worker(\`
        const { Isolate } = require('isolates')
        const isolate = new Isolate({ memoryLimit: 64 })
        try { isolate.runSync(${JSON.stringify(fatal)}) } catch ({ code }) { require('worker_threads').parentPort.postMessage(code) }
      \`, { eval: true })
      const messages = []
      worker.on('message', (code) => messages.push(code))
      worker.on('exit', (code) => console.log(JSON.stringify([messages, code])))`
    expect(await printed(source)).toEqual([['ERR_MEMORY_LIMIT'], 0])
  })

  it.concurrent('is no excuse for the host: its own fatal error ends the process, in a guest’s call too', async () => {
    const { code, signal, stdout } = await child(`${prelude}
      const guest = new Isolate({ expose: { host: { sync: () => 'x'.repeat(2 ** 28).split('').length } } })
      guest.runSync('host()')
      console.log('survived')`)
    expect({ ended: code !== 0 || signal !== null, stdout }).toEqual({ ended: true, stdout: '' })
  })
})

it.concurrent('a guest that V8 cannot go on with inside of one that it has made takes that one along', async () => {
  // Its console function is called in the midst of the inner guest, on the same thread.
  const source = `
    const parent = new Isolate({ memoryLimit: 64, globals: { fatal } })
    const inner = "new isolates.Isolate({ console: () => (0, eval)(fatal) }).runSync('console.log(1)')"
    const codes = [await codeOf(parent.run(inner))]
    try { new Isolate({ memoryLimit: 64, globals: { fatal } }).runSync(inner) } catch ({ code }) { codes.push(code) }
    console.log(JSON.stringify([codes, isolate.runSync('6 * 7')]))`
  expect(await printed(source)).toEqual([['ERR_MEMORY_LIMIT', 'ERR_MEMORY_LIMIT'], 42])
})
