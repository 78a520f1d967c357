// `npm run lint`: every check that needs no addon. All of them run; the exit code says whether all held.
// `--fix` formats first.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkApi } from './api.mjs'
import { buildLib } from './build-lib.mjs'
import { checkCodes } from './codes.mjs'
import { CommandError, listFiles, root, run, step } from './common.mjs'
import { checkErrorDocs } from './error-docs.mjs'
import { checkLayers } from './layers.mjs'
import { checkLock } from './lock.mjs'

const fix = process.argv.includes('--fix')
const tool = (name) => join(root, 'node_modules', name)
const node = (...args) => run(process.execPath, args)

function hasCommand(name) {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function report(problems) {
  if (problems.length > 0) throw new CommandError(problems.join('\n'))
}

async function clangFormat() {
  if (!hasCommand('clang-format')) {
    if (process.env.CI) throw new CommandError('clang-format is not installed')
    return 'left out, clang-format is not installed'
  }
  const files = listFiles(['native', 'test/native', 'test/fuzz'], (file) => /\.(cc|h)$/.test(file))
  if (files.length > 0) await run('clang-format', fix ? ['-i', ...files] : ['--dry-run', '-Werror', ...files])
}

const checks = [
  ['types: library', () => node(tool('typescript/bin/tsc'), '-p', 'tsconfig.json', '--noEmit')],
  ['types: guest', () => node(tool('typescript/bin/tsc'), '-p', 'lib/guest')],
  ['types: tests', () => node(tool('typescript/bin/tsc'), '-p', 'test')],
  ['biome', () => node(tool('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', ...(fix ? ['--write'] : []))],
  ['clang-format', clangFormat],
  ['layers', () => report(checkLayers())],
  ['error codes', () => report(checkCodes())],
  ['public interface as api/ records it', checkApi],
  ['error codes explained', () => report(checkErrorDocs())],
  ['lock file', () => report(checkLock())],
]

if (!existsSync(tool('typescript'))) throw new Error('run `npm run build` first')
// The public interface is read from the declarations in dist/.
await buildLib()
for (const [name, check] of checks) {
  try {
    await step(name, async () => {
      const word = await check()
      return typeof word === 'string' ? word : undefined
    })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
