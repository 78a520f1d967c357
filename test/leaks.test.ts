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
  errors: `const i = make(); await i.run('throw Object.assign(new Error("x".repeat(5000)), { cause: new TypeError("y") })').catch(() => {})
    await i.run('Promise.reject(new Error("nobody")); 1').catch(() => {})`,
}

/** Fewer go round, because each takes milliseconds: threads and environments. */
const large: Record<string, string> = {
  pools: `const p = new Pool({ size: 2 }); await Promise.all([1, 2, 3, 4].map((k) => p.run((k) => k * 2, [k]))); await p.close()`,
  'Node isolates': `const i = new Isolate({ runtime: 'node' }); await i.run('require("fs").existsSync("/")'); i.terminate(); await i.closed`,
}

const program = (body: string, rounds: number): string => `
  const { Channel, Isolate, Mutex, Pool, Semaphore, SharedStore, evaluate } = require('isolates')
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
    const [grown, left] = await report<[number, number]>(program(body, rounds), { flags: ['--expose-gc'], deadline })
    expect(left).toBe(0)
    // Arenas of malloc and caches settle within some megabytes, however many rounds there are. An isolate is half a megabyte.
    expect(grown).toBeLessThan(16 * 1024 + rounds * 4)
  }
  const rounds = soak === 0 ? 150 : 1000 * soak

  it.each(Object.entries(features))('%s', (_name, body) => check(body, rounds), 10 * patience + rounds * 100)
  it.each(Object.entries(large))(
    '%s',
    (_name, body) => check(body, Math.ceil(rounds / 8)),
    10 * patience + rounds * 100,
  )
})
