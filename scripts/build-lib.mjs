// Builds dist/: tsc for types and JavaScript, esbuild to put the latter into one file, and for the guest's runtime and what carries
// packages with it.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, posix } from 'node:path'
import {
  CommandError,
  cache,
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
/** What tsc has made of lib/, file by file. */
const compiled = join(cache, 'lib')
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
    [
      'node_modules/typescript/bin/tsc',
      ...['--outDir', compiled, '--declarationDir', dist, '--listEmittedFiles', '--pretty', 'false'],
    ],
    {
      allowFailure: true,
    },
  )
  const { build: bundle, buildSync } = await import('esbuild')
  const libraries = await (await import('./build-guest.mjs')).buildGuest()
  for (const options of bundles) {
    const { metafile } = buildSync({ ...bundled, ...options })
    addBundle(metafile)
    checkEntries(metafile)
  }
  await bundle({ ...bundled, ...library })
  const [renamed] = /\bclass _\w+/.exec(readFileSync(join(dist, 'library.js'), 'utf8')) ?? []
  if (renamed !== undefined) throw new CommandError(`esbuild renames what names itself within its own body: ${renamed}`)
  for (const name of entries) writeEntry(name)
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
  { entryPoints: ['lib/guest/node.ts'], outfile: join(compiled, 'node/remote.js') },
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

/** The files that something is loaded by: users, threads, the bundle of lib/modules, and test/console. */
const entries = [
  'index',
  'cli/index',
  'console',
  'errors',
  'node/worker',
  'serve/program',
  ...['modules', 'options', 'requests', 'share'].map((name) => `shared/${name}`),
]

/**
 * All the rest in one file, in which each module still runs when it is first asked for: to find, read and compile a hundred of them takes
 * each thread as long as all that they do.
 */
const library = {
  stdin: {
    resolveDir: compiled,
    contents: `const entries = {${entries.map((name) => `'${name}': () => require('./${name}.js')`)}}
      module.exports = (name) => entries[name]()`,
  },
  outfile: 'dist/library.js',
  packages: 'external',
  plugins: [
    {
      name: 'own-bundles',
      setup({ onResolve }) {
        onResolve({ filter: /\/(await|modules\/index|web-sockets)\.js$/ }, ({ path, resolveDir }) => ({
          path: `./${posix.normalize(posix.relative(toPosix(compiled), posix.join(toPosix(resolveDir), path)))}`,
          external: true,
        }))
      },
    },
  ],
}

const toPosix = (path) => path.replaceAll('\\', '/')

/** Throws for a bundle that needs a part of the library by a name that is no entry. */
function checkEntries({ outputs }) {
  for (const { path, external } of Object.values(outputs).flatMap(({ imports }) => imports)) {
    const name = /^\.\.\/(.*)\.js$/.exec(path)?.[1]
    if (external && name !== undefined && !entries.includes(name)) throw new CommandError(`no entry for ${name}`)
  }
}

function writeEntry(name) {
  const file = join(dist, `${name}.js`)
  mkdirSync(dirname(file), { recursive: true })
  const path = posix.relative(posix.dirname(name), 'library.js')
  const lines = [
    ...(name === 'cli/index' ? ['#!/usr/bin/env node'] : []),
    // In two lines: what `import` of a CommonJS file looks for is the exports of what it exports, and that would be the whole library.
    `const library = require('${path.startsWith('.') ? path : `./${path}`}')`,
    `module.exports = library('${name}')`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
}

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
  const bundled = ['await', 'library', 'modules/index', 'web-sockets'].map((name) => `${name}.js`)
  const own = [
    'guest.js',
    'index.mjs',
    'index.d.mts',
    ...bundled,
    ...bundled.map((name) => `${name}.map`),
    ...entries.map((name) => `${name}.js`),
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
