import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { node, root } from './helpers/child.js'

const folder = join(root, 'examples')
// The demo measures for many seconds, and checks its own results: it has a command of its own, `npm run demo`.
const examples = readdirSync(folder).filter((file) => /\.(c|m)?js$/.test(file) && file !== 'demo.mjs')

describe('examples', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(0)
  })

  it.concurrent.each(examples)('%s runs to its end', async (file) => {
    const { code, signal, stderr } = await node([join(folder, file)])
    expect({ code, signal, stderr }).toMatchObject({ code: 0, signal: null })
  })
})
