// Makes dist/guest.js of lib/guest: one script whose completion value is its `bootstrap` and which leaves no global
// behind. Every isolate carries it, so it is made as small as it gets, and all but the bootstrap stands in functions
// that V8 does not compile before they are called. The libraries, each in a file of dist/guest, no isolate carries before
// it asks for one.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from 'esbuild'
import { root } from './common.mjs'
import { addBundle } from './licences.mjs'

const builtins = 'lib/guest/builtins.ts'
/** The names of Parts in lib/guest/part.ts that have a file in lib/guest/parts. */
const parts = ['console', 'isolates', 'modules', 'plain', 'remote', 'timers']
const web = 'lib/guest/web'
/** The modules of lib/guest/web that are libraries: what is big, or used by several. */
const libraries = [
  'abort',
  'await',
  'blob',
  'clone',
  'compression',
  'crypto',
  'encoding',
  'encodings',
  'event',
  'event-target',
  'events',
  'exception',
  'fetch',
  'form',
  'headers',
  'idna',
  'message',
  'message-port',
  'navigator',
  'pattern',
  'performance',
  'platform-object',
  'report',
  'serve',
  'streams',
  'subtle',
  'url',
  'websocket',
]

/** @param {import('esbuild').BuildOptions} options */
async function bundle(options) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format: 'iife',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    ...options,
  })
  addBundle(metafile)
  return outputFiles[0].text.trimEnd()
}

async function namesOf(file) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [file],
    packages: 'external',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
  })
  return Object.values(metafile.outputs)[0].exports.sort()
}

/**
 * What a part imports from the builtins it takes from its host: the language may be broken when it runs. They come as
 * a list, which takes a third of the memory of an object with a hundred names.
 */
function fromHost(names) {
  return {
    name: 'builtins-from-host',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/builtins\.js$/ }, () => ({ path: 'builtins', namespace: 'host' }))
      const taken = names.map((name, index) => `${name}=part.builtins[${index}]`)
      onLoad({ filter: /.*/, namespace: 'host' }, () => ({ contents: `export const ${taken}` }))
    },
  }
}

/** A library's imports from another one are taken from it when it runs. */
function fromLibraries(entry) {
  return {
    name: 'from-libraries',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const name = relative(join(root, web), join(resolveDir, path)).replace(/\.js$/, '')
        return name !== entry && libraries.includes(name) ? { path: name, namespace: 'library' } : undefined
      })
      onLoad({ filter: /.*/, namespace: 'library' }, async ({ path }) => {
        const names = await namesOf(`${web}/${path}.ts`)
        return { contents: `export const {${names}} = library.use('${path}')` }
      })
    },
  }
}

/** What packages import of other packages and do not need here, or need otherwise. */
const instead = {
  name: 'instead',
  setup({ onResolve, onLoad }) {
    const here = (name) => ({ path: join(root, web, 'instead', `${name}.ts`) })
    const onlyIn = (pattern, resolve) => (args) => (pattern.test(args.importer) ? resolve(args) : undefined)
    const whatwg = /[\\/]whatwg-url[\\/]/
    onResolve(
      { filter: /^tr46$/ },
      onlyIn(whatwg, () => here('tr46')),
    )
    onResolve(
      { filter: /^@exodus\/bytes\/whatwg\.js$/ },
      onlyIn(whatwg, () => here('encoding')),
    )
    onResolve(
      { filter: /^\.\/encoding$/ },
      onlyIn(whatwg, () => here('encoding')),
    )
    // Encodings of a query in a page that is not UTF-8.
    onResolve(
      { filter: /^@exodus\/bytes\/encoding\.js$/ },
      onlyIn(whatwg, () => ({ path: 'none', namespace: 'none' })),
    )
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: '' }))
  },
}

async function buildLibrary(name) {
  const text = await bundle({
    entryPoints: [`${web}/${name}.ts`],
    plugins: [fromLibraries(name), instead],
    globalName: 'exported',
    banner: { js: '(library=>{"use strict";' },
    footer: { js: 'return exported})' },
  })
  writeFileSync(join(root, 'dist/guest', `${name}.js`), `${text}\n`)
}

export async function buildGuest() {
  const names = await namesOf(builtins)
  const bodies = {
    builtins: await bundle({
      stdin: {
        contents: `import {${names}} from './${builtins}';part.made=[${names}]`,
        resolveDir: root,
      },
    }),
  }
  for (const name of parts) {
    bodies[name] = await bundle({ entryPoints: [`lib/guest/parts/${name}.ts`], plugins: [fromHost(names)] })
  }
  const made = Object.entries(bodies).map(([name, body]) => `${name}(part){${body}}`)
  const text = await bundle({
    entryPoints: ['lib/guest/index.ts'],
    globalName: 'guest',
    banner: { js: `(()=>{"use strict";const parts={${made.join(',\n')}};` },
    footer: { js: 'return guest.default})()' },
  })
  writeFileSync(join(root, 'dist/guest.js'), `${text}\n`)
  mkdirSync(join(root, 'dist/guest'), { recursive: true })
  for (const name of libraries) await buildLibrary(name)
  return libraries.map((name) => `guest/${name}.js`)
}
