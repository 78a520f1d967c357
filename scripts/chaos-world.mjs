// What the chaos test does: operations on isolates, pools, channels and stores, and what they have to come to.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, Worker } from 'node:worker_threads'
import { Channel, evaluate, Isolate, Pool, SharedStore, stats } from '../dist/index.mjs'

const hostile = [
  'for (;;) ;',
  'const next = () => Promise.resolve().then(next); next()',
  'const kept = []; for (;;) kept.push({})',
  'var kept = []; for (;;) kept.push(new Uint8Array(2 ** 18).fill(1))',
  'const f = () => f() + 1; f()',
  'throw new Error("chaos")',
  "/(a+)+$/.test('a'.repeat(40) + 'b')",
  'new Promise(() => {})',
  'setInterval(() => {}, 0); 1',
  'Promise.reject(new Error("nobody"))',
  'new isolates.Isolate().run("for (;;) ;").catch(() => {}); 1',
  'new isolates.Isolate().runSync("1")',
]

/** What one thread has, and does with it. @param {ReturnType<import('./chaos-checks.mjs').makeChecks>} checks */
export function makeWorld({ random, pick, check, settled, checkError }) {
  const counts = { operations: 0, deaths: 0, items: 0 }
  const live = new Set()
  let pool
  const channels = Array.from({ length: 3 }, (_, i) => new Channel(i === 0 ? {} : { capacity: 10 * i }))
  const store = new SharedStore()
  let added = 0
  let next = 0
  const received = new Set()

  function make() {
    const isolate = new Isolate({
      ...(random(2) === 0 ? { memoryLimit: pick([16, 32]) } : {}),
      console: random(2) === 0 ? 'ignore' : () => {},
      globals: { channels, store },
      expose: { echo: (value) => value, now: { sync: () => 1 } },
    })
    isolate.on('error', () => {})
    live.add(isolate)
    void isolate.closed.then(() => live.delete(isolate))
    return isolate
  }

  function receive(item) {
    if (item === undefined) return
    check(!received.has(item), `item ${item} arrived twice`)
    received.add(item)
    counts.items++
  }

  const operations = {
    make: async () => void (live.size < 10 && make()),
    async compute(isolate) {
      const n = random(1000)
      const { value, error } = await settled(isolate.run(`${n} * 2`), 'compute')
      if (error === undefined) check(value === n * 2, `${n} * 2 was ${value}`)
      else checkError(error, 'compute')
    },
    async call(isolate) {
      const list = Array.from({ length: random(200) }, (_, i) => ({ i, text: `t${i}` }))
      const { value, error } = await settled(
        isolate.call((there) => there.length, [list]),
        'call',
      )
      if (error === undefined) check(value === list.length, `a list of ${list.length} had ${value}`)
      else checkError(error, 'call')
    },
    async sync(isolate) {
      try {
        check(isolate.callSync((n) => n + 1, [1], { timeout: 500 }) === 2, 'callSync')
      } catch (error) {
        checkError(error, 'callSync')
      }
    },
    async host(isolate) {
      const { value, error } = await settled(
        isolate.run('(async () => (await echo(20)) + now() + 21)()', { timeout: 5000 }),
        'host',
      )
      if (error === undefined) check(value === 42, `host gave ${value}`)
      else checkError(error, 'host')
    },
    async hostile(isolate) {
      const { error } = await settled(isolate.run(`{ ${pick(hostile)} }`, { timeout: 1 + random(60) }), 'hostile')
      if (error !== undefined) checkError(error, 'hostile')
    },
    async abort(isolate) {
      const controller = new AbortController()
      const run = settled(isolate.run(`{ ${pick(hostile)} }`, { signal: controller.signal, timeout: 5000 }), 'abort')
      await sleep(random(5))
      controller.abort()
      const { error } = await run
      if (error !== undefined && error.name !== 'AbortError') checkError(error, 'abort')
    },
    async send() {
      channels[0].trySend(next++)
    },
    async sendFromGuest(isolate) {
      const first = next
      const n = random(50)
      next += n
      const { error } = await settled(
        isolate.call(
          (from, many) => {
            for (let i = 0; i < many; i++) globalThis.channels[0].trySend(from + i)
          },
          [first, n],
          { timeout: 2000 },
        ),
        'send',
      )
      if (error !== undefined) checkError(error, 'send')
    },
    async receive() {
      for (let i = 0; i < 50; i++) receive(channels[0].tryReceive())
    },
    async receiveInGuest(isolate) {
      const { value = [], error } = await settled(
        isolate.run('{ const got = []; for (let i = 0; i < 20; i++) got.push(channels[0].tryReceive()); got }'),
        'receive',
      )
      // What a guest took along as it died is lost, and nothing else.
      if (error === undefined) value.forEach(receive)
      else checkError(error, 'receive')
    },
    async wait(isolate) {
      const { error } = await settled(isolate.run('channels[1].receive()', { timeout: 1 + random(20) }), 'wait')
      if (error !== undefined) checkError(error, 'wait')
    },
    async add(isolate) {
      const { error } = await settled(isolate.run('store.add("n", 1)'), 'add')
      if (error === undefined) added++
      else checkError(error, 'add')
    },
    async put() {
      const key = `k${random(20)}`
      const value = { n: random(100), text: 'x'.repeat(random(5000)) }
      store.set(key, value)
      check(store.get(key).n === value.n, 'the store gave another value')
    },
    async share(isolate) {
      const n = random(2000)
      const source = `const list = isolates.share(Array.from({ length: ${n} }, (_, i) => ({ i }))); store.set('k${random(20)}', { n: 1, text: '', list }); list`
      const { value, error } = await settled(isolate.run(`{ ${source} }`), 'share')
      if (error === undefined)
        check(value.length === n && (n === 0 || value[n - 1].i === n - 1), 'share gave another value')
      else checkError(error, 'share')
    },
    async reference(isolate) {
      const { value, error } = await settled(isolate.ref('(k) => k + 1'), 'ref')
      if (error !== undefined) return checkError(error, 'ref')
      const sum = await settled(value.call([41]), 'reference')
      if (sum.error === undefined) check(sum.value === 42, `a reference gave ${sum.value}`)
      else checkError(sum.error, 'reference')
    },
    async evaluate() {
      const n = random(1000)
      const { value, error } = await settled(evaluate(`${n} + 1`, { timeout: 5000 }), 'evaluate')
      if (error === undefined) check(value === n + 1, `evaluate gave ${value}`)
      else checkError(error, 'evaluate')
    },
    async pool() {
      pool ??= new Pool({ size: 2, memoryLimit: 32, console: 'ignore' })
      const n = random(1000)
      const task =
        random(8) === 0
          ? settled(
              pool.run(
                () => {
                  for (;;);
                },
                [],
                { timeout: 1 + random(20) },
              ),
              'pool',
            )
          : settled(
              pool.run((n) => n * 3, [n]),
              'pool',
            )
      const { value, error } = await task
      if (error !== undefined) checkError(error, 'pool')
      else check(value === n * 3, `a pool gave ${value}`)
      if (random(60) !== 0) return
      const ended = pool
      pool = undefined
      counts.deaths++
      await settled(ended?.close() ?? Promise.resolve(), 'the end of a pool')
    },
    async stats(isolate) {
      for (const [name, value] of Object.entries({ ...isolate.stats(), ...stats() })) {
        check(typeof value === 'string' || value >= 0, `${name} of stats() was ${value}`)
      }
    },
    async terminate(isolate) {
      if (random(4) !== 0) return
      counts.deaths++
      isolate.terminate('chaos')
      await settled(isolate.closed, 'closed')
    },
    async close(isolate) {
      if (random(6) !== 0) return
      counts.deaths++
      const closing = isolate.close()
      await sleep(random(10))
      isolate.terminate()
      await settled(closing, 'close')
    },
  }

  if (isMainThread) {
    operations.worker = async () => {
      if (random(40) !== 0) return
      const worker = new Worker(new URL('chaos.mjs', import.meta.url), {
        workerData: { minutes: 0.02 + random(5) / 100, seed: random(2 ** 31) },
      })
      if (random(2) === 0) {
        await sleep(random(400))
        await worker.terminate()
        counts.deaths++
      } else {
        const [code] = await once(worker, 'exit')
        check(code === 0, `a worker ended with ${code}`)
      }
    }
  }

  /** Does one thing after another until then. */
  async function party(deadline) {
    while (performance.now() < deadline) {
      const isolates = [...live]
      const isolate = isolates.length < 3 ? make() : pick(isolates)
      await operations[pick(Object.keys(operations))](isolate)
      counts.operations++
      if (random(50) === 0) await new Promise(setImmediate)
    }
  }

  /** Ends everything, and checks what was counted. */
  async function rest() {
    await settled(pool?.close() ?? Promise.resolve(), 'the end of the pool')
    pool = undefined
    for (const isolate of live) isolate.terminate()
    await settled(Promise.all([...live].map((isolate) => isolate.closed)), 'the end of all isolates')
    check(Isolate.all().length === 0, `${Isolate.all().length} isolates were left`)
    // Guests that were cut off after they had added are not known here.
    const n = store.get('n') ?? 0
    check(n >= added, `the store counted ${n}, ${added} were sure`)
    while (channels[0].size > 0) receive(channels[0].tryReceive())
    received.clear()
    store.clear()
    added = 0
  }

  function close() {
    for (const channel of channels) channel.close({ drop: true })
  }

  return { counts, party, rest, close }
}
