import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { child, report, root } from './helpers/child.js'
import { sanitized } from './helpers/sanitizer.js'

const addon = process.env['ISOLATES_ADDON'] ?? join(root, 'build/Release/isolates.node')
const ahead = `const addon = { exports: {} }
  process.dlopen(addon, ${JSON.stringify(addon)}, require('os').constants.dlopen.RTLD_NOW)
  const fail = addon.exports.failThreads, failSnapshot = addon.exports.failSnapshot`

describe('a system without threads', () => {
  it('makes loading fail with an error that says what to do', async () => {
    const message = await report(`${ahead}; fail(0, 1)
      try { require('isolates') } catch (error) { console.log(JSON.stringify(error.message)) }`)
    expect(message).toMatch(/needs a thread, and the system gives none: raise its limit/)
  })

  it('leaves isolates to start without the snapshot that would have been built', async () => {
    const results = await report(`${ahead}; fail(1, 1)
      const { Isolate, prewarm } = require('isolates')
      const isolate = new Isolate()
      isolate.run('[Math.E, typeof URL, typeof isolates.Channel, structuredClone([1])]').then(async (values) => {
        await isolate.close()
        await prewarm(1)
        const next = new Isolate()
        console.log(JSON.stringify([values, next.runSync('6 * 7')]))
        next.terminate()
      })`)
    expect(results).toEqual([[Math.E, 'function', 'function', [1]], 42])
  })

  it('keeps calls waiting until it has some again', async () => {
    const results = await report(`${ahead}
      const { Isolate, Pool } = require('isolates')
      fail(0, 5)
      const isolate = new Isolate()
      isolate.run('6 * 7').then(async (value) => {
        const pool = new Pool({ size: 3 })
        const values = await Promise.all([1, 2, 3].map((n) => pool.run((n) => n * 2, [n])))
        await pool.close()
        console.log(JSON.stringify([value, values]))
        isolate.terminate()
      })`)
    expect(results).toEqual([42, [2, 4, 6]])
  })

  it('has synchronous calls all the same', async () => {
    const results = await report(`${ahead}
      const { Isolate } = require('isolates')
      fail(0, 1e9)
      const isolate = new Isolate(), other = new Isolate()
      const waiting = other.run('1 + 1')
      const values = [isolate.callSync((n) => n * 2, [21])]
      try { isolate.runSync('for (;;) ;', { timeout: 20 }) } catch (error) { values.push(error.code) }
      fail(0, 0)
      waiting.then((value) => { values.push(value); console.log(JSON.stringify(values)); isolate.terminate(); other.terminate() })`)
    expect(results).toEqual([42, 'ERR_TIMEOUT', 2])
  })
})

// Node 20 has none that is built.
describe.skipIf(process.versions.modules === '115')('a snapshot that cannot be built', () => {
  it.each([
    ['because V8 gives none', 1],
    ['because V8 never comes back', 2],
  ])('%s, leaves isolates to start without', async (_why, how) => {
    const { code, signal, stdout, stderr } = await child(`${ahead}; failSnapshot(${how})
      const { Isolate, Pool, prewarm } = require('isolates')
      const isolate = new Isolate()
      isolate.run('[Math.E, typeof URL, structuredClone([1])]').then(async (values) => {
        await prewarm(1)
        const next = new Isolate()
        console.log(JSON.stringify([values, next.runSync('6 * 7')]))
        await Promise.all([isolate.close(), next.close()])
      })`)
    expect({ code, signal, stdout }).toEqual({
      code: 0,
      signal: null,
      stdout: '[[2.718281828459045,"function",[1]],42]\n',
    })
    if (how === 2) expect(stderr).toContain('the process goes on')
    else expect(stderr).toBe('')
  })
})

const canLimit = process.platform === 'linux' && !sanitized && hasPrlimit()

function hasPrlimit(): boolean {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!canLimit)('a system without memory', () => {
  /** From here on the process gets so many MiB of addresses more. */
  const limited = (mebibytes: number): string => `
    const { readFileSync } = require('fs')
    const size = () => Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
    const limit = (to) => require('child_process').execFileSync('prlimit', ['--pid', process.pid, '--as=' + to + ':'])
    const few = () => limit(size() + ${mebibytes} * 2 ** 20), many = () => limit('unlimited')`

  it.each([
    ['ArrayBuffer', 'new ArrayBuffer(2 ** 30)'],
    ['SharedArrayBuffer', 'new SharedArrayBuffer(2 ** 30)'],
    ['typed array', 'new Float64Array(2 ** 27)'],
    ['growing buffer', 'new ArrayBuffer(8, { maxByteLength: 2 ** 31 }).resize(2 ** 30)'],
    ['memory of WebAssembly', 'new WebAssembly.Memory({ initial: 16384 })'],
  ])('lets a guest have no %s, and goes on', async (_name, source) => {
    const results = await report(`${limited(256)}
      const { Isolate } = require('isolates')
      const isolate = new Isolate()
      const name = 'try { ${source}; "made" } catch (error) { error.name }'
      isolate.run('1').then(async () => {
        few()
        const names = [isolate.runSync(name), await isolate.run(name)]
        many()
        console.log(JSON.stringify([names, await isolate.run('6 * 7'), new ArrayBuffer(8).byteLength]))
        isolate.terminate()
      })`)
    const [names, value, length] = results as [string[], number, number]
    for (const name of names) expect(['RangeError', 'TypeError']).toContain(name)
    expect([value, length]).toEqual([42, 8])
  })
})
