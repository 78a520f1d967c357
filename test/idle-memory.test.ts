import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'

// Where V8's tables are found: not with Node 20, whose isolates do not start from a snapshot of ours.
const givesBack = process.platform === 'linux' && Number.parseInt(process.versions.node, 10) >= 22

describe('an idle isolate', () => {
  it.runIf(givesBack)('gives back what V8 can do without, and finds every property afterwards', async () => {
    // Reads and writes of one property in a hundred kinds of objects go through the tables that are given back.
    const { given, before, after } = (await report(
      `const { Isolate, prewarm } = require('isolates')
      const code = \`
        var kinds = Array.from({ length: 100 }, (_, i) => ({ ['own' + i]: i, shared: i }))
        var sum = 0
        for (let round = 0; round < 3; round++) for (const kind of kinds) { sum += kind.shared; kind.shared += 1 }
        sum\`
      // Resolves when the snapshot is made, whose making takes memory of its own.
      prewarm(1).then(() => {
        const begin = process.memoryUsage.rss()
        const isolates = []
        const before = []
        const taken = []
        for (let i = 0; i < 100; i++) {
          const last = process.memoryUsage.rss()
          isolates.push(new Isolate())
          before.push(isolates[i].runSync(code))
          taken.push(process.memoryUsage.rss() - last)
        }
        // The first may be idle before the last are made: what one takes at first is told by the very first.
        const busy = taken.slice(0, 20).sort((a, b) => a - b)[10]
        const look = () => {
          const given = (busy - (process.memoryUsage.rss() - begin) / 100) / 1024
          if (given < 100) return setTimeout(look, 20)
          console.log(JSON.stringify({ given, before, after: isolates.map((isolate) => isolate.runSync(code)) }))
          process.exit()
        }
        look()
      })`,
    )) as { given: number; before: number[]; after: number[] }
    expect(given).toBeGreaterThanOrEqual(100)
    expect(new Set(before)).toEqual(new Set([15150]))
    expect(after).toEqual(before)
  })
})
