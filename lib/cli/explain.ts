import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../addon.js'
import { invalidUsage, type RunCommand } from './command.js'

const usage = 'Usage: npx isolates explain <code>\n'

/** Prints what docs/errors.md says about a code. */
export const run: RunCommand = async (args) => {
  const [code] = args
  if (code === undefined || args.length > 1) return invalidUsage('explain takes one error code', usage)
  const entries = entriesOf(readFileSync(join(packageRoot, 'docs/errors.md'), 'utf8'))
  const entry = entries.get(code.toUpperCase())
  if (entry === undefined) {
    const known = [...entries.keys()].join('\n  ')
    return invalidUsage(`${JSON.stringify(code)} is no code of this package. Its codes:\n  ${known}`, usage)
  }
  process.stdout.write(`${entry}\n`)
  return 0
}

/** The sections of the document whose headings are codes. */
function entriesOf(text: string): Map<string, string> {
  const entries = new Map<string, string>()
  for (const section of text.split(/^(?=#{2,3} )/m)) {
    const code = /^### (ERR_\w+)\n/.exec(section)?.[1]
    if (code !== undefined) entries.set(code, section.slice('### '.length).trim())
  }
  return entries
}
