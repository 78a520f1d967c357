import { execFile } from 'node:child_process'
import { Console } from 'node:console'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import vm from 'node:vm'
import { beforeEach, describe, expect, it } from 'vitest'
import { type GuestNative, Kind, type LoopNatives } from '../lib/guest/native.js'
import type { SharedNatives } from '../lib/shared/natives.js'

const guestText = readFileSync(new URL('../dist/guest.js', import.meta.url), 'utf8')

/** Runs a script of test/console in a process of its own, which needs Node's internals, and reads its JSON. */
async function runScript<T>(name: string): Promise<T> {
  const script = fileURLToPath(new URL(`console/${name}`, import.meta.url))
  const args = ['--expose-internals', '--no-warnings', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 28 })
  return JSON.parse(stdout)
}

describe('what the console prints', () => {
  interface Difference {
    source: string
    expected: string
    actual: string
  }

  /** Programs whose output may differ, each for its reason. */
  const exemptions: { pattern: RegExp; reason: string }[] = [
    {
      pattern: /(Symbol|Error)\.prototype[,)\]].*|%o.*(Symbol|Error)\.prototype\)/,
      reason: 'Node adds properties to Symbol and Error',
    },
    {
      pattern: /throw new .*getters: true/,
      reason: 'Node 20 and 22 show the message only; the stack of newer ones is that of the host',
    },
    { pattern: /'name', \{ get\(\) \{ throw/, reason: "Node 20 throws where an error's name cannot be read" },
    {
      pattern: /Object\.setPrototypeOf\(new Uint8Array\(2\), null\)/,
      reason: 'Node 20 shows the hidden fields of a copy that has a prototype',
    },
  ]

  it('is what Node prints, to the byte', async () => {
    const { compared, differences } = await runScript<{ compared: number; differences: Difference[] }>('compare.mjs')
    expect(compared).toBeGreaterThan(2000)
    expect(differences.filter(({ source }) => !exemptions.some(({ pattern }) => pattern.test(source)))).toEqual([])
  })

  it('does not depend on builtins that the guest has broken', async () => {
    const { broken, before, after } = await runScript<{ broken: number; before: string; after: string }>('tamper.mjs')
    expect(broken).toBeGreaterThan(300)
    expect(after).toBe(before)
  })
})

describe('the globals of a guest', () => {
  let entries: { method: string; stderr: boolean; text: string }[]
  let time: number
  let guest: vm.Context

  function run(source: string): unknown {
    return vm.runInContext(source, guest, { filename: 'guest-program.js' })
  }

  /** The text of what a program prints. */
  function print(source: string): string[] {
    entries = []
    run(source)
    return entries.map(({ text }) => text)
  }

  beforeEach(() => {
    entries = []
    time = 0
    guest = vm.createContext()
    const native: Partial<GuestNative> = {
      print: (method, stderr, text) => entries.push({ method, stderr, text }),
      definePart(name, make, global) {
        if (!global) return
        const define = run('Object.defineProperty') as typeof Object.defineProperty
        define(run('globalThis'), name, { value: make(), writable: true, enumerable: false, configurable: true })
      },
      // The libraries are files that only the engine loads.
      defineGlobals() {},
      shared: () => ({ register() {}, Handle: class {} }) as unknown as SharedNatives,
      loop: () => ({ useTimers() {} }) as unknown as LoopNatives,
      current: () => ({ id: 7, name: 'seven' }),
      now: () => time,
      kind: () => Kind.Other,
      ownNonIndexKeys: () => [],
    }
    const boot = run(guestText) as (native: Partial<GuestNative>) => void
    boot(native)
  })

  it("are the language's, and those of the guest runtime", () => {
    const bare = new Set(Object.getOwnPropertyNames(vm.runInContext('globalThis', vm.createContext())))
    const names = run('Object.getOwnPropertyNames(globalThis)') as string[]
    const timers = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate']
    const handlers = ['onerror', 'onunhandledrejection', 'onrejectionhandled']
    const own = ['isolates', 'performance', 'crypto', 'navigator', 'self', ...timers, 'queueMicrotask', ...handlers]
    expect(names.filter((name) => !bare.has(name)).sort()).toEqual(own.sort())
    expect(run(`Object.getOwnPropertyDescriptor(globalThis, 'console').writable`)).toBe(true)
  })

  it('tell the isolate its id and name, in the same frozen object every time', () => {
    expect(run('({ ...isolates.Isolate.current })')).toEqual({ id: 7, name: 'seven' })
    expect(run('isolates.Isolate.current === isolates.Isolate.current')).toBe(true)
    expect(run('Object.isFrozen(isolates.Isolate.current) && Object.isFrozen(isolates.Isolate)')).toBe(true)
  })

  it('tell the host the method and the stream of each print', () => {
    run(`for (const method of ['log', 'info', 'debug', 'warn', 'error', 'dirxml', 'dir', 'table', 'trace', 'count']) console[method]('x')
      console.assert(false); console.group('x'); console.groupCollapsed('x')`)
    const streams = Object.fromEntries(entries.map(({ method, stderr }) => [method, stderr ? 'stderr' : 'stdout']))
    expect(streams).toEqual({
      log: 'stdout',
      info: 'stdout',
      debug: 'stdout',
      warn: 'stderr',
      error: 'stderr',
      dirxml: 'stdout',
      dir: 'stdout',
      table: 'stdout',
      trace: 'stderr',
      count: 'stdout',
      assert: 'stderr',
      group: 'stdout',
      groupCollapsed: 'stdout',
    })
  })

  it("have every method of Node's console that is of use in a guest", () => {
    const names = [...Object.keys(Console.prototype), 'profile', 'profileEnd', 'timeStamp']
    expect(names.filter((name) => run(`typeof console['${name}']`) !== 'function')).toEqual([])
  })

  it.each([
    [0.1234, '0.123ms'],
    [12, '12ms'],
    [999.9996, '1000ms'],
    [1000, '1.000s'],
    [59_999, '59.999s'],
    [60_000, '1:00.000 (m:ss.mmm)'],
    [123_456.7, '2:03.457 (m:ss.mmm)'],
    [3_600_000, '1:00:00.000 (h:mm:ss.mmm)'],
    [45_296_789, '12:34:56.789 (h:mm:ss.mmm)'],
  ])('print %d ms as %s', (duration, text) => {
    run('console.time()')
    time = duration
    expect(print('console.timeLog(undefined, { a: 1 }); console.timeEnd()')).toEqual([
      `default: ${text} { a: 1 }`,
      `default: ${text}`,
    ])
  })

  it('warn of labels that are wrong', () => {
    expect(
      print(
        `console.time('a'); console.time('a'); console.timeLog('b'); console.timeEnd('b'); console.countReset('c')`,
      ),
    ).toEqual([
      `Warning: Label 'a' already exists for console.time()`,
      `Warning: No such label 'b' for console.timeLog()`,
      `Warning: No such label 'b' for console.timeEnd()`,
      `Warning: Count for 'c' does not exist`,
    ])
    expect(entries.every(({ stderr }) => stderr)).toBe(true)
  })

  it('refuse a list of columns that is no list', () => {
    expect(run(`try { console.table([], 'a') } catch ({ name, code }) { name + ' ' + code }`)).toBe(
      'TypeError ERR_INVALID_ARG_TYPE',
    )
  })

  it('trace from the caller on, without frames of their own', () => {
    const [text] = print('function outer() { console.trace("here %d", 5) }\nouter()')
    expect(text).toMatch(/^Trace: here 5\n {4}at outer \(guest-program\.js:1:\d+\)\n {4}at guest-program\.js:2:1\n/)
  })
})
