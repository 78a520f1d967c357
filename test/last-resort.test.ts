import { describe, expect, it } from 'vitest'
import { child } from './helpers/child.js'

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

  it.concurrent('ends the process when it runs on the thread of its host', async () => {
    const { code, signal, stdout } = await child(`${prelude}; isolate.runSync(fatal); console.log('survived')`)
    expect({ ended: code !== 0 || signal !== null, stdout }).toEqual({ ended: true, stdout: '' })
  })
})
