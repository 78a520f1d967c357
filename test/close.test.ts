import { describe, expect, it } from 'vitest'
import { Gate } from './helpers/gate.js'
import { Isolate, IsolateClosedError } from './helpers/isolates.js'
import { failure, outcome, thrown } from './helpers/outcome.js'

// D46, D47, D54: CPython refuses to close a running interpreter, here close() waits.
describe('close', () => {
  it('works before the first run', async () => {
    const isolate = new Isolate()
    await isolate.close()
    expect(isolate.state).toBe('closed')
  })

  it('finishes what runs and what is queued, in order', async () => {
    const gate = new Gate()
    const isolate = new Isolate({ globals: { ...gate.globals, order: [] } })
    const calls = [
      isolate.run(`${gate.hold}; order.push('running')`),
      isolate.run("order.push('queued')"),
      isolate.run('order'),
    ]
    await gate.reached()
    const closing = isolate.close()
    gate.open()
    await closing
    expect(await Promise.all(calls)).toEqual([1, 2, ['running', 'queued']])
  })

  it('resolves after the calls it waited for', async () => {
    const isolate = new Isolate()
    const order: string[] = []
    const call = isolate.run('for (let i = 0; i < 1e6; i++);').then(() => order.push('call'))
    const closing = isolate.close().then(() => order.push('close'))
    await Promise.all([call, closing])
    expect(order).toEqual(['call', 'close'])
  })

  it('tells why in closed', async () => {
    const isolate = new Isolate()
    await isolate.close()
    expect(await isolate.closed).toMatchObject({ kind: 'close' })
  })

  it('resolves with undefined', async () => {
    expect(await new Isolate().close()).toBeUndefined()
  })

  it('takes the isolate out of Isolate.all()', async () => {
    using other = new Isolate()
    await new Isolate().close()
    expect(Isolate.all()).toEqual([other])
  })

  // D49: CPython's second close() is an error, here it is the same end.
  it('may be called again, during and after', async () => {
    const isolate = new Isolate()
    await Promise.all([isolate.run('1'), isolate.close(), isolate.close()])
    await isolate.close()
    expect(await isolate.closed).toMatchObject({ kind: 'close' })
  })

  it('after terminate resolves and changes nothing', async () => {
    const isolate = new Isolate()
    isolate.terminate('first')
    await isolate.close()
    expect(await isolate.closed).toEqual({ kind: 'terminate', cause: 'first' })
  })

  it('waits for a call that fails as for one that does not', async () => {
    const isolate = new Isolate()
    const call = outcome(isolate.run('for (;;);', { timeout: 20 }))
    await isolate.close()
    expect(await call).toMatchObject({ reason: { code: 'ERR_TIMEOUT' } })
    expect(await isolate.closed).toMatchObject({ kind: 'close' })
  })

  it('is what the end of an await using block does', async () => {
    const order: string[] = []
    let closed: Isolate['closed']
    {
      await using isolate = new Isolate()
      closed = isolate.closed
      void isolate.run('for (let i = 0; i < 1e5; i++);').then(() => order.push('call'))
    }
    order.push('after')
    expect(order).toEqual(['call', 'after'])
    expect(await closed).toMatchObject({ kind: 'close' })
  })

  it('can be asked for by the host in a guest’s console callback', async () => {
    let closing: Promise<void> | undefined
    const isolate: Isolate = new Isolate({
      console: () => {
        closing = isolate.close()
      },
    })
    expect(isolate.runSync("console.log('x'); 5")).toBe(5)
    await closing
    expect(isolate.state).toBe('closed')
  })
})

describe('while an isolate closes', () => {
  it.each<[string, (isolate: Isolate) => unknown]>([
    ['run', (isolate) => isolate.run('1')],
    ['call', (isolate) => isolate.call(() => 1)],
    ['set', (isolate) => isolate.set({ a: 1 })],
  ])('%s is refused', async (_name, action) => {
    const gate = new Gate()
    const isolate = new Isolate()
    const held = isolate.run(gate.hold, { globals: gate.globals })
    await gate.reached()
    const closing = isolate.close()
    expect(await failure(async () => action(isolate))).toBeInstanceOf(IsolateClosedError)
    gate.open()
    await Promise.all([held, closing])
  })

  it('a promise that can no longer settle rejects its call', async () => {
    const isolate = new Isolate()
    const pending = outcome(isolate.run('new Promise(() => {})'))
    await isolate.close()
    expect(await pending).toMatchObject({
      status: 'rejected',
      reason: { code: 'ERR_ISOLATE_CLOSED', reason: { kind: 'close' } },
    })
  })

  it('a promise that a queued call settles still gives its value', async () => {
    const isolate = new Isolate()
    const pending = isolate.run('new Promise((resolve) => { globalThis.settle = resolve })')
    const settling = isolate.run('settle(5)')
    await isolate.close()
    expect([await pending, await settling]).toEqual([5, undefined])
  })
})

describe('after close', () => {
  it('calls fail with the reason', async () => {
    const isolate = new Isolate()
    await isolate.close()
    const error = await failure(async () => isolate.run('1'))
    expect(error).toBeInstanceOf(IsolateClosedError)
    expect(error.reason).toMatchObject({ kind: 'close' })
    expect(thrown(() => isolate.runSync('1'))).toBeInstanceOf(IsolateClosedError)
  })

  it('closed is one promise, already resolved', async () => {
    const isolate = new Isolate()
    const { closed } = isolate
    await isolate.close()
    expect(isolate.closed).toBe(closed)
    expect(await Promise.race([closed, Promise.resolve('pending')])).toMatchObject({ kind: 'close' })
  })
})
