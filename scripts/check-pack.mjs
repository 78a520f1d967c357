// Fails when the packed tarball misses a file its users need, or carries one they do not.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, fail, listFiles, root, run } from './common.mjs'

/** Every path that package.json's entry points name. */
function entryPoints({ main, types, exports }) {
  const paths = [main, types]
  const collect = (value) => (typeof value === 'string' ? paths.push(value) : Object.values(value).forEach(collect))
  collect(exports)
  return paths.map((path) => path.replace(/^\.\//, ''))
}

try {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { output } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel', 'silent'])
  const [{ files, size, unpackedSize }] = [JSON.parse(output)]
    .flat()
    .flatMap((item) => ('files' in item ? [item] : Object.values(item)))
  const packed = files.map(({ path }) => path)
  const needed = [
    ...entryPoints(manifest),
    ...listFiles(['native'], (file) => /\.(cc|h)$/.test(file)),
    ...[
      'dist/guest.js',
      'dist/await.js',
      'dist/guest/licences.txt',
      'dist/guest/url.js',
      'dist/modules/index.js',
      'binding.gyp',
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
    ],
  ]
  const allowed =
    /^(dist\/.*\.(m?js|d\.m?ts|js\.map)|dist\/guest\/licences\.txt|native\/.*\.(cc|h)|prebuilds\/.*\.node|docs\/.*\.md|binding\.gyp|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/
  const problems = [
    ...needed.filter((path) => !packed.includes(path)).map((path) => `missing: ${path}`),
    ...packed.filter((path) => !allowed.test(path)).map((path) => `not wanted: ${path}`),
  ]
  if (problems.length > 0) fail(problems.join('\n'))
  process.stdout.write(
    `${packed.length} files, ${Math.round(size / 1024)} KiB packed, ${Math.round(unpackedSize / 1024)} KiB unpacked\n`,
  )
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  fail(error.message)
}
