import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { node, root } from './helpers/child.js'

const folder = join(root, 'examples')
const examples = existsSync(folder) ? readdirSync(folder).filter((file) => /\.(c|m)?js$/.test(file)) : []

describe('examples', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(0)
  })

  it.concurrent.each(examples)('%s runs to its end', async (file) => {
    const { code, signal, stderr } = await node([join(folder, file)], { env: { DEMO_DIGITS: '200' } })
    expect({ code, signal, stderr }).toMatchObject({ code: 0, signal: null })
  })
})
