import { describe, expect, it } from 'vitest'
import { libraries } from '../lib/guest/web/index.js'
import { report } from './helpers/child.js'
import { Isolate } from './helpers/isolates.js'

/**
 * Writes down every property of every builtin: where it is, its attributes, the type and text of its value, depth first through prototypes.
 * Self-contained, since it runs in a guest, in a vm context, and in neither of which anything else is there.
 */
function inventory(left: string[]): string[] {
  const lines: string[] = []
  const seen = new Map<object, string>()
  const named = (key: string | symbol): string => (typeof key === 'symbol' ? `[${String(key)}]` : key)

  function text(value: unknown, path: string): string {
    if (typeof value === 'function' || (typeof value === 'object' && value !== null)) {
      const known = seen.get(value)
      if (known !== undefined) return `same as ${known}`
      visit(value, path)
      return typeof value === 'function'
        ? Function.prototype.toString.call(value)
        : Object.prototype.toString.call(value)
    }
    return typeof value === 'string'
      ? JSON.stringify(value)
      : `${typeof value} ${Object.is(value, -0) ? '-0' : String(value)}`
  }

  function visit(value: object, path: string): void {
    seen.set(value, path)
    const keys = Reflect.ownKeys(value).filter((key) => !left.includes(`${path}.${named(key)}`))
    keys.sort((a, b) => (named(a) < named(b) ? -1 : 1))
    for (const key of keys) {
      const at = `${path}.${named(key)}`
      const {
        value: data,
        get,
        set,
        writable,
        enumerable,
        configurable,
      } = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor
      const attributes = `${writable ? 'w' : '-'}${enumerable ? 'e' : '-'}${configurable ? 'c' : '-'}`
      if (get || set) lines.push(`${at} ${attributes} get ${text(get, `${at}.get`)} set ${text(set, `${at}.set`)}`)
      else lines.push(`${at} ${attributes} ${text(data, at)}`)
    }
    const prototype = Object.getPrototypeOf(value)
    lines.push(
      `${path} extends ${prototype === null ? 'null' : text(prototype, `${path}.[[Prototype]]`)}, ${Object.isExtensible(value)}`,
    )
  }

  // A vm context's global object has a class of its own.
  seen.set(Object.getPrototypeOf(globalThis), 'the prototype of the global object')
  visit(globalThis, 'globalThis')
  // What no name leads to.
  const hidden: Record<string, () => unknown> = {
    generator: () => function* () {},
    generatorObject: () => (function* () {})(),
    async: () => async () => {},
    asyncGenerator: () => async function* () {},
    asyncGeneratorObject: () => (async function* () {})(),
    arrayIterator: () => [][Symbol.iterator](),
    mapIterator: () => new Map().entries(),
    setIterator: () => new Set().values(),
    stringIterator: () => ''[Symbol.iterator](),
    regExpIterator: () => 'a'.matchAll(/a/g),
    typedArray: () => Object.getPrototypeOf(Uint8Array),
    segments: () => new Intl.Segmenter('en').segment('a')[Symbol.iterator](),
    error: () => Object.getOwnPropertyNames(new Error('x')).sort(),
    template: () => ((strings: TemplateStringsArray, ..._values: unknown[]) => strings)`a${1}b`,
  }
  for (const [name, make] of Object.entries(hidden)) text(make(), `(${name})`)
  return lines
}

// What a guest has more, and what needs Node's fetch.
const platform = libraries().flatMap(({ classes, functions, attributes }) => [...classes, ...functions, ...attributes])
const different = [
  'console',
  'isolates',
  'self',
  'onerror',
  'onrejectionhandled',
  'onunhandledrejection',
  ...platform,
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'WebAssembly.compileStreaming',
  'WebAssembly.instantiateStreaming',
].map((path) => `globalThis.${path}`)

/** Compares each guest's inventory with that of a fresh vm context; the differences of the first that has any. */
const compare = `
  const vm = require('vm')
  const source = ${JSON.stringify(`(${inventory})(${JSON.stringify(different)})`)}
  const expected = vm.runInNewContext(source)
  const differences = (lines) => {
    const mine = new Set(lines), theirs = new Set(expected)
    return [...lines.filter((line) => !theirs.has(line)).map((line) => 'guest: ' + line), ...expected.filter((line) => !mine.has(line)).map((line) => 'vm:    ' + line)].slice(0, 40)
  }
  const { Isolate, prewarm } = require('isolates')
  const first = (lists) => lists.find((list) => list.length > 0) ?? []
  const check = (isolate = new Isolate()) => { const found = differences(isolate.runSync(source)); isolate.terminate(); return found }
`

describe('the builtins of a guest are those of a vm context, every name, attribute and text', () => {
  it('in an isolate made as soon as the library is there', async () => {
    expect(await report(`${compare} console.log(JSON.stringify(check()))`)).toEqual([])
  })

  it('in isolates made while and after the library prepares itself', async () => {
    const source = `${compare}
      const found = [check()]
      const ready = prewarm(1)
      let over = false
      ready.then(async () => { over = true; for (let i = 0; i < 3; i++) found.push(check()); await prewarm(0); found.push(check()); console.log(JSON.stringify(first(found))) })
      ;(function next() { if (!over) { found.push(check()); setImmediate(next) } })()`
    expect(await report(source)).toEqual([])
  })

  it('in an isolate that another thread runs', async () => {
    expect(
      await report(
        `${compare} new Isolate().run(source).then((lines) => console.log(JSON.stringify(differences(lines))))`,
      ),
    ).toEqual([])
  })

  it('in an isolate of a worker thread', async () => {
    const source = `const { Worker } = require('worker_threads')
      new Worker(${JSON.stringify(`${compare} require('worker_threads').parentPort.postMessage(check())`)}, { eval: true }).on('message', (found) => console.log(JSON.stringify(found)))`
    expect(await report(source)).toEqual([])
  })

  it('under --no-node-snapshot', async () => {
    expect(
      await report(`${compare} prewarm(1).then(() => console.log(JSON.stringify(first([check(), check()]))))`, {
        flags: ['--no-node-snapshot'],
      }),
    ).toEqual([])
  })

  it('and there are thousands of them', () => {
    expect(inventory([]).length).toBeGreaterThan(3000)
  })
})

describe('builtins that need tables of their own', () => {
  const source = `[
    new Intl.NumberFormat('de').format(1234.5), new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(0), 'a'.localeCompare('b'), '\\u0130'.toLocaleLowerCase('tr'),
    'e\\u0301'.normalize('NFC').length, /\\p{Script=Han}/u.test('字'), new Date(0).toISOString(), Intl.DateTimeFormat().resolvedOptions().timeZone,
    new Date(2024, 5, 1).getTimezoneOffset(), Math.E, Math.sin(1), (0.1).toFixed(20), (255).toString(16), [3, 1, 2].sort().join(), JSON.stringify({ a: [1] }),
    typeof WebAssembly.instantiate, [...new Intl.Segmenter('en').segment('ab')].length, new Error('x').message, [].at(-1), 'abc'.replace(/(?<x>b)/, '[$<x>]'),
  ]`

  it('give what they give in a vm context', async () => {
    const result = await report<
      unknown[][]
    >(`const source = ${JSON.stringify(source)}; const { Isolate } = require('isolates')
      console.log(JSON.stringify([new Isolate().runSync(source), require('vm').runInNewContext(source)]))`)
    expect(result[0]).toEqual(result[1])
  })

  it('compile and run WebAssembly', async () => {
    const module =
      '[0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]'
    const run = `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(${module}))).exports.add(40, 2)`
    expect(await report(`console.log(new (require('isolates').Isolate)().runSync(${JSON.stringify(run)}))`)).toBe(42)
  })
})

describe('numbers and their strings', () => {
  // Isolates start with V8's table of these strings at its first size: it must grow and work like any other.
  it('agree with the host, over many more than V8 remembers', async () => {
    const strings = (): string => {
      const parts: string[] = []
      for (let i = -40_000; i < 40_000; i++) parts.push(String(i), String(i / 7))
      for (let i = -40_000; i < 40_000; i += 3) parts.push(String(i), String(i / 7))
      return parts.join()
    }
    using isolate = new Isolate()
    expect((await isolate.call(strings)) === strings()).toBe(true)
  })
})
