import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { sanitized } from './helpers/sanitizer.js'
import { patience } from './helpers/until.js'

const thousands = Number(process.env['TEST_SOAK'] ?? 0) * 10 || 0.5

describe('evaluating again and again', () => {
  // A sanitizer keeps what was freed.
  it.skipIf(sanitized)(
    'leaves no memory behind, in isolates made anew and from the reserve',
    async () => {
      const [fresh, spare] = await report<[number, number]>(
        `
        const { evaluate, prewarm } = require('isolates')
        const code = 'const list = Array.from({ length: 1e4 }, (_, i) => ({ i })); setInterval(() => {}, 1); list.length'
        const rounds = async (count, options) => {
          let left = count
          const feed = async () => {
            while (left-- > 0) if ((await evaluate(code, options)) !== 1e4) throw new Error('wrong')
          }
          await Promise.all([feed(), feed()])
          gc()
          return process.memoryUsage.rss() / 2 ** 20
        }
        const growth = async (options) => {
          const before = await rounds(200, options)
          return (await rounds(${thousands * 1000}, options)) - before
        }
        ;(async () => {
          const fresh = await growth({ memoryLimit: 32 })
          await prewarm(4, { memoryLimit: 32 })
          console.log(JSON.stringify([fresh, await growth({ memoryLimit: 32 })]))
        })()`,
        { flags: ['--expose-gc'], deadline: 4 * patience + 60_000 * thousands },
      )
      expect(fresh).toBeLessThan(24)
      expect(spare).toBeLessThan(24)
    },
    5 * patience + 60_000 * thousands,
  )
})
