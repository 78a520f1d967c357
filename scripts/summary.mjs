// Prints what failed in every suite that has run since .cache/results was cleared, the counts of each, and their sum in
// the last line.
// The argument says how many steps failed, for those that count no tests.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { results } from './suite.mjs'

const failedSteps = Number(process.argv[2] ?? 0)
let passed = 0
let failed = 0
const suites = (existsSync(results) ? readdirSync(results).sort() : []).map((file) => ({
  name: basename(file, '.json'),
  ...JSON.parse(readFileSync(join(results, file), 'utf8')),
}))
for (const { name, failures = [] } of suites) {
  for (const failure of failures) process.stdout.write(`--- failed in ${name}: ${failure}\n\n`)
}
for (const { name, ...counts } of suites) {
  process.stdout.write(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
  passed += counts.passed
  failed += counts.failed
}
process.stdout.write(`${passed} passed, ${Math.max(failed, failedSteps)} failed\n`)
