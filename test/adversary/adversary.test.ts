import { describe, expect, it } from 'vitest'
import { type Row, runAll, slice } from './suite.mjs'

/** Themes whose programs end within a moment. */
const quick = 'buffers json regexp recursion errors clone escapes sharing console modules races'.split(' ')

// A third of their programs. `npm run test:adversary` runs all of all themes, under every limit and by every method.
describe.each(quick)('a guest that abuses %s ends with a clear reason and harms nobody', (theme) => {
  const programs = slice(theme)
  let rows: Promise<Row[]> | undefined

  it.each(programs)('%s: %s, %d MiB, %s', { timeout: 300_000 }, async (_theme, name) => {
    rows ??= runAll(programs, { together: 10 })
    const row = (await rows).find((row) => row.name === name)
    expect(row?.problem).toBeUndefined()
    expect(row).toBeDefined()
  })
})
