import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as isolates from '../dist/index.mjs'
import { child, root } from './helpers/child.js'

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
]

interface Block {
  page: string
  line: number
  source: string
}

/** The blocks of a page marked `js`; those that stand for a part of a program only are marked `js fragment`. */
function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(({ 1: source, index }) => ({
    page,
    line: text.slice(0, index).split('\n').length,
    source: source as string,
  }))
}

/** A block as a program: what it does not import itself is there. */
function programOf(source: string): string {
  const names = Object.keys(isolates).filter((name) => /^[A-Za-z]+$/.test(name) && name !== 'default')
  return source.includes("from 'isolates'") ? source : `import { ${names.join(', ')} } from 'isolates'\n${source}`
}

/** What the block says that it prints: the comments behind its calls of `console.log`. */
function promised(source: string): string[] {
  return [...source.matchAll(/console\.log\(.*\)\s*\/\/ (.*)$/gm)].map(([, text]) => text as string)
}

describe('every program in the documentation runs, and prints what it says', () => {
  it.concurrent.each(pages.flatMap(blocksOf))('$page:$line', async ({ source }) => {
    const { code, signal, stdout, stderr } = await child(programOf(source), { module: true, deadline: 20_000 })
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' })
    const lines = stdout.split('\n')
    for (const line of promised(source)) expect(lines).toContain(line)
  })

  it('and no block of JavaScript is marked otherwise than js or js fragment', () => {
    const marks = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/^```(\S.*)$/gm)].map(([, mark]) => `${page}: ${mark}`),
    )
    expect(marks.filter((mark) => !/: (js|js fragment|ts fragment|sh|json|python|text)$/.test(mark))).toEqual([])
    expect(marks.filter((mark) => mark.endsWith(': js')).length).toBeGreaterThan(5)
  })

  it('and every link within the repository leads somewhere', () => {
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)]
        .map(([, link]) => join(root, dirname(page), link as string))
        .filter((path) => !existsSync(path))
        .map((path) => `${page}: ${path}`),
    )
    expect(broken).toEqual([])
  })

  it('and every picture is there, for light and for dark ground', () => {
    const pictures = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/ (?:src|srcset)="([^"]+)"/g)].map(([, file]) =>
        join(root, dirname(page), file as string),
      ),
    )
    expect(pictures.filter((file) => !existsSync(file))).toEqual([])
    expect(pictures.filter((file) => file.endsWith('-dark.svg')).length).toBe(pictures.length / 2)
  })
})
