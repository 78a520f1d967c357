// Checks that native/base/error_codes.h and lib/codes.ts hold the same codes: the number of a code is its place in
// the native list.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMain, root } from './common.mjs'

const native = 'native/base/error_codes.h'
const library = 'lib/codes.ts'

const codesIn = (file, pattern) =>
  existsSync(join(root, file))
    ? [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(([, code]) => code)
    : []

/** Every difference, one line each. */
export function checkCodes() {
  const listed = codesIn(native, /\bX\(k\w+,\s*"(ERR_\w+)"/gm)
  const known = codesIn(library, /['"](ERR_\w+)['"]/g)
  if (listed.length === 0) return [`${native}: no X(kName, "ERR_...") entries found`]
  const problems = listed
    .filter((code) => !known.includes(code))
    .map((code) => `${library}: ${code} is missing, ${native} has it`)
  const order = known.filter((code) => listed.includes(code)).filter((code, index, all) => all.indexOf(code) === index)
  if (problems.length === 0 && order.join() !== listed.join())
    problems.push(`${library}: the order is not that of ${native}`)
  for (const code of new Set(listed.filter((each, index) => listed.indexOf(each) !== index)))
    problems.push(`${native}: ${code} twice`)
  return problems
}

if (isMain(import.meta.url)) {
  const problems = checkCodes()
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
