import { runInThisContext } from 'node:vm'
import { expect } from 'vitest'
import { Isolate } from './isolates.js'

/** What a program gives that runs the same everywhere: a text of its completion value, or of what it threw. */
const wrapped = (source: string): string => `(async () => {
  const text = (value) => {
    if (typeof value === 'string') return JSON.stringify(value)
    if (Array.isArray(value)) return '[' + value.map(text).join(', ') + ']'
    if (ArrayBuffer.isView(value)) return value.constructor.name + '[' + value + ']'
    if (value instanceof Error) return value.name + (value instanceof DOMException ? ': ' + value.code : '')
    if (typeof value === 'object' && value !== null) {
      if (typeof value.toJSON === 'function') return text(value.toJSON())
      return '{' + Object.keys(value).map((key) => key + ': ' + text(value[key])).join(', ') + '}'
    }
    return Object.is(value, -0) ? '-0' : String(value)
  }
  const caught = (run) => { try { return text(run()) } catch (error) { return 'threw ' + (error?.name ?? error) + ' ' + (error?.code === undefined || typeof error.code === 'string' ? '' : error.code) } }
  const failed = (promise) => promise.then(text, (error) => 'rejected ' + (error?.name ?? error))
  ${source}
})().then((value) => value, (error) => 'ended with ' + error.stack)`

/** Runs the program in Node itself and in a guest; both must give the same list of texts. */
export async function same(source: string): Promise<string[]> {
  const expected = await runInThisContext(wrapped(source))
  using isolate = new Isolate()
  const actual = await isolate.run(wrapped(source))
  expect(actual).toEqual(expected)
  expect(expected).toBeInstanceOf(Array)
  return expected
}
