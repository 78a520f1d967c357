import { describe, expect, it } from 'vitest'
import { child } from './helpers/child.js'
import { Isolate, Mutex, TimeoutError } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'
import { until } from './helpers/until.js'

const locking = { globals: {} as Record<string, unknown> }
function withMutex(mutex: Mutex, more: Record<string, unknown> = {}): typeof locking {
  return { globals: { mutex, ...more } }
}

describe('a mutex', () => {
  it('is held by one at a time, in the order of arrival', async () => {
    const mutex = new Mutex()
    const order: string[] = []
    const work = async (name: string): Promise<void> => {
      const lock = await mutex.lock()
      order.push(`${name} in`)
      await Promise.resolve()
      order.push(`${name} out`)
      lock.release()
    }
    await Promise.all(['a', 'b', 'c'].map(work))
    expect(order).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
    expect(mutex.stats()).toEqual({ locked: false, waiting: 0 })
  })

  it('excludes two tasks of the same isolate', async () => {
    const mutex = new Mutex()
    const lock = await mutex.lock()
    expect(mutex.tryLock()).toBeUndefined()
    expect(await failure(mutex.lock({ timeout: 1 }))).toBeInstanceOf(TimeoutError)
    lock.release()
    expect(mutex.tryLock()?.released).toBe(false)
  })

  it('is released once, however often its lock is', async () => {
    const mutex = new Mutex()
    const first = mutex.tryLock()
    first?.release()
    const second = await mutex.lock()
    first?.release()
    expect([mutex.locked, first?.released, second.released]).toEqual([true, true, false])
    second.release()
    expect(mutex.locked).toBe(false)
  })

  it('is released at the end of a using block', async () => {
    const mutex = new Mutex()
    {
      using lock = await mutex.lock()
      expect([mutex.locked, lock.ownerDied]).toEqual([true, false])
    }
    expect(mutex.locked).toBe(false)
  })

  it('holds for as long as a function runs', async () => {
    const mutex = new Mutex()
    expect(await mutex.run((lock) => [mutex.locked, lock.ownerDied])).toEqual([true, false])
    expect(await mutex.run(async () => await mutex.locked)).toBe(true)
    const error = new Error('own')
    expect(
      await failure(
        mutex.run(() => {
          throw error
        }),
      ),
    ).toBe(error)
    expect(mutex.locked).toBe(false)
  })

  it('counts in parallel what would be lost without it', async () => {
    const mutex = new Mutex()
    const cell = new Float64Array(new SharedArrayBuffer(8))
    const source = (lock: string): string =>
      `for (let i = 0; i < 500; i++) { const lock = ${lock}; const seen = cell[0]; for (let n = 0; n < 100; n++); cell[0] = seen + 1; lock.release() }`
    const isolates = Array.from({ length: 4 }, () => new Isolate())
    await Promise.all(
      isolates.map((isolate, index) =>
        isolate.run(source(index % 2 === 0 ? 'mutex.lockSync()' : 'await mutex.lock()'), withMutex(mutex, { cell })),
      ),
    )
    expect(cell[0]).toBe(2000)
    for (const isolate of isolates) isolate.terminate()
  })

  it('is the same everywhere', async () => {
    using isolate = new Isolate()
    const mutex = new Mutex({ name: 'guard' })
    expect(await isolate.call((given: unknown) => given, [mutex])).toBe(mutex)
    await isolate.run('globalThis.lock = mutex.tryLock(); 0', withMutex(mutex))
    expect([mutex.locked, mutex.tryLock()]).toEqual([true, undefined])
    expect(await isolate.run('lock instanceof Object && mutex instanceof isolates.Mutex && isolates.Mutex.name')).toBe(
      'Mutex',
    )
    await isolate.run('lock.release()')
    expect(mutex.locked).toBe(false)
  })
})

describe('waiting for a mutex', () => {
  it('ends by its timeout, and the mutex goes to the next', async () => {
    const mutex = new Mutex()
    const lock = mutex.tryLock()
    const first = failure(mutex.lock({ timeout: 5 }))
    const second = mutex.lock()
    expect(await first).toMatchObject({ name: 'TimeoutError', code: 'ERR_TIMEOUT' })
    expect(thrown(() => mutex.lockSync({ timeout: 0.5 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    lock?.release()
    expect((await second).released).toBe(false)
  })

  it('ends by its signal', async () => {
    const mutex = new Mutex()
    mutex.tryLock()
    const controller = new AbortController()
    const waiting = failure(mutex.lock({ signal: controller.signal }))
    controller.abort('enough')
    expect(await waiting).toBe('enough')
    expect(await failure(mutex.run(() => 1, { signal: AbortSignal.abort('before') }))).toBe('before')
    expect(mutex.stats().waiting).toBe(0)
  })

  it('blocks the main thread with a timeout only', () => {
    const mutex = new Mutex()
    const lock = mutex.lockSync()
    expect(thrown(() => mutex.lockSync())).toMatchObject({ code: 'ERR_WOULD_BLOCK' })
    lock.release()
    expect(mutex.locked).toBe(false)
  })

  it('ends with the call that blocks in it', async () => {
    using isolate = new Isolate()
    const mutex = new Mutex()
    mutex.tryLock()
    expect(await failure(isolate.run('mutex.lockSync()', { ...withMutex(mutex), timeout: 20 }))).toMatchObject({
      code: 'ERR_TIMEOUT',
    })
    expect(mutex.stats().waiting).toBe(0)
  })
})

const ends: [string, (isolate: Isolate) => unknown][] = [
  ['is terminated', (isolate) => isolate.terminate()],
  ['is closed', (isolate) => isolate.close()],
  [
    'runs out of memory',
    (isolate) => failure(isolate.run('const all = []; for (;;) all.push(new Array(1000).fill(all.length))')),
  ],
]

describe.each(ends)('when an isolate that holds a mutex %s', (_name, end) => {
  it('the next holder has it and is told, and the one after that is not', async () => {
    const mutex = new Mutex()
    const isolate = new Isolate({ memoryLimit: 32 })
    await isolate.run('globalThis.lock = mutex.tryLock(); 0', withMutex(mutex))
    const next = mutex.lock()
    await end(isolate)
    const lock = await next
    expect(lock.ownerDied).toBe(true)
    lock.release()
    expect((await mutex.lock()).ownerDied).toBe(false)
  })

  it('who comes later is told', async () => {
    const mutex = new Mutex()
    const isolate = new Isolate({ memoryLimit: 32 })
    // Also when the lock itself was forgotten.
    await isolate.run('mutex.tryLock(); 0', withMutex(mutex))
    await end(isolate)
    await isolate.closed
    expect(mutex.tryLock()?.ownerDied).toBe(true)
  })

  it('those of it that wait do not get it', async () => {
    const mutex = new Mutex()
    const isolate = new Isolate({ memoryLimit: 32 })
    await isolate.run('mutex.tryLock(); void mutex.lock(); void mutex.lock(); 0', withMutex(mutex))
    const next = mutex.lock()
    expect(mutex.stats().waiting).toBe(3)
    await end(isolate)
    expect((await next).ownerDied).toBe(true)
    expect(mutex.stats()).toEqual({ locked: true, waiting: 0 })
  })
})

it('an isolate that waits and dies takes nothing along, also at the moment it would be next', async () => {
  const mutex = new Mutex()
  for (let round = 0; round < 30; round++) {
    const lock = await mutex.lock()
    expect(lock.ownerDied).toBe(false)
    const isolate = new Isolate(withMutex(mutex))
    // Either never has it, or dies holding it: in both cases it comes free.
    const waiting = isolate.run(round % 2 === 0 ? 'mutex.lockSync()' : 'mutex.lock()').catch(() => {})
    await until(() => mutex.stats().waiting === 1, 'the guest waits')
    lock.release()
    isolate.terminate()
    await isolate.closed
    await waiting
    const next = await mutex.lock({ timeout: 10_000 })
    next.release()
    expect(mutex.locked).toBe(false)
  }
})

it('a worker thread that ends releases what it holds', async () => {
  const ended = await child(`
    const { Mutex, Isolate } = require('isolates')
    const { Worker } = require('worker_threads')
    const work = "const { Mutex, Isolate } = require('isolates'); const mutex = new Mutex(); mutex.tryLock(); globalThis.isolate = new Isolate({ globals: { mutex } }); isolate.run('mutex.lock()').catch(() => {}); setInterval(() => {}, 1000); require('worker_threads').parentPort.postMessage('held'); if (block) mutex.lockSync()"
    const ends = []
    for (const block of [true, false]) {
      const worker = new Worker('const block = ' + block + ';' + work, { eval: true })
      worker.once('message', () => worker.terminate().then((code) => { ends.push(code); if (ends.length === 2) console.log(String(ends)) }))
    }`)
  expect(ended).toEqual({ code: 0, signal: null, stdout: '1,1\n', stderr: '' })
})

it('a process ends although a mutex is held and waited for unheld', async () => {
  const ended = await child(
    "const { Mutex } = require('isolates'); const mutex = new Mutex().unref(); mutex.tryLock(); mutex.lock().catch(() => {})",
  )
  expect(ended).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
})

it('wrong options are refused', async () => {
  expect(thrown(() => new Mutex({ fair: true } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  expect(thrown(() => new Mutex({ name: 5 as never }))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  expect(await failure(new Mutex().lock({ timeout: 0 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  expect(await failure(new Mutex().lock({ wait: 1 } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  expect(await failure(new Mutex().run(5 as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  for (const method of ['lockSync', 'tryLock', 'stats'] as const) {
    expect(thrown(() => (Mutex.prototype[method] as () => unknown).call({}))).toMatchObject({ name: 'TypeError' })
  }
})
