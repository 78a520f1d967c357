// The end of an isolate, at every point of its life; and calls that go round and round.
const sources = {
  loop: 'for (;;) ;',
  microtasks: 'const next = () => Promise.resolve().then(next); next()',
  growth: 'const kept = []; for (;;) kept.push({})',
  pending: 'new Promise(() => {})',
  timers: 'new Promise(() => { const next = () => setTimeout(next); next() })',
  pattern: "/(a+)+$/.test('a'.repeat(40) + 'b')",
  json: 'for (;;) JSON.parse(JSON.stringify(Array.from({ length: 1000 }, (_, i) => ({ i }))))',
  sort: 'for (;;) Array.from({ length: 1e5 }, () => Math.random()).sort()',
  console: "for (;;) console.log('x')",
  channel: 'new isolates.Channel().receive()',
  'blocked channel': 'new isolates.Channel().receiveSync()',
  lock: 'const m = new isolates.Mutex(); m.lockSync(); m.lockSync()',
  // Those that were told to end count until they have.
  isolates: `for (;;) try { const i = new isolates.Isolate(); i.runSync('1'); i.terminate() } catch (e) { if (e.code !== 'ERR_ISOLATE_LIMIT') throw e }`,
  'an isolate': 'new isolates.Isolate().runSync("for (;;) ;")',
  host: 'for (;;) await echo(1)',
  'host, at once': 'for (;;) now()',
  errors: 'for (;;) { try { null.x } catch (e) { e.stack } }',
  'a WebAssembly that compiles':
    'const next = () => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(next); next()',
}
const expose = { echo: (value) => value, now: { sync: () => 5 } }
const pause = (ms) => new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)))
const codeOf = (promise) =>
  promise.then(
    () => 'value',
    (error) => error.code ?? error.name,
  )

/** Lets each of the programs loose, and ends it after 0, 1, 2... ms. */
function race(end, allowed) {
  return {
    methods: ['run'],
    ends: ['value'],
    is: 'all ended',
    async host({ make }) {
      for (const [name, source] of Object.entries(sources)) {
        for (const delay of [undefined, 0, 1, 2, 4, 8, 16]) {
          const isolate = make({ expose })
          const code = codeOf(isolate.run(source))
          if (delay !== undefined) await pause(delay)
          await end(isolate)
          const got = await code
          await isolate.closed
          if (!allowed.includes(got)) return `${name} after ${delay} ms: ${got}`
        }
      }
      return 'all ended'
    },
  }
}

export default {
  'terminate at every point': race((isolate) => isolate.terminate(), ['ERR_ISOLATE_CLOSED', 'ERR_MEMORY_LIMIT']),
  'dispose at every point': race((isolate) => isolate[Symbol.dispose](), ['ERR_ISOLATE_CLOSED', 'ERR_MEMORY_LIMIT']),
  'terminate twice, and close': race(
    async (isolate) => {
      isolate.terminate()
      isolate.terminate()
      await isolate.close()
    },
    ['ERR_ISOLATE_CLOSED', 'ERR_MEMORY_LIMIT'],
  ),
  'close, and terminate when it takes long': race(
    async (isolate) => {
      const closing = isolate.close()
      await pause(2)
      isolate.terminate()
      await closing
    },
    ['ERR_ISOLATE_CLOSED', 'ERR_MEMORY_LIMIT'],
  ),
  'an abort at every point': {
    methods: ['run'],
    ends: ['value'],
    is: 'all ended',
    async host({ make }) {
      for (const [name, source] of Object.entries(sources)) {
        if (name === 'growth') continue
        const isolate = make({ expose })
        for (const delay of [undefined, 0, 1, 2, 4, 8]) {
          const controller = new AbortController()
          const code = codeOf(isolate.run(`{ ${source} }`, { signal: controller.signal }))
          if (delay !== undefined) await pause(delay)
          controller.abort()
          const got = await code
          if (got !== 20 && got !== 'AbortError') return `${name} after ${delay} ms: ${got}`
        }
        if ((await isolate.run('42')) !== 42) return `${name}: not usable afterwards`
        isolate.terminate()
      }
      return 'all ended'
    },
  },
  'a timeout at every point': {
    ends: ['value'],
    is: 'all ended',
    async host({ make, method }) {
      for (const [name, source] of Object.entries(sources)) {
        if (name === 'growth' || (method === 'runSync' && /await|receiveSync|lockSync/.test(source))) continue
        const isolate = make({ expose, console: 'ignore' })
        for (const timeout of [0.1, 0.5, 1, 2, 5, 10]) {
          let code
          try {
            await isolate[method](`{ ${source} }`, { timeout })
            code = 'value'
          } catch (error) {
            code = error.code
          }
          if (!['ERR_TIMEOUT', 'ERR_PENDING_PROMISE', 'ERR_WOULD_BLOCK', 'ERR_ISOLATE_LIMIT'].includes(code))
            return `${name} after ${timeout} ms: ${code}`
        }
        isolate.terminate()
      }
      return 'all ended'
    },
  },
  'terminate from a function of the host': {
    ends: ['closed'],
    async host({ make, method }) {
      const isolate = make({ expose: { end: { sync: () => isolate.terminate() } } })
      await isolate[method]('end(); for (;;) ;')
    },
  },
  'close from a function of the host': {
    ends: ['value'],
    is: 1,
    async host({ make, method }) {
      const isolate = make({ expose: { end: { sync: () => void isolate.close() } } })
      return await isolate[method]('end(); 1')
    },
  },
  'an isolate that V8 loses below a function of the host': {
    ends: ['memory'],
    methods: ['runSync'],
    async host({ make }) {
      const isolate = make({
        expose: {
          again: {
            sync: () => {
              try {
                isolate.runSync("'x'.repeat(2 ** 28).split('')")
              } catch {}
              return 1
            },
          },
        },
      })
      return isolate.runSync('again()')
    },
  },
  'another isolate that V8 loses below a function of the host': {
    ends: ['value'],
    is: 'ERR_MEMORY_LIMIT',
    async host({ make, method }) {
      const other = make()
      const isolate = make({
        expose: {
          again: {
            sync: () => {
              try {
                return other.runSync("'x'.repeat(2 ** 28).split('')")
              } catch (error) {
                return error.code
              }
            },
          },
        },
      })
      return await isolate[method]('again()')
    },
  },
  'round and round between host and guest': {
    ends: ['RangeError', 'Error', 'IsolateError'],
    async host({ make, method }) {
      const isolate = make({ expose: { again: { sync: () => isolate.runSync('again()') } } })
      return await isolate[method]('again()')
    },
  },
  'two isolates that call each other': {
    ends: ['RangeError', 'Error', 'IsolateError'],
    async host({ make, method }) {
      const a = make({ expose: { other: { sync: () => b.runSync('other()') } } })
      const b = make({ expose: { other: { sync: () => a.runSync('other()') } } })
      return await a[method]('other()')
    },
  },
  'a hundred rounds, then an error': {
    methods: ['runSync'],
    ends: ['value'],
    is: 'no more 100',
    async host({ make, method }) {
      let n = 0
      const isolate = make({
        expose: {
          again: {
            sync: () => {
              if (++n < 100) return isolate.runSync('again()')
              throw new Error(`no more ${n}`)
            },
          },
        },
      })
      try {
        return await isolate[method]('again()')
      } catch (error) {
        return error.message
      }
    },
  },
  'a timeout around rounds': {
    // By run() the host itself would be in a loop once the guest has been cut off.
    methods: ['runSync'],
    ends: ['timeout', 'Error', 'TimeoutError'],
    async host({ make, method }) {
      const isolate = make({ expose: { inner: { sync: () => isolate.runSync('for (;;) ;') } } })
      return await isolate[method]('inner()', { timeout: 200 })
    },
  },
  'pairs that end each other': {
    methods: ['run'],
    ends: ['value'],
    is: 'all ended',
    async host({ make }) {
      const pairs = Array.from({ length: 30 }, () => {
        const a = make({ expose: { end: { sync: () => b.terminate() } } })
        const b = make({ expose: { end: { sync: () => a.terminate() } } })
        return [codeOf(a.run('end(); for (;;) ;')), codeOf(b.run('end(); for (;;) ;')), a, b]
      })
      for (const [x, y, a, b] of pairs) {
        await Promise.race([x, y])
        a.terminate()
        b.terminate()
        await Promise.all([x, y])
      }
      return 'all ended'
    },
  },
  'a thousand calls, and the end of their isolate': {
    methods: ['run'],
    ends: ['value'],
    is: 1000,
    async host({ make }) {
      const isolate = make()
      const codes = Array.from({ length: 1000 }, (_, i) => codeOf(isolate.run(i % 3 ? 'new Promise(() => {})' : '1')))
      await pause(1)
      isolate.terminate()
      return (await Promise.all(codes)).length
    },
  },
  'a call in an isolate that has ended': {
    ends: ['closed'],
    async host({ make, method }) {
      const isolate = make()
      isolate.terminate()
      return await isolate[method]('1')
    },
  },
}
