import { describe, expect, it } from 'vitest'
import { themes } from './programs.mjs'
import { type Row, runAll, slice } from './suite.mjs'

// A third of the hostile programs. `npm run test:adversary` runs all of them under every limit and by every method.
describe.each(Object.keys(themes))('a guest that abuses %s ends with a clear reason and harms nobody', (theme) => {
  const programs = slice(theme)
  let rows: Promise<Row[]> | undefined

  it.each(programs)('%s: %s, %d MiB, %s', { timeout: 300_000 }, async (_theme, name) => {
    rows ??= runAll(programs, { together: 10 })
    const row = (await rows).find((row) => row.name === name)
    expect(row?.problem).toBeUndefined()
    expect(row).toBeDefined()
  })
})
