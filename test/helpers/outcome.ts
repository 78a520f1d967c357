export type Outcome<T> = { status: 'fulfilled'; value: T } | { status: 'rejected'; reason: Failure }

/** What tests read of an error, whatever its class. */
// biome-ignore lint/suspicious/noExplicitAny: errors of guests carry any property
export type Failure = any

/** How `promise` ends. Its rejection counts as handled from now on, however late the test looks at it. */
export async function outcome<T>(promise: Promise<T>): Promise<Outcome<T>> {
  const [result] = await Promise.allSettled([promise])
  return result
}

/** What `action` throws or rejects with; an `action` that succeeds is an error. */
export async function failure(action: (() => unknown) | Promise<unknown>): Promise<Failure> {
  let value: unknown
  try {
    value = await (typeof action === 'function' ? action() : action)
  } catch (error) {
    return error
  }
  throw new Error(`expected a failure, got ${typeof value}`, { cause: value })
}

/** What `action` throws before it returns. */
export function thrown(action: () => unknown): Failure {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('expected a failure, nothing was thrown')
}
