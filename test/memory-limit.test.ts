import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { Isolate } from './helpers/isolates.js'
import { failure, outcome } from './helpers/outcome.js'

interface Report {
  error: string
  code: string
  kind: string
  after: number
}

/** Lets `source` loose in a process of its own, since its defect would be the end of the process. */
function grow(source: string, memoryLimit: number, how: 'run' | 'runSync' = 'run'): Promise<Report> {
  return report(`
    const { Isolate } = require('isolates')
    ;(async () => {
      const isolate = new Isolate({ memoryLimit: ${memoryLimit}, console: 'ignore' })
      const alive = setInterval(() => {}, 1000)
      let error
      try { await isolate.${how}(${JSON.stringify(source)}) } catch (reason) { error = reason }
      const { kind } = error?.code === 'ERR_MEMORY_LIMIT' ? await isolate.closed : {}
      const other = new Isolate()
      const after = await other.run('6 * 7')
      await other.close()
      isolate.terminate()
      clearInterval(alive)
      console.log(JSON.stringify({ error: error?.name ?? 'none', code: error?.code, kind, after }))
    })()`)
}

const ended: Report = { error: 'MemoryLimitError', code: 'ERR_MEMORY_LIMIT', kind: 'memory-limit', after: 42 }

// A9, 264, and part two: heap-limit-*, catastrophic-error
describe('growing over the limit ends the isolate, not the process', () => {
  const programs = {
    'an array of objects': 'const list = []; for (;;) list.push({ a: 1 })',
    'an array of numbers': 'const list = []; for (let i = 0; ; i++) list.push(i + 0.5)',
    'a list of arrays': 'const list = []; for (;;) list.push(new Array(100).fill(0))',
    'a list of strings': "const list = []; for (let i = 0; ; i++) list.push('text '.repeat(100) + i)",
    'a map': 'const map = new Map(); for (let i = 0; ; i++) map.set(i, i)',
    'a set': 'const set = new Set(); for (let i = 0; ; i++) set.add({})',
    'a WeakMap with its keys':
      'const map = new WeakMap(), keys = []; for (;;) { const key = {}; keys.push(key); map.set(key, {}) }',
    'the keys of an object': "const object = {}; for (let i = 0; ; i++) object['key' + i] = i",
    'Array.from': 'const list = []; for (;;) list.push(Array.from({ length: 1e4 }, (_, i) => ({ i })))',
    'array spread': 'let list = [1, 2, 3]; for (;;) list = [...list, ...list]',
    closures: 'const list = []; for (let i = 0; ; i++) { const text = [i]; list.push(() => text) }',
    symbols: "const list = []; for (;;) list.push(Symbol('s'))",
    promises: 'const list = []; for (;;) list.push(new Promise(() => {}).then(() => {}))',
    microtasks:
      'const list = []; const next = () => { list.push(new Array(100).fill(list.length)); return Promise.resolve().then(next) }; next()',
    'a catch that goes on': 'const list = []; for (;;) { try { for (;;) list.push([1, 2, 3]) } catch {} }',
    'deep lists': 'let list = null; for (;;) list = { list }',
    'arrow functions by eval':
      "const list = []; for (let i = 0; ; i++) list.push(eval('() => { const a = ' + i + '; return a }'))",
  }

  it.concurrent.each(Object.entries(programs))('%s under 16 MiB', async (_name, source) => {
    expect(await grow(source, 16)).toEqual(ended)
  })

  it.concurrent.each(['an array of objects', 'a map'] as const)('%s under 64 MiB', async (name) => {
    expect(await grow(programs[name], 64)).toEqual(ended)
  })

  it.concurrent.each(['an array of objects', 'a map'] as const)('%s on the caller’s thread', async (name) => {
    expect(await grow(programs[name], 16, 'runSync')).toEqual(ended)
  })

  it.concurrent('in ten isolates at once', async () => {
    const kinds = await report<string[]>(`
      const { Isolate } = require('isolates')
      Promise.all(Array.from({ length: 10 }, async () => {
        const isolate = new Isolate({ memoryLimit: 16 })
        await isolate.run('const list = []; for (;;) list.push({ a: 1 })').catch(() => {})
        return (await isolate.closed).kind
      })).then((kinds) => console.log(JSON.stringify(kinds)))`)
    expect(kinds).toEqual(Array(10).fill('memory-limit'))
  })

  it.concurrent('in an isolate of a worker thread', async () => {
    const result = await report<string[]>(`
      const { Worker } = require('worker_threads')
      new Worker(\`
        const { Isolate } = require('isolates')
        const isolate = new Isolate({ memoryLimit: 16 })
        try { isolate.runSync('const list = []; for (;;) list.push({ a: 1 })') } catch ({ code }) { require('worker_threads').parentPort.postMessage(code) }
      \`, { eval: true }).on('message', (code) => console.log(JSON.stringify([code])))`)
    expect(result).toEqual(['ERR_MEMORY_LIMIT'])
  })
})

// Their memory is not on the heap: V8 asks for it, and can be refused without harm.
describe('buffers over the limit are an error that the guest can catch', () => {
  it.each([
    ['array buffers', 'new ArrayBuffer(1 << 20)'],
    ['typed arrays', 'new Uint8Array(1 << 16).fill(1)'],
  ])('%s', async (_name, buffer) => {
    using isolate = new Isolate({ memoryLimit: 16 })
    const source = `{ const list = []; let caught; try { for (;;) list.push(${buffer}) } catch (error) { caught = error } [caught.name, list.length * list[0].byteLength] }`
    const [name, bytes] = await isolate.run<[string, number]>(source)
    expect(name).toBe('RangeError')
    expect(bytes).toBeLessThanOrEqual(16 * 2 ** 20)
    expect(bytes).toBeGreaterThan(14 * 2 ** 20)
    expect(await isolate.run('new Uint8Array(2 ** 23).length')).toBe(2 ** 23)
  })
})

// One request for more than there is: an error of the guest or the end of the isolate, but never of the process.
describe('a single request over the limit', () => {
  it.concurrent.each([
    ['a string', "'x'.repeat(2 ** 21).split('')"],
    ['an array', 'var kept = new Array(2 ** 24).fill(0); kept.length'],
    ['a typed array', 'new Uint8Array(2 ** 32).length'],
    ['a text for JSON.parse', "JSON.parse('[' + '1,'.repeat(2 ** 23) + '1]').length"],
    ['a text of JSON', "JSON.stringify(new Array(2 ** 22).fill('some text')).length"],
    ['a source', "eval('[' + '1,'.repeat(2 ** 22) + '1]').length"],
    ['a bigint', '(1n << (2n ** 29n)).toString().length'],
  ])('%s', async (_name, source) => {
    const result = await grow(source, 16)
    expect(result.after).toBe(42)
    expect(['MemoryLimitError', 'RangeError']).toContain(result.error)
  })

  it.concurrent('an argument of the host', async () => {
    const name = await report<string>(`
      const { Isolate } = require('isolates')
      const isolate = new Isolate({ memoryLimit: 16 })
      isolate.call((list) => list.length, [Array.from({ length: 3e5 }, (_, i) => ({ i }))]).catch((error) => error.name).then(async (name) => {
        isolate.terminate()
        console.log(JSON.stringify(name))
      })`)
    expect(name).toBe('MemoryLimitError')
  })
})

describe('at the limit', () => {
  it('an isolate that went over it in one stride does not live on', async () => {
    using isolate = new Isolate({ memoryLimit: 16 })
    const error = await failure(async () => [
      await isolate.run('var kept = new Array(2 ** 23).fill(0); 0'),
      await isolate.run('0'),
    ])
    expect(error).toMatchObject({ code: 'ERR_MEMORY_LIMIT' })
  })

  it('every call fails with why the isolate ended, the queued and the later ones too', async () => {
    const isolate = new Isolate({ memoryLimit: 16 })
    const calls = ['const list = []; for (;;) list.push({ a: 1 })', '1', '2'].map((source) =>
      outcome(isolate.run(source)),
    )
    for (const result of await Promise.all(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_MEMORY_LIMIT' } })
    }
    const late = await failure(async () => isolate.run('1'))
    expect(late).toMatchObject({ code: 'ERR_ISOLATE_CLOSED', reason: { kind: 'memory-limit' } })
  })

  it('the state is closed and the isolate is gone from the list', async () => {
    const isolate = new Isolate({ memoryLimit: 16 })
    await outcome(isolate.run('const list = []; for (;;) list.push({ a: 1 })'))
    await isolate.closed
    expect([isolate.state, Isolate.all()]).toEqual(['closed', []])
  })

  it('the promise of the end resolves although nothing else keeps the process', async () => {
    const source = `
      const isolate = new (require('isolates').Isolate)({ memoryLimit: 16 })
      isolate.run('const list = []; for (;;) list.push({ a: 1 })').catch(() => isolate.closed).then(({ kind }) => setImmediate(() => console.log(JSON.stringify(kind))))`
    expect(await report(source)).toBe('memory-limit')
  })

  // Part two: array-close-to-limit, heap-limit-incremental-sweep
  it.each([
    ['objects', 'for (let i = 0; i < 3e6; i++) ({ a: [i] })'],
    ['strings', "for (let i = 0; i < 2000; i++) ('x' + i).repeat(20000).indexOf('y')"],
    ['buffers of 400 kB', 'for (let i = 0; i < 500; i++) new Uint8Array(400_000)'],
    ['arrays of 400 kB', 'for (let i = 0; i < 500; i++) new Array(50_000).fill(i)'],
    [
      'functions of 8 kB',
      "let f; for (let i = 0; i < 3000; i++) f = new Function('/* ' + i + ' */' + 'x.y.z;'.repeat(1300))",
    ],
    ['scripts', "for (let i = 0; i < 2000; i++) eval('(() => [' + '1,'.repeat(4000) + i + '])')"],
  ])('garbage counts for nothing: %s', async (_kind, source) => {
    using isolate = new Isolate({ memoryLimit: 16 })
    expect(await isolate.run(`${source}; 'done'`)).toBe('done')
  })

  it('half the limit can be used', async () => {
    using isolate = new Isolate({ memoryLimit: 64 })
    expect(
      await isolate.run(
        'const keep = []; for (let i = 0; i < 32; i++) keep.push(new Array(2 ** 17).fill(0.5)); keep.length',
      ),
    ).toBe(32)
  })

  it.each([8, 1024, 10 * 1024 * 1024])('%d MiB is a fine limit', async (memoryLimit) => {
    using isolate = new Isolate({ memoryLimit })
    expect(await isolate.run('new Array(1000).fill(1).length')).toBe(1000)
  })

  it('buffers that came from the host do not count', async () => {
    using isolate = new Isolate({ memoryLimit: 16 })
    const buffer = new ArrayBuffer(64 * 2 ** 20)
    const grow = (there: ArrayBuffer): number => {
      let kept: object[] = []
      for (let i = 0; i < 1e6; i++) {
        kept.push({ i })
        if (kept.length > 5e4) kept = []
      }
      return there.byteLength
    }
    expect(await isolate.call(grow, [buffer], { transfer: [buffer] })).toBe(64 * 2 ** 20)
  })

  it('an isolate full of buffers still has its heap to itself', async () => {
    using isolate = new Isolate({ memoryLimit: 32 })
    await isolate.run('var kept = []; try { for (;;) kept.push(new ArrayBuffer(2 ** 20)) } catch {}')
    expect(await isolate.run('var list = []; for (let i = 0; i < 1e5; i++) list.push([i]); list.length')).toBe(1e5)
    const error = await failure(isolate.run('for (;;) list.push({ a: 1 })'))
    expect(error).toMatchObject({ code: 'ERR_MEMORY_LIMIT' })
  })

  it('small typed arrays have buffers also where no other may', async () => {
    using isolate = new Isolate({ memoryLimit: 16 })
    const fill = `var kept = [], small = Array.from({ length: 1000 }, () => new Uint8Array(8).fill(1))
      for (let size = 2 ** 20; size > 64; size >>= 1) { try { for (;;) kept.push(new ArrayBuffer(size)) } catch {} }`
    await isolate.run(fill)
    expect(await isolate.run('small.reduce((n, bytes) => n + bytes.buffer.byteLength, 0)')).toBe(8000)
    expect(await isolate.run('try { new ArrayBuffer(65) } catch (error) { error.name }')).toBe('RangeError')
    expect(await isolate.run('6 * 7')).toBe(42)
  })

  it('buffers moved away no longer count', () => {
    using isolate = new Isolate({ memoryLimit: 16 })
    for (let round = 0; round < 100; round++) {
      const buffer = new ArrayBuffer(4 * 2 ** 20)
      expect(isolate.callSync((there: ArrayBuffer) => there.byteLength, [buffer], { transfer: [buffer] })).toBe(
        4 * 2 ** 20,
      )
    }
  })

  it('does not count buffers that nobody has any more against what comes from the host', async () => {
    const pieces = async function* (count: number) {
      for (let sent = 0; sent < count; sent += 1) yield new Uint8Array(2 ** 20)
    }
    using isolate = new Isolate({ memoryLimit: 64, expose: { pieces } })
    const source = 'let bytes = 0; for await (const piece of await pieces(200)) bytes += piece.length; bytes'
    expect(await isolate.run(source)).toBe(200 * 2 ** 20)
  })

  it.each(['globals', 'arguments', 'values of stores'])(
    'is kept to while native code reads what is far above it: %s',
    async (what) => {
      // Nothing is printed of an isolate that is lost.
      const [codes, kind, after] = await report<[string[], string, number]>(`
      const { Isolate, SharedStore } = require('isolates')
      const list = Array.from({ length: 80000 }, (_, i) => 'x'.repeat(3900) + i)
      const store = new SharedStore()
      const what = ${JSON.stringify(what)}
      if (what === 'values of stores') store.set('list', list)
      const use = what === 'globals' ? [(s) => 1, []] : what === 'arguments' ? [(s, l) => l.length, [store, list]] : [(s) => s.get('list').length, [store]]
      const options = { memoryLimit: 16, ...(what === 'globals' ? { globals: { list } } : {}) }
      ;(async () => {
        const first = new Isolate(options), second = new Isolate(options)
        const codes = [await first.call(...use).catch(({ code }) => code)]
        try { second.callSync(...use) } catch ({ code }) { codes.push(code) }
        const { kind } = await second.closed
        const other = new Isolate()
        console.log(JSON.stringify([codes, kind, await other.run('6 * 7')]))
        other.terminate()
      })()`)
      expect([codes, kind, after]).toEqual([['ERR_MEMORY_LIMIT', 'ERR_MEMORY_LIMIT'], 'memory-limit', 42])
    },
  )
})
