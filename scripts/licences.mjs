// The licences of what is bundled into dist/, which its users get with it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './common.mjs'

const packages = new Set()

/** @param {import('esbuild').Metafile} metafile */
export function addBundle(metafile) {
  for (const input of Object.keys(metafile.inputs)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]
    if (name !== undefined) packages.add(name)
  }
}

/** Of all packages in the bundles so far. */
export function licences() {
  return [...packages]
    .sort()
    .map(licenceOf)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

function licenceOf(name) {
  const folder = join(root, 'node_modules', name)
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const text = file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8').trim()
  return `${name} ${version}\n\n${text}\n`
}
