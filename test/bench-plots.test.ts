import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { drawAll } from '../bench/plots/index.mjs'
import { page } from '../bench/plots/page.mjs'
import { toPng } from '../bench/plots/render.mjs'
import { crossing, crossingsOf } from '../bench/report/crossings.mjs'
import { putCase, readReport, reportToAddTo, writeReport } from '../bench/report/file.mjs'
import { caseText } from '../bench/report/text.mjs'
import type { CaseReport, Report, Summary } from '../bench/types.js'
import { root } from './helpers/child.js'

const folder = mkdtempSync(join(tmpdir(), 'isolates-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const summary = (median: number): Summary => ({
  median,
  p25: median * 0.9,
  p75: median * 1.2,
  p99: median * 2,
  count: 10,
  processes: [median],
})

const lookup = (parsed: number): CaseReport => ({
  name: 'lookup',
  title: 'A table',
  metrics: { one: { label: 'a lookup', unit: 'seconds' } },
  drivers: { isolates: { one: summary(400e-9) }, parsed: { one: summary(parsed) } },
  failed: { lmdb: 'ended by SIGSEGV' },
  date: '2026-01-02T03:04:05.678Z',
  seconds: 61,
})

const cutOff: CaseReport = {
  name: 'cut-off-fresh',
  title: 'Tasks',
  axis: { label: 'decimals of pi', scale: 'log' },
  metrics: Object.fromEntries([10, 100, 1000].map((at) => [`at-${at}`, { label: `${at}`, unit: 'seconds', at }])),
  drivers: {
    isolates: { 'at-10': summary(1e-3), 'at-100': summary(2e-3), 'at-1000': summary(20e-3) },
    inline: { 'at-10': summary(10e-6), 'at-100': summary(1e-3), 'at-1000': summary(40e-3) },
    child_process: { 'at-10': summary(0.1), 'at-100': summary(0.1), 'at-1000': summary(0.1) },
  },
  failed: {},
  date: '2026-01-02T03:05:06.789Z',
  seconds: 30,
}

const reportOf = (...cases: CaseReport[]): Report => ({
  format: 2,
  date: '2026-01-02T03:04:00.000Z',
  quick: false,
  machine: {
    node: 'v24.1.0',
    v8: '13.6',
    system: 'Linux 6 x64',
    cpu: 'Abacus 9',
    cores: 8,
    memory: 2 ** 34,
    load: 0.1,
  },
  versions: { isolates: '0.1.0', lmdb: '3.5.6' },
  missing: { 'cpython-threads': 'there is no Python' },
  cases,
})

describe('the page of a report', () => {
  it('says when, where, with what and how it was measured', () => {
    const text = page(reportOf(lookup(1e-6), cutOff), new Map())
    for (const fact of ['2026-01-02', 'v24.1.0', '13.6', 'Abacus 9', '8 cores', '16.0 GiB', '| lmdb | 3.5.6 |'])
      expect(text).toContain(fact)
    expect(text).toContain('npm run bench -- --cases lookup')
    expect(text).toContain('| cpython-threads | left out: there is no Python |')
  })

  it('says where a peer is better and why, and nothing of it where none is', () => {
    const lost = page(reportOf(lookup(80e-9)), new Map())
    expect(lost).toContain('| [lookup](#lookup) | a lookup | isolates | parsed | 5.00× |')
    expect(lost).toMatch(
      /\*\*parsed\*\* is better than isolates: a lookup 5\.00× \(400 ns against 80\.0 ns\)\. A plain object/,
    )
    const won = page(reportOf(lookup(1e-6)), new Map())
    expect(won).toContain('In no figure of this run')
    expect(won).not.toContain('is better than')
  })

  it('has a driver that failed in its table, and the reason', () => {
    const text = page(reportOf(lookup(1e-6)), new Map())
    expect(text).toContain('| lmdb | failed |')
    expect(text).toContain('- **lmdb failed**: ended by SIGSEGV')
    expect(caseText(lookup(1e-6))).toMatch(/lmdb +failed\n.*lmdb failed: ended by SIGSEGV/s)
  })

  it('in the repository is what its results say (npm run bench:plots)', () => {
    const own = join(root, 'docs/benchmarks')
    const report = readReport(join(own, 'results.json'))
    const text = readFileSync(join(own, 'README.md'), 'utf8')
    const named = [...text.matchAll(/src="\.\/(.*)\.svg"/g)].map(([, name]) => name as string)
    expect(named.length).toBeGreaterThan(5)
    for (const name of named)
      for (const file of [`${name}.svg`, `${name}-dark.svg`, `${name}.png`])
        expect(existsSync(join(own, file)), file).toBe(true)
    const pictures = new Map(report.cases.map((each) => [each.name, picturesOf(text, each.name)]))
    expect(text).toBe(page(report, pictures))
  })
})

/** The pictures that a page shows of a case. */
function picturesOf(text: string, name: string): { name: string; title: string }[] {
  const [, section = ''] = new RegExp(`^### ${name}\n(.*?)(?=^##|(?![\\s\\S]))`, 'ms').exec(text) ?? []
  return [...section.matchAll(/alt="(.*)" src="\.\/(.*)\.svg"/g)].map(([, title, file]) => ({
    name: file as string,
    title: title as string,
  }))
}

describe('the pictures', () => {
  it('are drawn for light and dark ground, and those of before go', () => {
    writeFileSync(join(folder, 'old.svg'), '')
    drawAll(reportOf(lookup(1e-6), cutOff), folder)
    const files = readdirSync(folder).filter((file) => file !== 'results.json')
    expect(files.sort()).toEqual(
      [
        'README.md',
        ...['cut-off-fresh', 'lookup'].flatMap((name) => [`${name}-dark.svg`, `${name}.png`, `${name}.svg`]),
      ].sort(),
    )
    const [light, dark] = ['lookup', 'lookup-dark'].map((name) => readFileSync(join(folder, `${name}.svg`), 'utf8'))
    expect(light).toContain('a lookup, µs (less is better)')
    expect(light).not.toBe(dark)
    // Their ground is the page's.
    for (const svg of [light, dark]) expect(svg).toMatch(/<rect width="\d+" height="\d+" x="0" y="0" fill="none">/)
  })

  it('are the same files when they are drawn again', () => {
    const before = readFileSync(join(folder, 'cut-off-fresh.svg'), 'utf8')
    drawAll(reportOf(lookup(1e-6), cutOff), folder)
    expect(readFileSync(join(folder, 'cut-off-fresh.svg'), 'utf8')).toBe(before)
  })

  it('have their text in points, too', () => {
    const svg = readFileSync(join(folder, 'lookup.svg'), 'utf8')
    const [whole, mute] = [svg, svg.replace(/<text.*?<\/text>/gs, '')].map((each) => toPng(each, '#ffffff'))
    expect(mute?.equals(whole as Buffer)).toBe(false)
  })
})

describe('the size from which on it pays', () => {
  const line = (...values: number[]) => values.map((value, power) => ({ at: 10 ** (power + 1), value }))

  it('is where the lines cross, between the points too', () => {
    expect(crossing(line(10, 10, 10), line(1, 10, 100))).toBeCloseTo(100)
    expect(crossing(line(3, 3, 3), line(1, 9, 81))).toBeCloseTo(10 ** 1.5)
    expect(crossing(line(1, 1, 1), line(2, 2, 2))).toBe(0)
    expect(crossing(line(2, 2, 2), line(1, 1, 1))).toBe(Number.POSITIVE_INFINITY)
  })

  it('is told of each driver, by the work itself and by its time', () => {
    const texts = crossingsOf(cutOff).map(({ text }) => text)
    expect(texts).toEqual([
      'isolates begins to pay from about 320 decimals of pi on (6.32 ms inline)',
      'child_process does not pay up to 1000 decimals of pi',
    ])
  })
})

describe('a report', () => {
  const file = join(folder, 'results.json')

  it('takes a case in the place of the one before, in the order of all cases', () => {
    const report = reportOf(lookup(1e-6))
    putCase(report, cutOff, ['cut-off-fresh', 'lookup'])
    putCase(report, lookup(2e-6), ['cut-off-fresh', 'lookup'])
    expect(report.cases.map(({ name }) => name)).toEqual(['cut-off-fresh', 'lookup'])
    expect(report.cases[1]?.drivers['parsed']?.['one']?.median).toBe(2e-6)
  })

  it('is added to by the same machine and versions only', () => {
    writeReport(file, reportOf(lookup(1e-6)))
    const fresh = { ...reportOf(), versions: { isolates: '0.1.0', bun: '1.4.5' }, missing: {} }
    const { cases, versions, missing } = reportToAddTo(file, fresh)
    expect(cases.map(({ name }) => name)).toEqual(['lookup'])
    expect(versions).toEqual({ isolates: '0.1.0', lmdb: '3.5.6', bun: '1.4.5' })
    expect(missing).toEqual({ 'cpython-threads': 'there is no Python' })
    const other = { ...fresh, machine: { ...fresh.machine, cpu: 'Abacus 10' } }
    expect(() => reportToAddTo(file, other)).toThrow('another machine, Node or length: measure all cases')
    const newer = { ...fresh, versions: { lmdb: '4.0.0' } }
    expect(() => reportToAddTo(file, newer)).toThrow('other versions of lmdb')
  })

  it('of another format is not read', () => {
    writeFileSync(file, JSON.stringify({ ...reportOf(), format: 1 }))
    expect(() => readReport(file)).toThrow('has format 1, not 2: measure again')
  })
})
