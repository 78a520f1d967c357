// `npm run test:adversary`: every hostile program under every limit, by run and by runSync, each in a process of its own.
//   node scripts/adversary.mjs                  all of them
//   node scripts/adversary.mjs strings 16 run   only those of a theme, a limit, a method, or whose names contain a word
import { everything, runAll } from '../test/adversary/suite.mjs'
import { jobs } from './common.mjs'
import { record } from './suite.mjs'

const filters = process.argv.slice(2)
const chosen = everything().filter(([theme, name, limit, method]) =>
  filters.every((filter) => [theme, String(limit), method].includes(filter) || name.includes(filter)),
)
const rows = []
const start = performance.now()
const waiting = chosen.map((program) => [program])

function progress() {
  const bad = rows.filter(({ problem }) => problem !== undefined).length
  const line = `${rows.length} of ${chosen.length}, ${bad} wrong, ${Math.round((performance.now() - start) / 1000)} s`
  if (process.stdout.isTTY) process.stdout.write(`\r${line}`)
  else if (rows.length % 50 === 0) process.stdout.write(`${line}\n`)
}

async function work() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const row of await runAll(next)) {
      rows.push(row)
      if (row.problem !== undefined) {
        process.stdout.write(`\n${row.theme}: ${row.name}, ${row.limit} MiB, ${row.method}: ${row.problem}\n`)
      }
      progress()
    }
  }
}
await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, 4)) }, work))

const table = {}
for (const { theme, ms = 0, taken = 0, problem, limit } of rows) {
  table[theme] ??= {
    programs: 0,
    wrong: 0,
    'longest, ms': 0,
    'MiB at 16': 0,
    'MiB at 64': 0,
    'MiB at 256': 0,
  }
  const line = table[theme]
  line.programs++
  if (problem !== undefined) line.wrong++
  line['longest, ms'] = Math.max(line['longest, ms'], ms)
  line[`MiB at ${limit}`] = Math.max(line[`MiB at ${limit}`], Math.round(taken / 2 ** 20))
}
process.stdout.write('\n')
console.table(table)
const failed = rows.filter(({ problem }) => problem !== undefined).length
record('adversary', { passed: rows.length - failed, failed, skipped: 0 })
process.exitCode = failed === 0 ? 0 : 1
