// The suite on an addon built with a sanitizer, under the ordinary node binary.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { addonDirectory, buildAddon } from './build-addon.mjs'
import { CommandError, cache, fail } from './common.mjs'
import { endToEnd, record, runSuite } from './suite.mjs'

const compiler = process.env.CXX ?? 'g++'

/**
 * Builds the addon with `sanitizer`, runs the suite, or the files that the command line names, and ends this process
 * with 1 when a test failed or something was found. `findings` takes what one process has written, also one whose exit
 * code nobody looked at, and gives what counts of it; `options` are those of the sanitizer's runtime.
 */
export async function runSanitized(
  sanitizer,
  { suite = sanitizer, options, findings, execArgv, minutes, exclude = [] },
) {
  const filters = process.argv.slice(2)
  const reports = join(cache, suite)
  try {
    const addon = await buildAddon({ sanitizer, dir: addonDirectory(sanitizer) })
    rmSync(reports, { recursive: true, force: true })
    mkdirSync(reports, { recursive: true })
    const runtime = execFileSync(compiler, [`-print-file-name=lib${sanitizer}.so`], { encoding: 'utf8' }).trim()
    const counts = await runSuite(suite, {
      addon,
      filters,
      exclude: filters.length === 0 ? [...endToEnd, ...exclude] : [],
      minutes,
      execArgv,
      env: {
        // node itself is not instrumented, so the runtime has to be there before it (vitest.config.mts).
        ISOLATES_PRELOAD: runtime,
        [`${sanitizer.toUpperCase()}_OPTIONS`]: [...options, `log_path="${join(reports, 'report')}"`].join(':'),
        // Everything is slower; tests that measure time ask for this.
        ISOLATES_SANITIZER: sanitizer,
      },
    })
    const found = readdirSync(reports).flatMap((name) => findings(readFileSync(join(reports, name), 'utf8'), addon))
    for (const text of found) process.stderr.write(`${text}\n`)
    record(suite, { ...counts, failed: counts.failed + found.length, failures: [...counts.failures, ...found] })
    process.stdout.write(`${found.length} findings\n`)
    process.exitCode = counts.failed + found.length === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    fail(error.message)
  }
}
