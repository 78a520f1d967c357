/**
 * Work that may have to wait, written once for callers that can and for callers that cannot (`require` on the host's
 * own thread): a generator that yields the promises it needs.
 */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>

/** The value, or what it is a promise for. */
export function* settled<T>(value: T | PromiseLike<T>): Steps<T> {
  if (typeof (value as { then?: unknown } | null | undefined)?.then !== 'function') return value as T
  return (yield Promise.resolve(value)) as T
}

// A load of hundreds of files must not keep the event loop for longer than this.
const sliceMs = 8

/** A place where other work of the event loop may come in. */
export function* pause(): Steps<void> {
  yield breath
}

const breath: Promise<unknown> = Promise.resolve()

/** Runs without a pause up to the first promise, and gives a promise from there on. */
export function runEagerly<T>(steps: Steps<T>): T | Promise<T> {
  let step = steps.next()
  while (step.done !== true && step.value === breath) step = steps.next()
  return step.done === true ? step.value : finish(steps, step.value)
}

export function runSteps<T>(steps: Steps<T>): Promise<T> {
  return finish(steps, breath)
}

/** From the promise on that the steps wait for. */
async function finish<T>(steps: Steps<T>, first: Promise<unknown>): Promise<T> {
  let awaited = first
  let began = performance.now()
  for (;;) {
    let step: IteratorResult<Promise<unknown>, T>
    if (awaited === breath) {
      if (performance.now() - began > sliceMs) {
        await new Promise((resolve) => setImmediate(resolve))
        began = performance.now()
      }
      step = steps.next()
    } else {
      step = await awaited.then(
        (value) => steps.next(value),
        (error: unknown) => steps.throw(error),
      )
      began = performance.now()
    }
    if (step.done === true) return step.value
    awaited = step.value
  }
}
