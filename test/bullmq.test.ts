import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { node, root } from './helpers/child.js'

const hasRedis = spawnSync('redis-server', ['--version']).status === 0

describe('jobs of a BullMQ queue in a pool', () => {
  it('survive a process that is killed in the midst of them', async ({ skip }) => {
    if (!hasRedis) skip('redis-server is not installed')
    const { code, stdout, stderr } = await node([join(root, 'examples/bullmq/run.mjs')], { deadline: 110_000 })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stdout).toMatch(/killed one with \d+ jobs done\nall 40 jobs done, none lost/)
  }, 120_000)
})
