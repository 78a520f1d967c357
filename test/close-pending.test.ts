import { describe, expect, it } from 'vitest'
import { child, report } from './helpers/child.js'
import { Gate } from './helpers/gate.js'
import { Channel, Isolate, IsolateClosedError } from './helpers/isolates.js'
import { failure, outcome } from './helpers/outcome.js'
import { turn, until } from './helpers/until.js'

/** An isolate that prints into `lines`. */
function printing(): { isolate: Isolate; lines: string[] } {
  const lines: string[] = []
  return { isolate: new Isolate({ console: ({ text }) => lines.push(text) }), lines }
}

describe('close waits for', () => {
  it.each([
    ['a timer', "setTimeout(() => console.log('done'), 5)"],
    ['an immediate', "setImmediate(() => console.log('done'))"],
    [
      'an interval that is cleared',
      "let n = 0; const id = setInterval(() => { if (++n < 3) return; clearInterval(id); console.log('done') }, 1)",
    ],
    ['timers that timers set', "setTimeout(() => setImmediate(() => setTimeout(() => console.log('done'), 1)), 1)"],
    [
      'a promise that a timer settles',
      "new Promise((resolve) => setTimeout(resolve, 2)).then(() => console.log('done')); 0",
    ],
  ])('%s', async (_what, source) => {
    const { isolate, lines } = printing()
    await isolate.run(source)
    await isolate.close()
    expect(lines).toEqual(['done'])
    expect(await isolate.closed).toEqual({ kind: 'close' })
  })

  it('a call whose promise a timer settles', async () => {
    const isolate = new Isolate()
    const call = isolate.run('new Promise((resolve) => setTimeout(resolve, 5, "value"))')
    await isolate.close()
    expect(await call).toBe('value')
  })

  it('WebAssembly that compiles', async () => {
    const isolate = new Isolate()
    // (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
    const add =
      '[0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]'
    const call = isolate.run(
      `WebAssembly.instantiate(new Uint8Array(${add})).then(({ instance }) => instance.exports.add(40, 2))`,
    )
    await isolate.close()
    expect(await call).toBe(42)
  })

  it('what others send to a call that waits for it', async () => {
    const channel = new Channel<number>()
    const isolate = new Isolate({ globals: { channel } })
    const call = isolate.run('let sum = 0; for await (const n of channel) sum += n; sum')
    let closed = false
    const closing = isolate.close().then(() => {
      closed = true
    })
    for (const n of [1, 2, 3]) await channel.send(n)
    for (let i = 0; i < 10; i++) await turn()
    expect(closed).toBe(false)
    channel.close()
    expect(await call).toBe(6)
    await closing
  })

  it('errors of what it waits for to be told', async () => {
    const isolate = new Isolate()
    const told: string[] = []
    isolate.on('error', ({ message }) => told.push(message))
    await isolate.run("setTimeout(() => { throw new Error('last words') }, 2)")
    await isolate.close()
    expect(told).toEqual(['last words'])
  })
})

describe('close does not wait for', () => {
  it('a timer that was cleared', async () => {
    const isolate = new Isolate()
    await isolate.run(
      'clearTimeout(setTimeout(() => {}, 1e9)); clearInterval(setInterval(() => {}, 1e9)); clearImmediate(setImmediate(() => {}))',
    )
    await isolate.close()
  })

  it('what others would have to send, when no call waits', async () => {
    const channel = new Channel()
    const isolate = new Isolate({ globals: { channel } })
    await isolate.run('channel.receive().catch(() => {}); 0')
    await until(() => channel.stats().waitingReceivers === 1, 'the guest waits')
    await isolate.close()
    expect(channel.stats().waitingReceivers).toBe(0)
  })

  it('a promise that nothing can settle', async () => {
    const isolate = new Isolate()
    const call = outcome(isolate.run('new Promise(() => {})'))
    await isolate.close()
    expect(await call).toMatchObject({ reason: { code: 'ERR_ISOLATE_CLOSED', reason: { kind: 'close' } } })
  })

  it('an alarm that is left of a timer', async () => {
    const isolate = new Isolate()
    await isolate.run('const id = setTimeout(() => {}, 1e9); setTimeout(() => clearTimeout(id), 5)')
    await isolate.close()
  })
})

describe('while close waits', () => {
  it('calls are refused, and the isolate is not closed', async () => {
    const gate = new Gate()
    const isolate = new Isolate({ globals: gate.globals })
    await isolate.run(`setTimeout(() => { ${gate.hold} }, 1)`)
    const closing = isolate.close()
    await gate.reached()
    expect(await failure(isolate.run('1'))).toBeInstanceOf(IsolateClosedError)
    expect(isolate.state).not.toBe('closed')
    gate.open()
    await closing
    expect(isolate.state).toBe('closed')
  })

  it('terminate ends the waiting', async () => {
    const isolate = new Isolate()
    await isolate.run('setInterval(() => {}, 1)')
    const closing = isolate.close()
    await turn()
    expect(isolate.state).not.toBe('closed')
    isolate.terminate('enough')
    await closing
    expect(await isolate.closed).toEqual({ kind: 'terminate', cause: 'enough' })
  })

  it('an error ends it where that is wanted', async () => {
    const isolate = new Isolate({ uncaughtErrors: 'close', console: 'ignore' })
    await isolate.run("setInterval(() => {}, 1); setTimeout(() => { throw new Error('fatal') }, 5)")
    await isolate.close()
    expect(await isolate.closed).toMatchObject({ kind: 'error', cause: { message: 'fatal' } })
  })
})

describe('the process', () => {
  it('ends though timers of guests go on', async () => {
    expect(
      await report(`
      const { Isolate } = require('isolates')
      globalThis.isolate = new Isolate()
      isolate.run('setInterval(() => {}, 1); setTimeout(() => {}, 1e9); 5').then((value) => console.log(value))`),
    ).toBe(5)
  })

  it('lives until an isolate is closed that waits for its timers', async () => {
    const ended = await child(`
      const { Isolate } = require('isolates')
      const isolate = new Isolate()
      isolate.run("setTimeout(() => console.log('late'), 50); 0").then(() => isolate.close().then(() => console.log('closed')))`)
    expect(ended).toEqual({ code: 0, signal: null, stdout: 'late\nclosed\n', stderr: '' })
  })

  it('loses an isolate that nobody refers to, whatever timers it has', async () => {
    expect(
      await report(
        `
      const { Isolate } = require('isolates')
      let closed
      ;(async () => {
        closed = await (async () => { const isolate = new Isolate(); await isolate.run('setInterval(() => {}, 1)'); return [isolate.closed] })()
        let over = false
        closed[0].then((reason) => { over = true; console.log(JSON.stringify(reason)) })
        while (!over) { gc(); await new Promise((resolve) => setTimeout(resolve, 1)) }
      })()`,
        { flags: ['--expose-gc'] },
      ),
    ).toEqual({ kind: 'terminate' })
  })
})
