// Prints the counts of every suite that has run since .cache/results was cleared, and their sum in the last line.
// The argument says how many steps failed, for those that count no tests.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { results } from './suite.mjs'

const failedSteps = Number(process.argv[2] ?? 0)
let passed = 0
let failed = 0
for (const file of existsSync(results) ? readdirSync(results).sort() : []) {
  const counts = JSON.parse(readFileSync(join(results, file), 'utf8'))
  process.stdout.write(
    `${basename(file, '.json')}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
  )
  passed += counts.passed
  failed += counts.failed
}
process.stdout.write(`${passed} passed, ${Math.max(failed, failedSteps)} failed\n`)
