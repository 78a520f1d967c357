// `npm run test:matrix`: builds the addon for every supported Node line and runs the suite under each.
// Arguments name lines (`npm run test:matrix -- 24 26`); the binaries come from npm, where each carries its headers.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addonDirectory, buildAddon } from './build-addon.mjs'
import { CommandError, cache, fail, run, step } from './common.mjs'
import { describeNode } from './headers.mjs'
import { runSuite } from './suite.mjs'

const supported = [20, 22, 24, 26]
const wanted = process.argv.slice(2).map(Number)
const lines = wanted.length > 0 ? wanted : supported
const nodes = join(cache, 'nodes')
const binaryOf = (line) => join(nodes, `node_modules/n${line}/bin/node`)

async function installNodes() {
  const missing = lines.filter((line) => !existsSync(binaryOf(line)))
  if (missing.length === 0) return 'up to date'
  mkdirSync(nodes, { recursive: true })
  if (!existsSync(join(nodes, 'package.json'))) writeFileSync(join(nodes, 'package.json'), '{ "private": true }\n')
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const specs = missing.map((line) => `n${line}@npm:node-${platform}-${process.arch}@${line}`)
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...specs], { cwd: nodes })
  return 'installed'
}

const rows = []
try {
  await step('Node binaries', installNodes)
  for (const line of lines) {
    const node = binaryOf(line)
    const { version, modules } = describeNode(node)
    const row = { node: version, abi: modules, build: 'ok', passed: 0, failed: 0, skipped: 0, seconds: 0 }
    rows.push(row)
    const start = performance.now()
    try {
      const addon = await buildAddon({ node, dir: addonDirectory(`abi-${modules}`) })
      Object.assign(row, await runSuite(`node-${line}`, { node, addon }))
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      process.stderr.write(`${error.message}\n`)
      Object.assign(row, { build: 'failed', failed: 1 })
    }
    row.seconds = Math.round((performance.now() - start) / 1000)
  }
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  fail(error.message)
}
console.table(rows)
process.exitCode = rows.every(({ failed }) => failed === 0) ? 0 : 1
