import { readFileSync, statSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join, relative } from 'node:path'
import { addonPath, describePlatform, listPrebuilds, packageRoot } from '../addon.js'
import type { IsolateError } from '../errors.js'
import type { Native } from '../native.js'
import { invalidUsage, type RunCommand } from './command.js'
import type { TestResult } from './self-test.js'

const usage = 'Usage: npx isolates doctor [--json]\n'

/** All that a report about a problem needs. Sizes are in bytes. */
interface Report {
  ok: boolean
  package: { version: string; path: string; prebuilds: string[] }
  node: { version: string; v8: string; abi: string; platform: string; path: string; flags: string[] }
  addon?: { path: string; origin: 'ISOLATES_ADDON' | 'built' | 'prebuilt'; size: number }
  /** Why the package does not load. */
  error?: { code: string; message: string; help: string }
  snapshot?: ReturnType<Native['snapshotState']>
  limits?: { cores: number; memory: number; heapPerIsolate: number }
  tests?: TestResult[]
}

/** Looks at this installation and tries it. */
export const run: RunCommand = async (args) => {
  const unknown = args.find((arg) => arg !== '--json')
  if (unknown !== undefined) return invalidUsage(`doctor does not know ${JSON.stringify(unknown)}`, usage)
  const report = await examine()
  process.stdout.write(args.includes('--json') ? `${JSON.stringify(report, null, 2)}\n` : print(report))
  return report.ok ? 0 : 1
}

async function examine(): Promise<Report> {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
  const report: Report = {
    ok: false,
    package: { version, path: packageRoot, prebuilds: listPrebuilds() },
    node: {
      version: process.version,
      v8: process.versions.v8,
      abi: process.versions.modules,
      platform: describePlatform().replace(/.* on /, ''),
      path: process.execPath,
      flags: [...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/), ...process.execArgv].filter((flag) => flag !== ''),
    },
  }
  try {
    // Not at the top: these load the addon, and where that fails a report is wanted most.
    const { native } = await import('../runtime.js')
    const { prewarm } = await import('../prewarm.js')
    const path = addonPath()
    report.addon = { path, origin: originOf(path), size: statSync(path).size }
    const { heapLimit, results } = await (await import('./self-test.js')).selfTest()
    report.tests = results
    // Spare isolates are made when it is known what from.
    await prewarm(1)
    await prewarm(0)
    report.snapshot = native.snapshotState()
    report.limits = { cores: availableParallelism(), memory: memory(), heapPerIsolate: heapLimit }
    report.ok = results.every(({ ok }) => ok)
  } catch (error) {
    const { code = 'ERR_UNKNOWN', message, help = '', stack } = error as Partial<IsolateError> & Error
    report.error = { code, message: help === '' ? (stack ?? message) : message, help }
  }
  return report
}

function originOf(path: string): NonNullable<Report['addon']>['origin'] {
  if (process.env['ISOLATES_ADDON']) return 'ISOLATES_ADDON'
  return /[\\/]prebuilds[\\/]/.test(path) ? 'prebuilt' : 'built'
}

/** What this process may use: less than the machine has, in a container with a limit. */
function memory(): number {
  const constrained = process.constrainedMemory?.() ?? 0
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}

const snapshotMeaning = {
  ready: 'ready: isolates start in about a millisecond',
  building: 'still being made in the background: isolates start from Node’s own until then',
  unavailable: 'not used with this Node.js: isolates start in about 5 ms',
  failed: 'could not be made: isolates start from Node’s own, in about 5 ms',
}

function print({ ok, package: own, node, addon, error, snapshot, limits, tests = [] }: Report): string {
  const rows: [string, string][] = [
    ['isolates', `${own.version} in ${own.path}`],
    ['Node.js', `${node.version}, V8 ${node.v8}, ABI ${node.abi}, ${node.platform}`],
    ['', node.path],
  ]
  if (node.flags.length > 0) rows.push(['flags', node.flags.join(' ')])
  rows.push(['prebuilds', own.prebuilds.join(', ') || 'none'])
  if (addon !== undefined) {
    const path = addon.path.startsWith(own.path) ? relative(own.path, addon.path) : addon.path
    rows.push(['addon', `${path} (${addon.origin}, ${Math.round(addon.size / 1024)} KiB)`])
  }
  if (snapshot !== undefined) rows.push(['snapshot', snapshotMeaning[snapshot]])
  if (limits !== undefined) {
    const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`
    rows.push([
      'limits',
      `${limits.cores} cores, ${gib(limits.memory)} of memory, ${gib(limits.heapPerIsolate)} of heap per isolate without memoryLimit`,
    ])
  }
  const lines = rows.map(([name, value]) => `${name.padEnd(10)} ${value}`)
  if (error !== undefined) lines.push('', `${error.code}: ${error.message}`, error.help)
  if (tests.length > 0) lines.push('')
  for (const { name, ok: passed, ms, error: why } of tests) {
    lines.push(
      `${passed ? 'ok    ' : 'FAILED'} ${name}, ${ms.toFixed(1)} ms${why === undefined ? '' : `\n       ${why}`}`,
    )
  }
  lines.push('', ok ? 'All is well.' : 'Something is wrong, see above.', '')
  return lines.join('\n')
}
