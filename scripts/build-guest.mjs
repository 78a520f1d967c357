// Makes dist/guest.js of lib/guest: one script whose completion value is its `bootstrap` and which leaves no global
// behind. Every isolate carries it, so it is made as small as it gets, and all but the bootstrap stands in functions
// that V8 does not compile before they are called.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './common.mjs'

const builtins = 'lib/guest/builtins.ts'
/** The names of Parts in lib/guest/part.ts that have a file in lib/guest/parts. */
const parts = ['await', 'console', 'isolates', 'plain', 'remote', 'timers']

/** @param {import('esbuild').BuildOptions} options */
async function bundle(options) {
  const { outputFiles } = await build({
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
    ...options,
  })
  return outputFiles[0].text.trimEnd()
}

async function namesOf(file) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [file],
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
}
