import { describe, expect, it } from 'vitest'
import { child, report } from './helpers/child.js'
import { type ConsoleEntry, Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { shadowed } from './helpers/sanitizer.js'
import { patience, turn, until } from './helpers/until.js'

const flood = 'let line = 0; for (;;) { console.log(line++); globalThis.printed && (printed[0] = line) }'
/** What an isolate may have on its way, in lines: kMostEntries of native/binding/console_flow.h, and one in its hand. */
const most = 4097

/** Keeps this thread, and so the host, from everything else until `condition` holds. */
function stand(condition: () => boolean): void {
  const deadline = performance.now() + patience
  while (!condition()) if (performance.now() > deadline) throw new Error('stood for too long')
}

function standFor(ms: number): void {
  const end = performance.now() + ms
  stand(() => performance.now() > end)
}

describe('a guest that prints without end', () => {
  it('waits for a host that does not take, and loses nothing', async () => {
    const lines: number[] = []
    const printed = new Int32Array(new SharedArrayBuffer(4))
    using isolate = new Isolate({ console: ({ text }) => lines.push(Number(text)), globals: { printed } })
    const run = isolate.run(flood)
    stand(() => Atomics.load(printed, 0) >= most - 1)
    // For as long as the guest would need for as many again.
    standFor(100)
    expect(Atomics.load(printed, 0)).toBeLessThanOrEqual(most)
    await until(() => lines.length > 3 * most, 'lines are taken')
    isolate.terminate()
    await failure(run)
    await isolate.closed
    expect(lines.length).toBeGreaterThanOrEqual(Atomics.load(printed, 0))
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, i) => i))
  })

  it('waits when few lines are long', async () => {
    const printed = new Int32Array(new SharedArrayBuffer(4))
    using isolate = new Isolate({ console: 'ignore', globals: { printed } })
    const run = isolate.run(
      "const text = 'x'.repeat(2 ** 20); for (;;) { console.log(text); Atomics.add(printed, 0, 1) }",
    )
    stand(() => Atomics.load(printed, 0) >= 3)
    standFor(100)
    expect(Atomics.load(printed, 0)).toBeLessThanOrEqual(4)
    isolate.terminate()
    await failure(run)
  })

  it('may print a piece larger than what may wait', async () => {
    const lengths: number[] = []
    using isolate = new Isolate({ console: ({ text }) => lengths.push(text.length) })
    await isolate.run("for (let i = 0; i < 3; i++) console.log('x'.repeat(2 ** 23))")
    expect(lengths).toEqual(Array(3).fill(2 ** 23))
  })

  it('is ended by its timeout while it waits', async () => {
    let taken = 0
    using isolate = new Isolate({ console: () => taken++ })
    const run = failure(isolate.run(flood, { timeout: 50 }))
    // The host comes back long after.
    standFor(300)
    expect(await run).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(taken).toBeLessThanOrEqual(2 * most)
    expect(await isolate.run('6 * 7')).toBe(42)
  })

  it('is ended by terminate() while it waits', async () => {
    using isolate = new Isolate({ console: 'ignore' })
    const run = failure(isolate.run(flood))
    standFor(50)
    isolate.terminate()
    expect(await run).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
  })

  it('lets a synchronous call behind it have its turn', async () => {
    const lines: number[] = []
    using isolate = new Isolate({ console: ({ text }) => lines.push(Number(text)) })
    const run = isolate.run(`for (let line = 0; line < ${3 * most}; line++) console.log(line)`)
    expect(isolate.runSync('6 * 7')).toBe(42)
    expect(lines.length).toBeGreaterThan(0)
    await run
    await turn()
    expect(lines).toEqual(Array.from({ length: 3 * most }, (_, i) => i))
  })

  it('on the thread of its host prints at once, after what was printed before', async () => {
    const entries: string[] = []
    const note = ({ text }: ConsoleEntry): void => {
      entries.push(text)
    }
    using isolate = new Isolate({ console: note })
    const run = isolate.run("console.log('first')")
    isolate.runSync(`console.log('second'); for (let i = 0; i < ${2 * most}; i++) console.log(i)`)
    expect(entries.slice(0, 3)).toEqual(['first', 'second', '0'])
    expect(entries).toHaveLength(2 + 2 * most)
    await run
    expect(entries).toHaveLength(2 + 2 * most)
  })

  it('does not hold up another isolate', async () => {
    using loud = new Isolate({ console: 'ignore' })
    using quiet = new Isolate()
    const run = failure(loud.run(flood))
    for (let round = 0; round < 100; round++) expect(quiet.runSync(`${round}`)).toBe(round)
    expect(await quiet.run('6 * 7')).toBe(42)
    loud.terminate()
    await run
  })

  it.each([
    ['process.exit()', 'process.exit(0)'],
    ['close()', 'isolate.close(); setTimeout(() => process.exit(0), 20)'],
    ['the end of a worker', 'worker'],
  ])('does not keep the process from %s', async (_way, end) => {
    const start = `const isolate = new (require('isolates').Isolate)({ console: 'ignore' }); isolate.run(${JSON.stringify(flood)}).catch(() => {})
      const deadline = performance.now() + 50; while (performance.now() < deadline);`
    const source =
      end === 'worker'
        ? `const { Worker } = require('worker_threads'); new Worker(${JSON.stringify(`${start} process.exit(0)`)}, { eval: true })`
        : `${start} ${end}`
    expect(await child(source)).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  it.skipIf(shadowed)('takes little memory of a host that is slow to take', async () => {
    const grown = await report<number>(`
      const isolate = new (require('isolates').Isolate)({ console: () => {} })
      const before = process.memoryUsage().rss
      isolate.run("const text = 'x'.repeat(1000); for (;;) console.log(text)").catch(() => {})
      const deadline = performance.now() + 500
      while (performance.now() < deadline);
      const grown = process.memoryUsage().rss - before
      isolate.terminate()
      console.log(JSON.stringify(grown / 2 ** 20))`)
    expect(grown).toBeLessThan(48)
  })
})
