import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { child, report } from './helpers/child.js'
import { type CpuProfile, type CpuProfileNode, Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'

// Several functions, so that none is compiled into its caller: V8 does not always tell those apart.
const busy = `function hotLoop(until) { let i = 0; while (Date.now() < until) steps[i++ % steps.length](i) }
const steps = [
  function add(n) { let sum = 0; for (let i = 0; i < 5000; i++) sum += i * n; return sum },
  function subtract(n) { let sum = 0; for (let i = 0; i < 5000; i++) sum -= i * n; return sum },
  function shift(n) { let sum = 0; for (let i = 0; i < 5000; i++) sum ^= i << (n & 7); return sum },
  function divide(n) { let sum = 0; for (let i = 0; i < 5000; i++) sum += i / n; return sum },
  function root(n) { let sum = 0; for (let i = 0; i < 5000; i++) sum += Math.sqrt(i * n); return sum },
]`

const work = (ms: number): void => {
  ;(globalThis as unknown as { hotLoop(until: number): void }).hotLoop(Date.now() + ms)
}

function nodeOf(profile: CpuProfile, name: string): CpuProfileNode | undefined {
  return profile.nodes.find((node) => node.callFrame.functionName === name)
}

/** Samples that found the file above running. */
function hotHits(profile: CpuProfile): number {
  return profile.nodes.reduce(
    (sum, { callFrame, hitCount }) => sum + (callFrame.url.endsWith('hot.js') ? hitCount : 0),
    0,
  )
}

/** Microseconds that samples found what is named so running: a function, or a file. */
function timeIn(profile: CpuProfile, name: string): number {
  const nodes = profile.nodes.filter(({ callFrame }) => callFrame.functionName === name || callFrame.url === name)
  const ids = new Set(nodes.map((node) => node.id))
  return profile.samples.reduce((sum, id, at) => sum + (ids.has(id) ? (profile.timeDeltas[at + 1] ?? 0) : 0), 0)
}

/** What tools rely on. */
function expectWellFormed(profile: CpuProfile): void {
  const ids = new Set(profile.nodes.map((node) => node.id))
  expect(ids.size).toBe(profile.nodes.length)
  expect(profile.nodes[0]?.callFrame.functionName).toBe('(root)')
  // One node for what was called from one place. V8 may see a function without its caller when that is just being left.
  for (const { children = [] } of profile.nodes) {
    const frames = profile.nodes.filter(({ id }) => children.includes(id)).map(({ callFrame }) => callFrame)
    const places = frames.map((frame) =>
      [frame.functionName, frame.scriptId, frame.lineNumber, frame.columnNumber].join(),
    )
    expect(places).toEqual([...new Set(places)])
  }
  const children = profile.nodes.flatMap((node) => node.children ?? [])
  expect(new Set(children).size).toBe(children.length)
  expect(children.length).toBe(profile.nodes.length - 1)
  expect(children.every((id) => ids.has(id))).toBe(true)
  expect(profile.samples.length).toBe(profile.timeDeltas.length)
  expect(profile.samples.every((id) => ids.has(id))).toBe(true)
  expect(profile.timeDeltas.slice(1).every((delta) => delta >= 0)).toBe(true)
  expect(profile.endTime).toBeGreaterThan(profile.startTime)
}

interface Snapshot {
  snapshot: { meta: { node_fields: string[] }; node_count: number; edge_count: number }
  nodes: number[]
  edges: number[]
  strings: string[]
}

async function parsed(snapshot: Readable): Promise<Snapshot> {
  return JSON.parse(await text(snapshot)) as Snapshot
}

describe.each(['bare', 'node'] as const)('cpuProfile with runtime %s', (runtime) => {
  it('names functions, files and lines of a loop that goes on', async () => {
    const isolate = new Isolate({ runtime })
    await isolate.run(busy, { filename: 'file:///app/hot.js' })
    const running = isolate.run(`hotLoop(Date.now() + 60_000)`, { filename: 'file:///app/main.js' })
    running.catch(() => {})
    const profile = await isolate.cpuProfile({ duration: 150 })
    isolate.terminate()
    expectWellFormed(profile)
    const add = nodeOf(profile, 'add')
    expect(add?.callFrame).toMatchObject({ url: 'file:///app/hot.js', lineNumber: 2 })
    const lines = profile.nodes.flatMap((node) =>
      node.callFrame.url.endsWith('hot.js') ? (node.positionTicks ?? []) : [],
    )
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.every(({ line, ticks }) => line >= 1 && line <= 8 && ticks > 0)).toBe(true)
    expect(hotHits(profile)).toBeGreaterThan(3)
    expect(timeIn(profile, 'file:///app/hot.js')).toBeGreaterThan((profile.endTime - profile.startTime) / 4)
    await isolate.closed
  })

  it('takes several profiles at once, each from its own beginning', async () => {
    const isolate = new Isolate({ runtime })
    await isolate.run(busy, { filename: 'file:///app/hot.js' })
    const long = await isolate.startCpuProfile()
    await isolate.call(work, [40])
    const short = await isolate.startCpuProfile({ interval: 0.2 })
    await isolate.call(work, [40])
    const [one, other] = [await long.stop(), await short.stop()]
    expect(one.startTime).toBeLessThan(other.startTime)
    expect(hotHits(one)).toBeGreaterThan(0)
    expect(hotHits(other)).toBeGreaterThan(0)
    expect(await long.stop()).toBe(one)
    await isolate.close()
  })

  it('goes on while it is profiled, and afterwards', async () => {
    await using isolate = new Isolate({ runtime })
    const profiling = await isolate.startCpuProfile()
    expect(await isolate.run('6 * 7')).toBe(42)
    expectWellFormed(await profiling.stop())
    expect(await isolate.run('6 * 7')).toBe(42)
  })

  it('rejects when the isolate ends first', async () => {
    const isolate = new Isolate({ runtime })
    await isolate.run('0')
    const profiling = await isolate.startCpuProfile()
    const profile = failure(isolate.cpuProfile({ duration: 60_000 }))
    isolate.terminate('enough')
    expect(await profile).toMatchObject({ name: 'IsolateClosedError', cause: 'enough' })
    expect(await failure(profiling.stop())).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    expect(await failure(isolate.cpuProfile())).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    await isolate.closed
  })
})

describe('cpuProfile', () => {
  it('has one tree of what ran on several threads, and tells when nothing ran', async () => {
    await using isolate = new Isolate()
    await isolate.run(busy, { filename: 'file:///app/hot.js' })
    const profiling = await isolate.startCpuProfile()
    isolate.callSync(work, [30])
    await isolate.call(work, [30])
    await delay(100)
    isolate.callSync(work, [30])
    const profile = await profiling.stop()
    expectWellFormed(profile)
    expect(hotHits(profile)).toBeGreaterThan(5)
    const idle = timeIn(profile, '(idle)')
    expect(idle).toBeGreaterThan(80_000)
    expect(timeIn(profile, 'file:///app/hot.js')).toBeLessThan(profile.endTime - profile.startTime - idle)
  })

  it('outlives a rest that is longer than a thread is sampled', async () => {
    await using isolate = new Isolate()
    await isolate.run(busy, { filename: 'file:///app/hot.js' })
    const profiling = await isolate.startCpuProfile()
    await isolate.call(work, [30])
    await delay(1300)
    await isolate.call(work, [30])
    const profile = await profiling.stop()
    expectWellFormed(profile)
    expect(timeIn(profile, '(idle)')).toBeGreaterThan(1_000_000)
    expect(hotHits(profile)).toBeGreaterThan(5)
  })

  it('sees a guest that its maker runs on the thread of another guest', async () => {
    await using isolate = new Isolate()
    const profiling = await isolate.startCpuProfile()
    await isolate.run(`
      const child = new isolates.Isolate()
      function outside() { return child.runSync('const end = Date.now() + 50; while (Date.now() < end);') }
      outside()
      child.terminate()
    `)
    const profile = await profiling.stop()
    expectWellFormed(profile)
    expect(nodeOf(profile, 'outside')).toBeDefined()
  })

  it('leaves out what runs on the same thread for others: functions of the host, its console, isolates of the guest', async () => {
    const rest = (): void => {
      const end = performance.now() + 20
      while (performance.now() < end) JSON.stringify({ end })
    }
    await using isolate = new Isolate({ expose: { rest: { sync: rest } }, console: rest })
    await isolate.run(`${busy}; globalThis.child = new isolates.Isolate(); undefined`, {
      filename: 'file:///app/hot.js',
    })
    const profiling = await isolate.startCpuProfile({ interval: 0.1 })
    for (let i = 0; i < 5; i++) {
      isolate.runSync('rest(); console.log("printed"); hotLoop(Date.now() + 10)')
      await isolate.run(
        'child.runSync("var end = Date.now() + 20; while (Date.now() < end);"); hotLoop(Date.now() + 10)',
      )
    }
    const profile = await profiling.stop()
    expectWellFormed(profile)
    expect(hotHits(profile)).toBeGreaterThan(5)
    expect(nodeOf(profile, 'rest')?.hitCount ?? 0).toBe(0)
    await isolate.run('child.terminate()')
  })

  it('is given up by a signal', async () => {
    await using isolate = new Isolate()
    const controller = new AbortController()
    const profile = failure(isolate.cpuProfile({ duration: 60_000, signal: controller.signal }))
    controller.abort('never mind')
    expect(await profile).toBe('never mind')
    expect(await failure(isolate.cpuProfile({ signal: AbortSignal.abort('at once') }))).toBe('at once')
    expect(await isolate.run('1')).toBe(1)
  })

  it('refuses wrong options', async () => {
    using isolate = new Isolate()
    expect(await failure(isolate.cpuProfile({ duration: 0 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(await failure(isolate.startCpuProfile({ interval: '1' } as never))).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    })
    expect(await failure(isolate.cpuProfile({ length: 1 } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })

  it('is dropped at the end of a block', async () => {
    await using isolate = new Isolate()
    {
      await using _profiling = await isolate.startCpuProfile()
    }
    expect(await isolate.run('1')).toBe(1)
  })
})

describe.each(['bare', 'node'] as const)('heapSnapshot with runtime %s', (runtime) => {
  it('has what the guest keeps', async () => {
    await using isolate = new Isolate({ runtime })
    await isolate.run(`globalThis.kept = new (class VeryOwnClass { note = 'a text of its own' })(); undefined`)
    const { snapshot, nodes, edges, strings } = await parsed(await isolate.heapSnapshot())
    expect(nodes.length).toBe(snapshot.node_count * snapshot.meta.node_fields.length)
    expect(edges.length).toBe(snapshot.edge_count * 3)
    expect(strings).toContain('VeryOwnClass')
    expect(strings).toContain('a text of its own')
  })

  it('is taken in the midst of a loop that goes on', async () => {
    const isolate = new Isolate({ runtime })
    await isolate.run(`globalThis.list = Array.from({ length: 1000 }, () => ({ inTheList: true })); undefined`)
    const running = isolate.run('for (;;);')
    running.catch(() => {})
    const { strings } = await parsed(await isolate.heapSnapshot())
    expect(strings).toContain('inTheList')
    expect(isolate.state).toBe('running')
    isolate.terminate()
    await isolate.closed
  })

  it('rejects when the isolate has ended', async () => {
    const isolate = new Isolate({ runtime })
    await isolate.run('0')
    const asked = failure(isolate.heapSnapshot().then(() => Promise.reject('taken')))
    isolate.terminate()
    expect(['taken', 'ERR_ISOLATE_CLOSED']).toContain(await asked.then((error) => error.code ?? error))
    await isolate.closed
    expect(await failure(isolate.heapSnapshot())).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
  })
})

describe('heapSnapshot', () => {
  it('takes none of the memory that the isolate may have', async () => {
    await using isolate = new Isolate({ memoryLimit: 32 })
    await isolate.run(`globalThis.list = Array.from({ length: 150_000 }, (_, i) => ({ i })); undefined`)
    const snapshots = await Promise.all([isolate.heapSnapshot(), isolate.heapSnapshot(), isolate.heapSnapshot()])
    for (const snapshot of snapshots) expect((await text(snapshot)).length).toBeGreaterThan(8 << 20)
    expect(await isolate.run('list.length')).toBe(150_000)
  })

  it('does not count for the time limits of what runs', async () => {
    await using isolate = new Isolate()
    await isolate.run(`globalThis.list = Array.from({ length: 200_000 }, (_, i) => ({ i })); undefined`)
    const began = performance.now()
    await isolate.heapSnapshot()
    const taken = performance.now() - began
    const running = isolate.run('let end = Date.now() + 5; while (Date.now() < end); "done"', {
      timeout: taken + 100,
    })
    const awaited = isolate.run('new Promise((resolve) => setTimeout(resolve, 10, "done"))', {
      timeout: taken + 100,
    })
    const snapshots = [isolate.heapSnapshot(), isolate.heapSnapshot(), isolate.heapSnapshot()]
    expect(await Promise.all([running, awaited])).toEqual(['done', 'done'])
    for (const snapshot of snapshots) (await snapshot).destroy()
  })

  it('shows numbers and the insides of V8 on demand', async () => {
    await using isolate = new Isolate()
    await isolate.run('globalThis.number = 123456789.5; undefined')
    const plain = await parsed(await isolate.heapSnapshot())
    const full = await parsed(await isolate.heapSnapshot({ exposeNumericValues: true, exposeInternals: true }))
    expect(plain.strings).not.toContain('123456789.5')
    expect(full.strings).toContain('123456789.5')
    expect(full.snapshot.node_count).toBeGreaterThan(plain.snapshot.node_count)
  })

  it('can be left unread, and given up', async () => {
    await using isolate = new Isolate()
    ;(await isolate.heapSnapshot()).destroy()
    expect(await failure(isolate.heapSnapshot({ signal: AbortSignal.abort('no') }))).toBe('no')
    const controller = new AbortController()
    const asked = failure(isolate.heapSnapshot({ signal: controller.signal }))
    controller.abort('later')
    expect(await asked).toBe('later')
    expect(await isolate.run('1')).toBe(1)
  })
})

describe('a process with isolates that are looked into', () => {
  const ways = {
    'ends by itself': '',
    exits: 'process.exit(0)',
    'exits while a snapshot is taken': 'isolate.heapSnapshot().catch(() => {}); setImmediate(() => process.exit(0))',
    'terminates the isolate at once': 'isolate.heapSnapshot().catch(() => {}); isolate.terminate()',
    'closes the isolate': 'void isolate.close()',
    'outgrows the memory':
      'await isolate.run("const list = []; for (;;) list.push(new Array(1000).fill(list.length))").catch(() => {})',
    'loses the isolate': `await isolate.run("'x'.repeat(2 ** 29 - 100).split('')").catch(() => {})`,
    'forgets the isolate': 'isolate = undefined; gc()',
  }

  it.each(Object.entries(ways))('%s while a CPU profile is taken', async (_way, end) => {
    const { code, signal, stdout } = await child(
      `
      const { Isolate } = require('isolates')
      let isolate = new Isolate({ memoryLimit: 64 })
      isolate.run('0').then(async () => {
        await isolate.startCpuProfile()
        await isolate.run('let end = Date.now() + 20; while (Date.now() < end);')
        console.log('taken')
        ${end}
      })
      `,
      { flags: ['--expose-gc'] },
    )
    // V8 says on stderr what it could not go on with.
    expect({ code, signal, stdout }).toEqual({ code: 0, signal: null, stdout: 'taken\n' })
  })

  // V8 takes its handler away with the last profile, and a signal of its may come to another thread after that.
  it.skipIf(process.platform === 'win32').each([
    ['the isolate', 'await isolate.cpuProfile({ duration: 5 })'],
    [
      'the protocol',
      `const session = isolate.inspector()
        for (const step of ['enable', 'start', 'stop']) await session.post('Profiler.' + step)`,
    ],
  ])('outlives a late signal of a profile by %s', async (_by, profile) => {
    const { code, signal, stdout } = await child(`
      const { Isolate } = require('isolates')
      const isolate = new Isolate()
      isolate.run('0').then(async () => {
        ${profile}
        // process.kill() would have Node end the isolates first.
        require('node:child_process').execFileSync('kill', ['-PROF', String(process.pid)])
        console.log(await isolate.run('"alive"'))
      })
    `)
    expect({ code, signal, stdout }).toEqual({ code: 0, signal: null, stdout: 'alive\n' })
  })

  it.each(['bare', 'node'])('ends with a worker that profiles an isolate of runtime %s', async (runtime) => {
    const { code } = await report<{ code: number }>(`
      const { Worker, isMainThread } = require('node:worker_threads')
      const program = ${JSON.stringify(`
        const { Isolate } = require('isolates')
        const isolate = new Isolate({ runtime: '${runtime}' })
        isolate.run('0').then(async () => {
          await isolate.startCpuProfile()
          isolate.runSync('let end = Date.now() + 20; while (Date.now() < end);')
          process.exit(7)
        })`)}
      new Worker(program, { eval: true }).on('exit', (code) => setTimeout(() => console.log(JSON.stringify({ code })), 50))
    `)
    expect(code).toBe(7)
  })
})
