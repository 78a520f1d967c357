// Checks package-lock.json: it names no registry host, and it has every platform's optional package (npm leaves
// those out when it writes the lock beside an existing node_modules, and `npm ci` then refuses it).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMain, root } from './common.mjs'

export function checkLock() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const problems = []
  for (const [path, entry] of Object.entries(packages)) {
    if (entry.resolved !== undefined) problems.push(`package-lock.json: ${path} names ${entry.resolved}`)
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`]
      if (!places.some((place) => place in packages))
        problems.push(`package-lock.json: ${name}, wanted by ${path}, is missing`)
    }
  }
  return problems
}

if (isMain(import.meta.url)) {
  const problems = checkLock()
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
