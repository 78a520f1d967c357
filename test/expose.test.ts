import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'

describe('a function of the host', () => {
  it('answers with a promise', async () => {
    await using isolate = new Isolate({ expose: { add: (a: number, b: number) => a + b } })
    expect(await isolate.run('add(1, 2) instanceof Promise')).toBe(true)
    expect(await isolate.run('add(1, 2)')).toBe(3)
  })
})
