import { Step } from '../shared/answer.js'
import { whenDropped } from './exports.js'
import type { AnyFunction } from './types.js'

type AnyIterator = Partial<AsyncGenerator<unknown, unknown, unknown>> & AsyncIterator<unknown, unknown, unknown>

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function'
  )
}

/**
 * A function that gives one step of the iteration for each call: what a guest pulls a stream of the host by. When no
 * guest has it any more, the iteration is ended.
 */
export function steps(iterable: AsyncIterable<unknown>): AnyFunction {
  const iterator = iterable[Symbol.asyncIterator]() as AnyIterator
  let ended = false
  const step = async (kind: unknown, value: unknown): Promise<{ done: boolean; value: unknown }> => {
    if (kind === Step.Next) {
      const { done = false, value: next } = await iterator.next(value)
      ended ||= Boolean(done)
      return { done: Boolean(done), value: next }
    }
    ended = true
    if (kind === Step.Return) {
      await iterator.return?.(value)
      return { done: true, value }
    }
    if (iterator.throw === undefined) throw value
    const thrown = await iterator.throw(value)
    ended = Boolean(thrown.done)
    return { done: ended, value: thrown.value }
  }
  whenDropped(step, () => {
    if (ended) return
    ended = true
    const end = async (): Promise<void> => {
      await iterator.return?.()
    }
    // Nobody is left whom an error of this could be told.
    end().catch(() => {})
  })
  return step
}
