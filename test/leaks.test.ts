import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { sanitized } from './helpers/sanitizer.js'
import { patience } from './helpers/until.js'

/** `TEST_SOAK=10` (`npm run test:soak`) goes round ten thousand times. */
const soak = Number(process.env['TEST_SOAK'] ?? 0)

/**
 * One use of each feature, from nothing to nothing. Each is done again and again in a process of its own, which must not grow by more than
 * a few kilobytes each time.
 */
const features: Record<string, string> = {
  'isolates that are created and terminated': `const i = new Isolate(); await i.run('1'); i.terminate(); await i.closed`,
  channels: `const c = new Channel({ capacity: 4 }); const i = make({ globals: { c } })
    const got = i.run('(async () => { let n = 0; for await (const each of c) n += each.length; return n })()')
    for (let k = 0; k < 8; k++) await c.send('x'.repeat(10000) + k)
    c.close(); await got; c.trySend; i.runSync('c.receive().catch(() => {}); 1')`,
  'items that nobody received': `const c = new Channel(); const i = make({ globals: { c } })
    i.runSync("for (let k = 0; k < 5; k++) c.trySend({ k, c, bytes: new Uint8Array(20000) })")`,
  stores: `const s = new SharedStore(); const i = make({ globals: { s } })
    s.set('k', Array.from({ length: 1000 }, (_, k) => ({ k, text: 'text ' + k })))
    const seen = s.watch('k')[Symbol.asyncIterator](); const next = seen.next()
    i.runSync("s.update('k', (list) => [...list, s.getIn('k', [1, 'text'])]); s.set('own', isolates.share(['y'.repeat(20000)]))")
    await next; await seen.return(); s.add('n', 1); s.clear()`,
  'named stores': `const s = new SharedStore('leak ' + n); s.set('k', 'x'.repeat(20000))`,
  'remote references': `const i = make(); const kept = await i.ref('const list = new Array(1000).fill(1); (x) => x + list.length')
    if ((await kept.call([1])) !== 1001) throw new Error('wrong')`,
  'functions of the host': `const i = make({ expose: { add: (a, b) => a + b, now: { sync: () => 1 } } })
    await i.run('(async () => { let n = 0; for (let k = 0; k < 5; k++) n += await add(k, now()); return n })()')
    await i.call((f) => f('x'.repeat(5000)), [async (text) => text.length])`,
  streams: `const i = make({ expose: { pieces: async function* () { for (let k = 0; k < 5; k++) yield new Uint8Array(10000) } } })
    await i.run('let n = 0; for await (const piece of await pieces()) n += piece.length; n')
    const stream = await i.run('new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(10000)); c.close() } })').catch(() => {})`,
  'timers and promises': `const i = make()
    i.runSync('setInterval(() => {}, 1); setTimeout(() => {}, 1e6); for (let k = 0; k < 50; k++) setImmediate(() => Promise.resolve().then(() => {})); new Promise(() => {}); 1')
    await i.run('new Promise((resolve) => setTimeout(resolve, 1))')`,
  'limits that are reached': `const i = make({ memoryLimit: 32, timeout: 5 }); i.on('error', () => {})
    await i.run('for (;;) ;').catch(() => {}); await i.run('new Promise(() => {})', { cpuTimeout: 5 }).catch(() => {})
    try { i.runSync('for (;;) ;') } catch {}`,
  'calls that are aborted': `const i = make(); const a = new AbortController()
    const run = i.run('new Promise(() => {})', { signal: a.signal }).catch(() => {}); a.abort(); await run`,
  'fetch in guests': `const i = make({ fetch: async () => new Response('x'.repeat(10000)) })
    if ((await i.run("fetch('http://a/').then((r) => r.text()).then((t) => t.length)")) !== 10000) throw new Error('wrong')`,
  'modules and libraries': `const i = make({ modules: { sources: { a: 'export const n = 1; import "b"', b: 'export default class {}' } } })
    await i.run("import('a').then((a) => a.n + new URL('http://a/b').pathname.length + new TextEncoder().encode('x').length)").catch((e) => { throw e })`,
  'isolates of guests': `const i = make(); await i.run('const j = new isolates.Isolate(); j.runSync("1"); new isolates.Isolate().run("2")')`,
  evaluate: `await evaluate('[1, 2, 3].length')`,
  locks: `const m = new Mutex(), s = new Semaphore(1); const i = make({ globals: { m, s } })
    await i.run('m.lock().then(() => s.acquire())'); const wait = m.lock().catch(() => {}); i.terminate(); await wait`,
  'events, barriers and permits': `const e = new Event(), b = new Barrier(2), s = new Semaphore(2); const i = make({ globals: { e, b, s } })
    const met = i.run('(async () => { await e.wait(); await b.wait(); const permit = await s.acquire({ permits: 2 }); permit.release(); return 1 })()')
    e.set(); await b.wait(); await met; i.run('s.acquire().then(() => b.wait())').catch(() => {}); await i.run('1')`,
  'buffers that are moved': `const i = make(); const c = new Channel(); const there = new ArrayBuffer(50000)
    const back = await i.call((buffer) => new Uint8Array(buffer).fill(1).buffer, [there], { transfer: [there] })
    await c.send(back, { transfer: [back] }); i.runSync('globalThis.kept = new SharedArrayBuffer(50000); 1'); (await c.receive()).byteLength`,
  'console output': `const i = make({ console: () => {} }); i.runSync("for (let k = 0; k < 20; k++) console.log('x'.repeat(1000), { k })"); await i.run('console.error(1)')`,
  WebAssembly: `const i = make({ memoryLimit: 32 })
    i.runSync('const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]); new WebAssembly.Instance(new WebAssembly.Module(bytes)); new Uint8Array(new WebAssembly.Memory({ initial: 4 }).buffer).fill(1); 1')`,
  'the web platform': `const i = make(); await i.run(\`(async () => { const stream = new Blob(['x'.repeat(10000)]).stream(); let n = 0
    for await (const piece of stream) n += piece.length; const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(n))
    return structuredClone(new Map([[1, btoa(atob(btoa('y'.repeat(n))))]])).size + hash.byteLength + new AbortController().signal.aborted })()\`)`,
  'profiles and debuggers': `const i = make(); const profile = i.cpuProfile({ duration: 2 }); await i.run('for (let k = 0; k < 1e4; k++) ;'); await profile
    try { const session = i.inspector(); await session.post('Runtime.evaluate', { expression: '1 + 1' }); session[Symbol.dispose]() }
    catch (error) { if (error.code !== 'ERR_INSPECTOR_UNAVAILABLE') throw error }`,
  'globals that are too big': `const i = make({ memoryLimit: 16, globals: { list: Array.from({ length: 20 }, (_, k) => 'x'.repeat(3000) + k) }, maxMessageSize: 1000 })
    await i.run('1').catch(() => {})`,
  errors: `const i = make(); await i.run('throw Object.assign(new Error("x".repeat(5000)), { cause: new TypeError("y") })').catch(() => {})
    await i.run('Promise.reject(new Error("nobody")); 1').catch(() => {})`,
}

/** Fewer go round, because each takes milliseconds: threads and environments. */
const large: Record<string, string> = {
  pools: `const p = new Pool({ size: 2 }); await Promise.all([1, 2, 3, 4].map((k) => p.run((k) => k * 2, [k]))); await p.close()`,
  'heap snapshots': `const i = make(); let n = 0; for await (const piece of await i.heapSnapshot()) n += piece.length; if (n < 1000) throw new Error('wrong')`,
  'spare isolates': `await prewarm(2, { memoryLimit: 24 }); const i = make({ memoryLimit: 24 }); await i.run('1'); await prewarm(0, { memoryLimit: 24 })`,
  servers: `const s = await serve({ module: process.cwd() + '/test/apps/web.mjs', port: 0, host: '127.0.0.1', workers: 1 })
    if ((await (await fetch(s.url)).text()) !== 'Hello') throw new Error('wrong'); await s.close()`,
  'Node isolates': `const i = new Isolate({ runtime: 'node' }); await i.run('require("fs").existsSync("/")'); i.terminate(); await i.closed`,
}

const program = (body: string, rounds: number): string => `
  const { Barrier, Channel, Event, Isolate, Mutex, Pool, Semaphore, SharedStore, evaluate, prewarm, serve } = require('isolates')
  async function cycle(n) {
    const made = []
    const make = (options) => { const i = new Isolate({ console: 'ignore', ...options }); i.on('error', () => {}); made.push(i); return i }
    { ${body} }
    for (const isolate of made) isolate.terminate()
    await Promise.all(made.map((isolate) => isolate.closed))
  }
  let n = 0
  async function go(rounds) {
    for (let round = 0; round < rounds; round++) {
      await cycle(n++)
      if (round % 25 === 24) { gc(); await new Promise(setImmediate) }
    }
    for (let k = 0; k < 3; k++) { gc(); await new Promise((resolve) => setTimeout(resolve, 20)) }
    return process.memoryUsage.rss()
  }
  go(${Math.min(100, rounds)}).then(async (before) => {
    const after = await go(${rounds})
    console.log(JSON.stringify([(after - before) / 2 ** 10, Isolate.all().length]))
  })`

// A sanitizer keeps what was freed, and looks for leaks by itself.
describe.skipIf(sanitized)('nothing is left of', () => {
  async function check(body: string, rounds: number): Promise<void> {
    const deadline = 8 * patience + rounds * 100
    // What malloc keeps for each thread by itself depends on which of them happened to do the work.
    const options = { flags: ['--expose-gc'], deadline, env: { MALLOC_ARENA_MAX: '1' } }
    const [grown, left] = await report<[number, number]>(program(body, rounds), options)
    expect(left).toBe(0)
    // malloc and caches settle within some megabytes, however many rounds there are. An isolate is half a megabyte.
    expect(grown).toBeLessThan(16 * 1024 + Math.min(rounds, 4000) * 4)
  }
  const rounds = soak === 0 ? 150 : 1000 * soak

  it.each(Object.entries(features))('%s', (_name, body) => check(body, rounds), 10 * patience + rounds * 100)
  it.each(Object.entries(large))(
    '%s',
    (_name, body) => check(body, Math.ceil(rounds / 8)),
    10 * patience + rounds * 100,
  )
})
