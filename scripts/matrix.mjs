// `npm run test:matrix`: builds the addon for every supported Node line and runs the suite under each.
// Arguments name lines (`npm run test:matrix -- 24 26`); the binaries come from npm, where each carries its headers.
import { addonDirectory, buildAddon } from './build-addon.mjs'
import { CommandError, fail } from './common.mjs'
import { describeNode } from './headers.mjs'
import { binaryOf, installNodes, linesOf } from './nodes.mjs'
import { runSuite } from './suite.mjs'

const lines = linesOf(process.argv.slice(2))
const rows = []
try {
  await installNodes(lines)
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
