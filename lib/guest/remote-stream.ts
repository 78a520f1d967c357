import { Step } from '../shared/answer.js'
import { Symbol } from './builtins.js'

export type Pull = (step: Step, value?: unknown) => Promise<{ done: boolean; value: unknown }>

/** An iterator whose steps the host makes, one for each that is asked for. */
export function makeStream(pull: Pull): object {
  let ended = false
  const step = async (kind: Step, value: unknown): Promise<{ done: boolean; value: unknown }> => {
    if (ended) {
      if (kind === Step.Throw) throw value
      return { done: true, value: kind === Step.Return ? value : undefined }
    }
    if (kind === Step.Return) ended = true
    let result: { done: boolean; value: unknown }
    try {
      result = await pull(kind, value)
    } catch (error) {
      ended = true
      throw error
    }
    if (result.done) ended = true
    return result
  }
  return {
    next: (value?: unknown) => step(Step.Next, value),
    return: (value?: unknown) => step(Step.Return, value),
    throw: (error?: unknown) => step(Step.Throw, error),
    [Symbol.asyncIterator](): object {
      return this
    },
  }
}
