// Builds dist/: tsc for the public library, esbuild for the guest's runtime and the top-level-await parser.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import {
  CommandError,
  digest,
  fail,
  isMain,
  listFiles,
  readStamp,
  root,
  run,
  stamp,
  step,
  withLock,
} from './common.mjs'
import { addBundle, licences } from './licences.mjs'

const dist = join(root, 'dist')
const inputs = [
  'package-lock.json',
  'tsconfig.json',
  ...['build-lib', 'build-guest', 'licences'].map((name) => `scripts/${name}.mjs`),
]

export function buildLib() {
  return withLock('lib', () => step('library', build))
}

async function build() {
  const wanted = digest([...inputs, ...listFiles(['lib'])])
  if (readStamp('lib') === wanted && existsSync(join(dist, 'index.js'))) return 'up to date'

  // Written over in place: a program that runs from dist/ meanwhile never sees it empty.
  mkdirSync(dist, { recursive: true })
  const tsc = await run(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '--listEmittedFiles', '--pretty', 'false'],
    {
      allowFailure: true,
    },
  )
  const { buildSync } = await import('esbuild')
  const libraries = await (await import('./build-guest.mjs')).buildGuest()
  for (const bundle of bundles) addBundle(buildSync({ ...bundled, ...bundle }).metafile)
  rmSync(join(dist, 'web-sockets.js.map'), { force: true })
  writeFileSync(join(dist, 'licences.txt'), licences())
  if (existsSync(join(root, 'lib/index.ts'))) writeModule(buildSync)
  if (tsc.code !== 0) {
    throw new CommandError(
      tsc.output
        .split('\n')
        .filter((line) => !line.startsWith('TSFILE:'))
        .join('\n'),
    )
  }
  removeStale(tsc.output, [...libraries, 'licences.txt'])
  stamp('lib', wanted)
  return 'built'
}

const bundled = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
}

/** What carries packages with it, so that this one needs none at run time; what it shares with the rest of the library stays outside. */
const bundles = [
  { entryPoints: ['lib/await.ts'], outfile: 'dist/await.js' },
  // A Node environment that is a guest calls its host by the same code as the others.
  { entryPoints: ['lib/guest/node.ts'], outfile: 'dist/node/remote.js' },
  {
    entryPoints: ['lib/modules/index.ts'],
    outfile: 'dist/modules/index.js',
    external: ['../errors.js', '../shared/*', 'amaro'],
  },
  {
    entryPoints: ['lib/web-sockets.ts'],
    outfile: 'dist/web-sockets.js',
    external: ['bufferutil', 'utf-8-validate'],
    // It would be three times as large.
    sourcemap: false,
  },
]

/** index.mjs re-exports the CommonJS build by name: one copy of every class, whichever way it is loaded. */
function writeModule(buildSync) {
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: ['lib/index.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    packages: 'external',
    format: 'esm',
    logLevel: 'silent',
  })
  const names = Object.values(metafile.outputs)[0].exports.sort().join(', ')
  writeFileSync(join(dist, 'index.mjs'), `import isolates from './index.js'\nexport const { ${names} } = isolates\n`)
  writeFileSync(join(dist, 'index.d.mts'), "export * from './index.js'\n")
}

/** Takes out what sources that no longer exist have left behind. */
function removeStale(tscOutput, libraries) {
  const own = [
    'guest.js',
    'await.js',
    'await.js.map',
    'node/remote.js',
    'node/remote.js.map',
    'index.mjs',
    'index.d.mts',
    ...libraries,
  ].map((name) => join(dist, name))
  const emitted = tscOutput.split('\n').filter((line) => line.startsWith('TSFILE: '))
  // Of lib/modules, the bundle and what the rest of the library uses directly.
  const inBundle = (path) => /[\\/]dist[\\/]modules[\\/](?!index\.|options\.)/.test(path)
  const kept = new Set([...own, ...emitted.map((line) => normalize(line.slice('TSFILE: '.length).trim()))])
  for (const file of listFiles(['dist'])) {
    const path = join(root, file)
    if (!kept.has(path) || inBundle(path)) rmSync(path)
  }
}

if (isMain(import.meta.url)) {
  try {
    await buildLib()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    fail(error.message)
  }
}
