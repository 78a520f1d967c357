// Fails when the packed tarball misses a file its users need, carries one they do not, has grown beyond its budget
// (scripts/pack-budget.json), or has entry points or types that some way of importing does not find (publint,
// are-the-types-wrong).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, fail, listFiles, root, run, step } from './common.mjs'

const json = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'isolates-pack-'))

/** Every path that package.json's entry points name. */
function entryPoints({ main, types, bin, exports }) {
  const paths = [main, types, bin]
  const collect = (value) => (typeof value === 'string' ? paths.push(value) : Object.values(value).forEach(collect))
  collect(exports)
  return paths.map((path) => path.replace(/^\.\//, ''))
}

async function pack() {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel', 'silent', '--pack-destination', folder]
  const { output } = await run('npm', args)
  // Newer versions of npm give an object by name.
  const [packed] = [JSON.parse(output)].flat().flatMap((item) => ('files' in item ? [item] : Object.values(item)))
  return { ...packed, tarball: join(folder, packed.filename) }
}

function checkFiles(files) {
  const packed = files.map(({ path }) => path)
  const needed = [
    ...entryPoints(json('package.json')),
    ...listFiles(['native'], (file) => /\.(cc|h)$/.test(file)),
    ...listFiles(['docs'], (file) => file.endsWith('.md')),
    ...listFiles(['prebuilds'], (file) => file.endsWith('.node')),
    'dist/guest.js',
    'dist/await.js',
    'dist/library.js',
    'dist/node/worker.js',
    'dist/serve/program.js',
    'dist/licences.txt',
    'dist/guest/url.js',
    'dist/modules/index.js',
    'scripts/before-build.mjs',
    'binding.gyp',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
  ]
  const allowed =
    /^(dist\/.*\.(m?js|d\.m?ts|js\.map)|dist\/licences\.txt|native\/.*\.(cc|h)|prebuilds\/.*\.node|docs\/.*\.md|scripts\/before-build\.mjs|binding\.gyp|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/
  return [
    ...needed.filter((path) => !packed.includes(path)).map((path) => `missing: ${path}`),
    ...packed.filter((path) => !allowed.test(path)).map((path) => `not wanted: ${path}`),
  ]
}

function* checkBudget(files) {
  const budget = json('scripts/pack-budget.json')
  const [binaries, others] = [true, false].map((wanted) =>
    files.filter(({ path }) => path.endsWith('.node') === wanted),
  )
  const unpacked = Math.ceil(others.reduce((sum, { size }) => sum + size, 0) / 1024)
  if (unpacked > budget.unpackedKiB)
    yield `all but the prebuilds: ${unpacked} KiB, the budget is ${budget.unpackedKiB} KiB`
  for (const { path, size } of binaries) {
    const kib = Math.ceil(size / 1024)
    if (kib > budget.prebuildKiB) yield `${path}: ${kib} KiB, the budget is ${budget.prebuildKiB} KiB`
    const text = readFileSync(join(root, path), 'latin1')
    for (const [library, pattern] of [
      ['glibc', /GLIBC_([\d.]+)\0/g],
      ['libstdc++', /GLIBCXX_([\d.]+)\0/g],
    ]) {
      const newest = [...text.matchAll(pattern)]
        .map(([, version]) => version)
        .sort(byVersion)
        .at(-1)
      if (newest !== undefined && byVersion(newest, budget[library]) > 0)
        yield `${path}: needs ${library} ${newest}, the budget is ${budget[library]}`
    }
  }
}

function byVersion(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  const at = left.findIndex((part, index) => part !== (right[index] ?? 0))
  return at < 0 ? left.length - right.length : left[at] - (right[at] ?? 0)
}

const tool = async (path, ...args) => {
  await run(process.execPath, [join(root, 'node_modules', path), ...args])
}

try {
  const { files, size, unpackedSize, tarball } = await pack()
  const problems = [...checkFiles(files), ...checkBudget(files)]
  if (problems.length > 0) fail(problems.join('\n'))
  process.stdout.write(
    `${files.length} files, ${Math.round(size / 1024)} KiB packed, ${Math.round(unpackedSize / 1024)} KiB unpacked\n`,
  )
  await step('publint', () => tool('publint/src/cli.js', 'run', tarball, '--strict'))
  await step('are the types wrong', () => tool('@arethetypeswrong/cli/dist/index.js', tarball, '--no-definitely-typed'))
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  fail(error.message)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
