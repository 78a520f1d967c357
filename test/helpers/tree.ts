import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A link, by what it points to. */
export interface Link {
  link: string
}

/** A directory with these files in it, gone after the test: its path, with no link in it. */
export function tree(files: Record<string, string | Link | object>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'isolates-tree-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name)
    mkdirSync(dirname(path), { recursive: true })
    if (typeof content === 'string') writeFileSync(path, content)
    else if ('link' in content) symlinkSync((content as Link).link, path)
    else writeFileSync(path, JSON.stringify(content))
  }
  return root
}
