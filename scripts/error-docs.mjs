// Checks that docs/errors.md has an entry for every code of lib/codes.ts, and none for what is no code.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMain, root } from './common.mjs'

const page = 'docs/errors.md'
const library = 'lib/codes.ts'

/** Every difference, one line each. */
export function checkErrorDocs() {
  const read = (file) => readFileSync(join(root, file), 'utf8')
  const codes = new Set([...read(library).matchAll(/'(ERR_\w+)'/g)].map(([, code]) => code))
  const entries = [...read(page).matchAll(/^### (ERR_\w+)\n+(.*)/gm)]
  const explained = entries.map(([, code]) => code)
  return [
    ...[...codes].filter((code) => !explained.includes(code)).map((code) => `${page}: ${code} has no entry`),
    ...explained.filter((code) => !codes.has(code)).map((code) => `${page}: ${code} is not in ${library}`),
    ...explained.filter((code, index) => explained.indexOf(code) !== index).map((code) => `${page}: ${code} twice`),
    ...entries
      .filter(([, , text]) => text === '' || text.startsWith('#'))
      .map(([, code]) => `${page}: ${code} says nothing`),
  ]
}

if (isMain(import.meta.url)) {
  const problems = checkErrorDocs()
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
