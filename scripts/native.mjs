// Builds the layers that know nothing of V8, with their tests, and runs these through CTest.
//   node scripts/native.mjs          npm run test:native
//   node scripts/native.mjs --tsan   npm run test:tsan, under ThreadSanitizer
//   node scripts/native.mjs --asan   under AddressSanitizer and UndefinedBehaviorSanitizer
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, fail, isMain, jobs, root, run, step, withLock } from './common.mjs'
import { record } from './suite.mjs'

export function hasCmake() {
  try {
    execFileSync('cmake', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Resolves to { passed, failed }, counted in tests of the programs, not in programs. */
export async function runNative({ sanitizer } = {}) {
  const suite = sanitizer === undefined ? 'native' : `native-${sanitizer}`
  const dir = join(root, `build-${suite}`)
  return withLock(suite, async () => {
    await step(`native tests${sanitizer === undefined ? '' : ` with ${sanitizer}`}`, async () => {
      const options = ['asan', 'tsan'].map(
        (name) => `-DISOLATES_${name.toUpperCase()}=${name === sanitizer ? 'ON' : 'OFF'}`,
      )
      const configure = ['-S', root, '-B', dir, '-DISOLATES_WERROR=ON', ...options]
      if ((await run('cmake', configure, { allowFailure: true })).code !== 0) {
        // Mostly a checkout that has moved: CMake refuses the cache of another directory.
        rmSync(dir, { recursive: true, force: true })
        await run('cmake', configure)
      }
      await run('cmake', ['--build', dir, '--parallel', String(jobs)])
      return 'built'
    })
    const { code, output } = await run('ctest', ['--test-dir', dir, '--verbose', '--no-tests=error'], {
      allowFailure: true,
    })
    const counts = count(output, code)
    record(suite, counts)
    process.stdout.write(code === 0 ? '' : `${output}\n`)
    process.stdout.write(`native tests: ${counts.passed} passed, ${counts.failed} failed\n`)
    return counts
  })
}

function count(output, code) {
  let passed = 0
  let failed = 0
  for (const [, p, f] of output.matchAll(/^\d+: tests: (\d+) passed, (\d+) failed$/gm)) {
    passed += Number(p)
    failed += Number(f)
  }
  // A program that crashed, hung or was stopped by a sanitizer has no last line.
  if (code !== 0 && failed === 0) failed = 1
  return { passed, failed, skipped: 0 }
}

if (isMain(import.meta.url)) {
  const sanitizer = ['asan', 'tsan'].find((name) => process.argv.includes(`--${name}`))
  try {
    if (!hasCmake()) fail('this needs cmake')
    const { failed } = await runNative({ sanitizer })
    process.exitCode = failed === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    fail(error.message)
  }
}
