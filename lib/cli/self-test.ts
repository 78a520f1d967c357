import { Channel, Isolate, MemoryLimitError, SharedStore, TimeoutError } from '../index.js'

/** How one test ended. */
export interface TestResult {
  name: string
  ok: boolean
  ms: number
  /** Why it failed. */
  error?: string
}

/** Longer than anything here takes on a machine that works. */
const patience = 10_000

/** One line each for what a user relies on, tried out in this very process. */
const tests: [name: string, test: (isolate: Isolate) => Promise<void>][] = [
  ['an isolate runs code and gives back its value', async (isolate) => expectSame(await isolate.run('6 * 7'), 42)],
  [
    'a synchronous call',
    async (isolate) =>
      expectSame(
        isolate.callSync((a: number, b: number) => a + b, [1, 2]),
        3,
      ),
  ],
  [
    'values cross as copies',
    async (isolate) => {
      const value = { list: [1, 'two', 3n, null], map: new Map([['key', new Date(0)]]) }
      const copy = await isolate.call((given: typeof value) => given, [value])
      expectSame(copy.map.get('key')?.getTime(), 0)
      expectSame(JSON.stringify(copy.list, text), JSON.stringify(value.list, text))
    },
  ],
  [
    'two isolates run at the same time',
    async (isolate) => {
      await using other = new Isolate()
      const cells = new Int32Array(new SharedArrayBuffer(8))
      // Each waits for the other, which could not be if one had to end before the other begins.
      const meet = 'Atomics.store(cells, mine, 1); while (Atomics.load(cells, 1 - mine) === 0); true'
      const both = [isolate, other].map((each, mine) => each.run(meet, { globals: { cells, mine }, timeout: patience }))
      await Promise.all(both)
    },
  ],
  [
    'a timeout ends an endless loop',
    async (isolate) => {
      await expectError(isolate.run('for (;;);', { timeout: 20 }), TimeoutError)
      expectSame(await isolate.run('1'), 1)
    },
  ],
  [
    'a memory limit ends the isolate alone',
    async () => {
      const isolate = new Isolate({ memoryLimit: 16 })
      const fill = 'const list = []; for (;;) list.push({ number: list.length })'
      await expectError(isolate.run(fill, { timeout: patience }), MemoryLimitError)
      expectSame((await isolate.closed).kind, 'memory-limit')
    },
  ],
  [
    'a channel joins host and guest',
    async (isolate) => {
      const [to, from] = [new Channel<number>(), new Channel<number>()]
      const answer = isolate.run('await from.send(await to.receive() + 1)', {
        globals: { to, from },
        timeout: patience,
      })
      await to.send(41)
      expectSame(await from.receive({ timeout: patience }), 42)
      await answer
    },
  ],
  [
    'a shared store has the same values everywhere',
    async (isolate) => {
      const store = new SharedStore()
      store.set('table', { rows: [1, 2, 3] })
      expectSame(await isolate.run("store.getIn('table', ['rows', 2])", { globals: { store } }), 3)
    },
  ],
  [
    'a guest calls a function of the host, and imports a module',
    async () => {
      await using isolate = new Isolate({
        expose: { ask: async (n: number) => n * 2 },
        modules: { sources: { sum: 'export const sum = (a, b) => a + b' } },
      })
      expectSame(await isolate.run("const { sum } = await import('sum'); sum(await ask(4), 1)"), 9)
    },
  ],
  [
    'the web platform is there',
    async (isolate) => expectSame(await isolate.run("new URL('/b', 'https://a.example').href"), 'https://a.example/b'),
  ],
  [
    'an isolate with all of Node.js',
    async () => {
      await using isolate = new Isolate({ runtime: 'node' })
      expectSame(await isolate.run("require('node:process').pid", { timeout: patience }), process.pid)
    },
  ],
]

/** Runs every test; none of them throws, and all isolates are gone after it. */
export async function selfTest(): Promise<{ results: TestResult[]; heapLimit: number }> {
  const isolate = new Isolate({ name: 'self-test' })
  const results: TestResult[] = []
  for (const [name, test] of tests) {
    const start = performance.now()
    const result: TestResult = { name, ok: true, ms: 0 }
    try {
      await test(isolate)
    } catch (error) {
      result.ok = false
      result.error = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    }
    result.ms = performance.now() - start
    results.push(result)
  }
  const { heapLimit } = isolate.stats()
  await isolate.close()
  return { results, heapLimit }
}

function expectSame(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) throw new Error(`got ${String(actual)} where ${String(expected)} is right`)
}

async function expectError(call: Promise<unknown>, type: new (...args: never[]) => Error): Promise<void> {
  try {
    await call
  } catch (error) {
    if (error instanceof type) return
    throw error
  }
  throw new Error(`ended where ${type.name} is right`)
}

function text(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
