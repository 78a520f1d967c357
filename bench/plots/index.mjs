// Draws the page and the pictures of a report: node bench/plots/index.mjs [results.json]
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RESULTS } from '../options.mjs'
import { readReport } from '../report/file.mjs'
import { figuresOf } from './figures.mjs'
import { page } from './page.mjs'
import { toPng, toSvg } from './render.mjs'
import { themes } from './theme.mjs'

/**
 * Writes README.md and the pictures beside the report, and takes away pictures of before. What cannot be drawn is left out, and said.
 *
 * @param {import('../types.d.ts').Report} report
 * @param {string} [folder]
 * @returns {string} what was done
 */
export function drawAll(report, folder = dirname(RESULTS)) {
  mkdirSync(folder, { recursive: true })
  /** @type {Set<string>} */
  const written = new Set()
  /** @type {string[]} */
  const problems = []
  /** @type {Map<string, { name: string, title: string }[]>} */
  const pictures = new Map()
  /** @param {string} file @param {string | Buffer} content */
  const write = (file, content) => {
    writeFileSync(join(folder, file), content)
    written.add(file)
  }
  for (const each of report.cases) {
    const drawn = figuresOf(each).filter(({ name, draw }) => {
      try {
        for (const theme of Object.values(themes)) {
          const svg = toSvg(draw(theme))
          write(`${name}${theme.suffix}.svg`, svg)
          // It has a ground of its own, so one is enough for light and dark.
          if (theme === themes.light) write(`${name}.png`, toPng(svg, theme.ground))
        }
        return true
      } catch (error) {
        problems.push(`${name} was not drawn: ${error instanceof Error ? error.message : error}`)
        return false
      }
    })
    pictures.set(each.name, drawn)
  }
  write('README.md', page(report, pictures))
  for (const file of readdirSync(folder))
    if (/\.(svg|png)$/.test(file) && !written.has(file)) rmSync(join(folder, file))
  return [...problems, `${written.size} files written into ${folder}`].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file = RESULTS] = process.argv.slice(2)
  console.log(drawAll(readReport(file), dirname(file)))
}
