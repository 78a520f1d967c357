import { describe, expect, it } from 'vitest'
import { Isolate, type IsolateOptions } from './helpers/isolates.js'
import { until } from './helpers/until.js'

/** An isolate, what the host was told, and what the guest's handlers have put into `heard`. */
function listening(options?: IsolateOptions) {
  const isolate = new Isolate(options)
  const told: string[] = []
  isolate.on('error', (error, { kind }) => told.push(`${kind} ${error.message}`))
  isolate.runSync('globalThis.heard = []; 0')
  const heard = (): string[] => isolate.runSync('heard') as string[]
  return { isolate, told, heard, [Symbol.dispose]: () => isolate.terminate() }
}

describe('the guest’s own handlers of errors', () => {
  it('are there, and nobody has set them', () => {
    using isolate = new Isolate()
    const source = '[onerror, onunhandledrejection, onrejectionhandled].every((handler) => handler === null)'
    expect(isolate.runSync(source)).toBe(true)
  })

  it('onerror is told of what a callback throws: message, file, line, column and error', async () => {
    using context = listening()
    const { isolate, told, heard } = context
    isolate.runSync(
      `onerror = (message, file, line, column, error) => { heard.push([message, file, line, column, error.extra].join('|')) }
      setTimeout(() => {
        throw Object.assign(new TypeError('late'), { extra: 5 })
      })
      0`,
      { filename: 'app.js' },
    )
    await until(() => told.length > 0, 'the error')
    expect(heard()).toEqual(['Uncaught TypeError: late|app.js|3|9|5'])
    expect(told).toEqual(['uncaughtException late'])
  })

  it('onerror keeps an error to itself by true', async () => {
    using context = listening({ uncaughtErrors: 'close' })
    const { isolate, told, heard } = context
    isolate.runSync(`onerror = (message) => { heard.push(message); return true }
      queueMicrotask(() => { throw new Error('in a microtask') })
      setTimeout(() => { throw 'a text' })
      reportError(new Error('reported'))
      0`)
    await until(() => heard().length === 3, 'three errors')
    expect(heard().sort()).toEqual(['Uncaught Error: in a microtask', 'Uncaught Error: reported', 'Uncaught a text'])
    expect(told).toEqual([])
    expect(isolate.closed).toBeInstanceOf(Promise)
    expect(isolate.state).not.toBe('closed')
  })

  it('onunhandledrejection is told of a rejection by an event, and keeps it by preventDefault()', async () => {
    using context = listening()
    const { isolate, told, heard } = context
    isolate.runSync(`onunhandledrejection = (event) => {
        heard.push([event.type, event.reason.message, event.promise === rejected, event.cancelable, event.isTrusted, event.target === globalThis, event instanceof PromiseRejectionEvent].join())
        if (event.reason.message === 'kept') event.preventDefault()
      }
      var rejected = Promise.reject(new Error('kept'))
      0`)
    expect(heard()).toEqual(['unhandledrejection,kept,true,true,true,true,true'])
    isolate.runSync(`rejected = Promise.reject(new Error('told')); 0`)
    await until(() => told.length > 0, 'the error')
    expect(told).toEqual(['unhandledRejection told'])
  })

  it('onrejectionhandled is told when somebody waits for such a promise after all, and of no other', async () => {
    using context = listening()
    const { isolate, told, heard } = context
    await isolate.run(`onrejectionhandled = ({ type, reason, promise, cancelable }) => heard.push([type, reason, promise === late, cancelable].join())
      var late = Promise.reject('late')
      Promise.reject('in time').catch(() => {})
      0`)
    await until(() => told.length > 0, 'the rejection')
    await isolate.run('late.catch(() => {}); 0')
    await until(() => heard().length > 0, 'the event')
    expect(heard()).toEqual(['rejectionhandled,late,true,false'])
    expect(told).toEqual(['unhandledRejection Uncaught "late"'])
  })

  it('what a handler throws is told as well, and does not come back to it', async () => {
    using context = listening()
    const { isolate, told, heard } = context
    isolate.runSync(`onerror = (message) => { heard.push(message); throw new Error('from the handler') }
      onunhandledrejection = () => { throw new Error('from the other handler') }
      setTimeout(() => { throw new Error('first') })
      Promise.reject(new Error('second'))
      0`)
    await until(() => told.length === 4, 'four errors')
    expect(heard()).toEqual(['Uncaught Error: first'])
    expect(told.sort()).toEqual([
      'uncaughtException first',
      'uncaughtException from the handler',
      'uncaughtException from the other handler',
      'unhandledRejection second',
    ])
  })

  it('a handler that loops is cut off by the isolate’s timeout, and the isolate goes on', async () => {
    using context = listening({ timeout: 50 })
    const { isolate, told } = context
    isolate.runSync(`onerror = () => { for (;;); }; setTimeout(() => { throw new Error('first') }); 0`)
    await until(() => told.length > 0, 'the timeout')
    expect(told[0]).toMatch(/^uncaughtException .*50 ms/)
    expect(await isolate.run('1 + 1')).toBe(2)
  })

  it('a getter in place of a handler that throws harms nobody', async () => {
    using context = listening()
    const { isolate, told } = context
    isolate.runSync(`Object.defineProperty(globalThis, 'onerror', { get() { throw new Error('from the getter') } })
      setTimeout(() => { throw new Error('first') })
      0`)
    await until(() => told.length === 2, 'both errors')
    expect(told.sort()).toEqual(['uncaughtException first', 'uncaughtException from the getter'])
  })

  it('a hundred thousand promises that are waited for late take no longer for a handler', async () => {
    using context = listening()
    const { isolate } = context
    const source = `onrejectionhandled = () => {}
      const promises = Array.from({ length: 100_000 }, () => Promise.reject(1))
      Promise.allSettled(promises).then(({ length }) => length)`
    expect(await isolate.run(source, { timeout: 20_000 })).toBe(100_000)
  })
})
