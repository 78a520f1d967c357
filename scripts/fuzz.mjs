// Feeds damaged messages to what reads them: with libFuzzer where Clang has it, else with a driver of our own.
//   node scripts/fuzz.mjs        npm run test:fuzz, 20 s for each target
//   node scripts/fuzz.mjs 300    so many seconds
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, cache, fail, jobs, listFiles, root, run, step } from './common.mjs'

const seconds = Number(process.argv[2] ?? 20)
/** About what the driver of ours does in a second. */
const RUNS_PER_SECOND = 20_000

function hasClang() {
  try {
    execFileSync('clang++', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

if (!(seconds > 0)) fail('seconds must be a number above 0')
const clang = hasClang()
const dir = join(root, 'build-native-fuzz')
const targets = listFiles(['test/fuzz'], (file) => file.endsWith('_fuzz.cc')).map((file) =>
  file.replace(/^.*\/|\.cc$/g, ''),
)
try {
  await step(`fuzz targets with ${clang ? 'libFuzzer' : 'a driver of our own'}`, async () => {
    const compiler = clang ? ['-DCMAKE_C_COMPILER=clang', '-DCMAKE_CXX_COMPILER=clang++'] : []
    const configure = ['-S', root, '-B', dir, '-DISOLATES_FUZZ=ON', ...compiler]
    if ((await run('cmake', configure, { allowFailure: true })).code !== 0) {
      rmSync(dir, { recursive: true, force: true })
      await run('cmake', configure)
    }
    await run('cmake', ['--build', dir, '--parallel', String(jobs), '--target', ...targets])
    return 'built'
  })
  for (const target of targets) {
    await step(target, async () => {
      const corpus = join(cache, 'fuzz', target)
      mkdirSync(corpus, { recursive: true })
      const options = clang
        ? [`-max_total_time=${seconds}`, '-print_final_stats=1', `-artifact_prefix=${corpus}-`, corpus]
        : []
      const env = { FUZZ_RUNS: String(seconds * RUNS_PER_SECOND) }
      const { output } = await run(join(dir, target), options, { env, minutes: seconds / 60 + 2 })
      return (
        /number_of_executed_units: *(\d+)|^(\d+) runs/m.exec(output)?.slice(1).find(Boolean)?.concat(' runs') ?? 'done'
      )
    })
  }
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  fail(error.message)
}
