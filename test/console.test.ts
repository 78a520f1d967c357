import { describe, expect, it } from 'vitest'
import { child } from './helpers/child.js'
import { Gate } from './helpers/gate.js'
import { type ConsoleEntry, Isolate } from './helpers/isolates.js'
import { thrown } from './helpers/outcome.js'

/** What a guest prints to a callback. */
function printed(source: string): Pick<ConsoleEntry, 'method' | 'stream' | 'text'>[] {
  const entries: Pick<ConsoleEntry, 'method' | 'stream' | 'text'>[] = []
  using isolate = new Isolate({ console: ({ method, stream, text }) => entries.push({ method, stream, text }) })
  isolate.runSync(source)
  return entries
}

// Programs whose output must be the same, byte for byte, printed by a guest or by the host itself.
const corpus = {
  streams:
    "console.log('out'); console.error('err'); console.warn('warn'); console.info('info'); console.debug('debug')",
  nothing: "console.log(); console.error(''); console.log('')",
  formats:
    "console.log('%s %d %i %f %j %o %O %c%% %x', 'a', 1.5, 1.5, '2.5', { a: 1 }, [1], { b: [2] }, 'css', 'rest', 5)",
  odd_formats:
    "console.log('%s %s %s %s', null, undefined, -0, 5n, Symbol('s')); console.log('%d', '0x10', {}); console.log('100%', 1, '%s')",
  primitives: "console.log(1, -0, 5n, true, null, undefined, 'text', Symbol('s'), NaN)",
  nested: 'console.log({ a: { b: { c: { d: 1 } } }, list: [[[[1]]]] })',
  long: "console.log(Array.from({ length: 200 }, (_, i) => i), 'x'.repeat(200), { text: 'y'.repeat(20000) })",
  wide: "console.log(Object.fromEntries(Array.from({ length: 40 }, (_, i) => ['key' + i, i])))",
  collections:
    "console.log(new Map([[{ a: 1 }, new Set([1, 'b'])]]), new Set(), new WeakMap(), new Map([[1, 2]]).entries())",
  classes:
    'class A { x = 1; #y = 2 }; class B extends A {}; console.log(A, B, new B(), [new A()], Object.create(null), Object.create(A.prototype))',
  functions: 'console.log(() => {}, function f() {}, async () => {}, function* g() {}, Math.max, { m() {} })',
  errors:
    "const e = new TypeError('no'); e.stack = 'TypeError: no\\n    at somewhere'; e.code = 'E'; console.log(e, { e }, [e])",
  buffers:
    'console.log(new Uint8Array([1, 2]), new ArrayBuffer(4), new DataView(new ArrayBuffer(1)), new SharedArrayBuffer(2))',
  dates: 'console.log(new Date(0), new Date(NaN), [new Date(5)], /a/g, [/b/])',
  promises: 'console.log(Promise.resolve(5), new Promise(() => {}), (async () => ({ a: 1 }))())',
  proxies: 'console.log(new Proxy({ a: 1 }, {}), new Proxy(function f() {}, {}))',
  accessors:
    "console.log({ get a() { return 1 }, set a(v) {}, get b() { return 2 }, set c(v) {} }, { [Symbol('k')]: 1, 'a b': 2 })",
  cycles: "const o = { name: 'o' }; o.self = o; o.list = [o]; console.log(o)",
  strings: "console.log('it\\'s', ['it\\'s', '\"', 'a\\nb', '\\u0001', '漢字', '\\ud800'], 'a\\nb')",
  arrays:
    "console.log([, 1, , 2], [undefined, null], Object.assign([1], { x: 2 }), new Array(5), [[]], ['a'.repeat(30), 'b'.repeat(60)])",
  boxed: "console.log(new Number(-0), new String('s'), new Boolean(true), Object(5n), Object(Symbol('s')))",
  tables:
    "console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]); console.table([[1, 2], [3, 4]]); console.table([{ a: 1, b: 2 }], ['b']); console.table(5)",
  groups:
    "console.group('one'); console.log('a\\nb'); console.group(); console.error({ c: 1 }); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('out')",
  counts: "console.count(); console.count('x'); console.count(); console.countReset(); console.count()",
  assertions:
    "console.assert(true, 'no'); console.assert(false); console.assert(false, 'because %s', 'x'); console.assert(0, { a: 1 })",
  dir: "console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 }); console.dir('%s'); console.dirxml({ a: 1 }, [2])",
  lines: "for (let i = 0; i < 2000; i++) console[i % 7 ? 'log' : 'error']('line', i)",
  bytes: "console.log('漢'.repeat(100000))",
}

// F75
describe("console: 'inherit'", () => {
  it('prints, byte for byte, what the host’s own console prints', async () => {
    const names = Object.keys(corpus)
    const host = `for (const source of ${JSON.stringify(Object.values(corpus))}) (0, eval)('{' + source + '}')`
    const guest = `const isolate = new (require('isolates').Isolate)(); for (const source of ${JSON.stringify(Object.values(corpus))}) isolate.runSync('{' + source + '}')`
    // A mark before each program lets a difference be named.
    const marked = (
      program: string,
    ): string => `const names = ${JSON.stringify(names)}; let at = 0; ${program.replace(') (0, eval)', ') mark(), (0, eval)').replace(') isolate.runSync', ') mark(), isolate.runSync')}
      function mark() { process.stdout.write('\\0' + names[at] + '\\n'); process.stderr.write('\\0' + names[at++] + '\\n') }`
    const [ours, theirs] = await Promise.all([child(marked(guest)), child(marked(host))])
    expect(ours.stdout.split('\0')).toEqual(theirs.stdout.split('\0'))
    expect(ours.stderr.split('\0')).toEqual(theirs.stderr.split('\0'))
  })

  it('is the default', async () => {
    expect(await child("new (require('isolates').Isolate)().runSync(\"console.log('out')\")")).toMatchObject({
      code: 0,
      stdout: 'out\n',
      stderr: '',
    })
  })

  it('keeps its place among what the host prints around runSync', async () => {
    const source =
      "const isolate = new (require('isolates').Isolate)(); for (let i = 0; i < 100; i++) { console.log('host', i); isolate.callSync((i) => console.log('guest', i), [i]) }"
    const { stdout } = await child(source)
    expect(stdout).toBe(Array.from({ length: 100 }, (_, i) => `host ${i}\nguest ${i}\n`).join(''))
  })

  it('has printed before run resolves', async () => {
    const source = `const isolate = new (require('isolates').Isolate)()
      ;(async () => { for (let i = 0; i < 20; i++) { await isolate.run("console.log('guest')"); console.log('host') } })()`
    expect((await child(source)).stdout).toBe('guest\nhost\n'.repeat(20))
  })

  it('loses nothing when the process exits right after', async () => {
    const source =
      "new (require('isolates').Isolate)().run(\"for (let i = 0; i < 20000; i++) console.log('line', i)\").then(() => process.exit(0))"
    const { stdout } = await child(source, { toFile: true })
    expect(stdout).toBe(Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join(''))
  })

  it('loses nothing that was printed before process.exit() ends a guest that runs on', async () => {
    const source = `const cell = new Int32Array(new SharedArrayBuffer(4))
      new (require('isolates').Isolate)().run("for (let i = 0; i < 100; i++) console.log('line', i); Atomics.store(cell, 0, 1); for (;;);", { globals: { cell } })
      setInterval(() => { if (Atomics.load(cell, 0)) process.exit(0) }, 1)`
    const { code, stdout } = await child(source, { toFile: true })
    expect([code, stdout.split('\n').length]).toEqual([0, 101])
  })

  it('loses nothing when nobody awaits the run', async () => {
    const { stdout } = await child(
      "new (require('isolates').Isolate)().run(\"for (let i = 0; i < 1000; i++) console.log('line', i)\")",
    )
    expect(stdout.split('\n')).toHaveLength(1001)
  })

  it('works in a worker thread', async () => {
    const source = `const { Worker } = require('worker_threads')
      new Worker("new (require('isolates').Isolate)().runSync(\\"console.log('out'); console.error('err')\\")", { eval: true })`
    expect(await child(source)).toMatchObject({ code: 0, stdout: 'out\n', stderr: 'err\n' })
  })
})

describe("console: 'ignore'", () => {
  it('prints nothing', async () => {
    const source = `const isolate = new (require('isolates').Isolate)({ console: 'ignore' }); isolate.runSync(${JSON.stringify(corpus.streams)}); isolate.close()`
    expect(await child(source)).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })
})

describe('a console callback', () => {
  it('gets the method, the stream and the text without its last newline', () => {
    expect(
      printed(
        "console.log('%s is', 'this', { a: 1 }); console.error('a\\nb'); console.warn(''); console.debug(1); console.info([2])",
      ),
    ).toEqual([
      { method: 'log', stream: 'stdout', text: 'this is { a: 1 }' },
      { method: 'error', stream: 'stderr', text: 'a\nb' },
      { method: 'warn', stream: 'stderr', text: '' },
      { method: 'debug', stream: 'stdout', text: '1' },
      { method: 'info', stream: 'stdout', text: '[ 2 ]' },
    ])
  })

  it('gets text as groups indent it', () => {
    expect(
      printed("console.group('g'); console.log('a\\nb'); console.groupEnd(); console.log('c')").map(({ text }) => text),
    ).toEqual(['g', '  a\n  b', 'c'])
  })

  it('gets the isolate', () => {
    let from: Isolate | undefined
    using isolate = new Isolate({
      console: (entry) => {
        from = entry.isolate
      },
    })
    isolate.runSync("console.log('x')")
    expect(from).toBe(isolate)
  })

  it('gets lone surrogates and NUL as they are', () => {
    expect(printed("console.log('a\\0\\ud800')").map(({ text }) => text)).toEqual(['a\0\ud800'])
  })

  it('is called before runSync returns', () => {
    const order: string[] = []
    using isolate = new Isolate({ console: ({ text }) => order.push(text) })
    order.push('before')
    isolate.runSync("console.log('guest')")
    order.push('after')
    expect(order).toEqual(['before', 'guest', 'after'])
  })

  it('is called in order, and before run resolves', async () => {
    const lines: string[] = []
    using isolate = new Isolate({ console: ({ text }) => lines.push(text) })
    await isolate.run('for (let i = 0; i < 1000; i++) console.log(i)')
    expect(lines).toEqual(Array.from({ length: 1000 }, (_, index) => String(index)))
  })

  it('is called while the guest still runs', async () => {
    const gate = new Gate()
    // Nothing but the callback opens the gate the guest stands at.
    using isolate = new Isolate({ console: () => gate.open() })
    expect(await isolate.run(`console.log('now'); ${gate.hold}`, { globals: gate.globals })).toBe('passed')
  })

  it('is called for what is printed before a failure', async () => {
    const lines: string[] = []
    using isolate = new Isolate({ console: ({ text }) => lines.push(text) })
    await isolate.run("console.log('last words'); throw 1").catch(() => lines.push('failed'))
    expect(lines).toEqual(['last words', 'failed'])
  })

  it('is called for what is printed before a timeout', async () => {
    const lines: string[] = []
    using isolate = new Isolate({ console: ({ text }) => lines.push(text) })
    thrown(() => isolate.runSync("console.log('last words'); for (;;);", { timeout: 100 }))
    expect(lines).toEqual(['last words'])
  })

  it('keeps the lines of isolates apart', async () => {
    const lines = new Map<number, string[]>()
    const all = Array.from(
      { length: 5 },
      () => new Isolate({ console: ({ isolate, text }) => lines.get(isolate.id)?.push(text) }),
    )
    for (const { id } of all) lines.set(id, [])
    await Promise.all(all.map((isolate) => isolate.run(`for (let i = 0; i < 100; i++) console.log(${isolate.id})`)))
    for (const isolate of all) expect(lines.get(isolate.id)).toEqual(Array(100).fill(String(isolate.id)))
    await Promise.all(all.map((isolate) => isolate.close()))
  })

  it('is an uncaught exception of the host when it throws', async () => {
    const source = `
      process.on('uncaughtException', ({ message }) => console.log(message))
      const isolate = new (require('isolates').Isolate)({ console: () => { throw new Error('listener') } })
      isolate.run("console.log('x')").then(() => isolate.close()).then(() => console.log('closed'))`
    expect(await child(source)).toMatchObject({ code: 0, stdout: 'listener\nclosed\n' })
  })

  it('leaves the event loop its turns, though the guest prints faster than it takes', async () => {
    const source = `
      const slow = () => { const start = performance.now(); while (performance.now() - start < 0.05); }
      new (require('isolates').Isolate)({ console: slow }).run("for (;;) console.log('x')").catch(() => {})
      setTimeout(() => { console.log(process.memoryUsage.rss() < 2 ** 29); process.exit(0) }, 500)`
    expect(await child(source)).toMatchObject({ code: 0, stdout: 'true\n' })
  })
})
