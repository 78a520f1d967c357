import { Isolate } from 'isolates'
import { afterEach, expect } from 'vitest'

export * from 'isolates'

// A test that leaves an isolate behind fails, and the next one starts with none.
afterEach(() => {
  const left = Isolate.all()
  for (const isolate of left) isolate.terminate()
  expect(
    left.map(({ name }) => name),
    'isolates left behind',
  ).toEqual([])
})
