// Runs the vitest suite, and keeps its counts where summary.mjs finds them.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { cache, root, run } from './common.mjs'

export const results = join(cache, 'results')

/**
 * Tests that start programs of others, judge what an ordinary process takes, or have nothing to do with the addon. A run on another build of the same code, after
 * the first one, leaves them out.
 */
export const endToEnd = [
  'test/adversary/**',
  'test/bench-*.test.ts',
  'test/bullmq.test.ts',
  'test/cli.test.ts',
  'test/docs.test.ts',
  'test/evaluate-soak.test.ts',
  'test/examples.test.ts',
  'test/inspector-devtools.test.ts',
  'test/loading.test.ts',
  'test/package.test.ts',
  'test/packages.test.ts',
  'test/places.test.ts',
  'test/serve-apps.test.ts',
  'test/serve-browser.test.ts',
  'test/serve-cli.test.ts',
]

/**
 * Something of every part of the addon: enough to tell that the same sources work when another tool has built them.
 */
export const everyPart = [
  ...['run', 'run-sync', 'call', 'create', 'close', 'close-pending', 'terminate', 'timeout', 'abort', 'budget'],
  ...['values', 'values-property', 'plain-values', 'buffers', 'errors', 'not-shareable', 'stack', 'last-resort'],
  ...['builtins', 'globals', 'console', 'timers', 'unhandled', 'foreground', 'collect', 'prewarm', 'workers'],
  ...['modules', 'modules-files', 'modules-packages', 'modules-cache', 'expose', 'remote-reference', 'remote-streams'],
  ...['channel', 'channel-guests', 'channel-waits', 'store', 'store-values', 'store-guests', 'store-waits'],
  ...[
    'mutex',
    'semaphore',
    'event',
    'barrier',
    'nested',
    'node-isolate',
    'node-exit',
    'pool',
    'evaluate',
    'serve',
    'serve-http',
  ],
  ...['web-url', 'web-encoding', 'web-crypto', 'web-streams', 'web-fetch', 'web-libraries'],
].map((name) => `test/${name}.test.ts`)

/**
 * Counts of one suite; `failed` is never 0 for a suite that did not end well, and `failures` says what it was, where it
 * is known.
 */
export function record(suite, counts) {
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, `${suite}.json`), JSON.stringify(counts))
}

/**
 * Runs every test file, or those `filters` name, under `node` and with `addon` in place of the one in build/.
 * Resolves to { passed, failed, skipped, failures }.
 */
export async function runSuite(
  suite,
  { node = process.execPath, addon, execArgv = [], env = {}, filters = [], exclude = [], minutes = 20 } = {},
) {
  mkdirSync(results, { recursive: true })
  const report = join(cache, `vitest-${suite}.json`)
  rmSync(report, { force: true })
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const left = exclude.map((pattern) => `--exclude=${pattern}`)
  const { code, signal } = await run(node, [...execArgv, vitest, 'run', ...reporters, ...left, ...filters], {
    show: true,
    minutes,
    allowFailure: true,
    env: { ISOLATES_ADDON: addon, ...env },
  })
  if (signal !== null) process.stderr.write(`the run was ended by ${signal}\n`)
  const counts = count(report, code)
  record(suite, counts)
  return counts
}

/** The tests that failed, each with the beginning of what vitest says of it. */
function failedTests({ testResults }) {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(root, name)
    const tests = assertionResults.filter(({ status }) => status === 'failed')
    if (tests.length === 0 && message) return [`${file}\n${beginning(message)}`]
    return tests.map(({ fullName, failureMessages }) => `${file}: ${fullName}\n${beginning(failureMessages[0] ?? '')}`)
  })
}

function beginning(text) {
  const lines = stripVTControlCharacters(text).split('\n')
  return lines
    .filter((line) => !line.includes('node_modules'))
    .slice(0, 12)
    .join('\n')
}

/** Vitest does not tell which file it was whose process ended in the midst of it. */
function unfinished({ testResults }) {
  return testResults.flatMap(({ name, assertionResults }) => {
    const left = assertionResults.filter(({ status }) => status === 'pending')
    if (left.length === 0) return []
    return `${relative(root, name)} died: ${left.length} tests have no result, from "${left[0].fullName}" on`
  })
}

function count(report, code) {
  let passed = 0
  let failed = 0
  let skipped = 0
  let failures = []
  try {
    const json = JSON.parse(readFileSync(report, 'utf8'))
    const died = unfinished(json)
    for (const line of died) process.stderr.write(`${line}\n`)
    passed = json.numPassedTests
    failed = json.numFailedTests + died.length
    skipped = json.numPendingTests + json.numTodoTests
    failures = [...failedTests(json), ...died]
  } catch {
    // A run that died before its report counts as one failure, below.
  }
  // A file that does not load, or an error outside any test, fails the run and no test of it.
  if (code !== 0 && failed === 0) failed = 1
  return { passed, failed, skipped, failures }
}
