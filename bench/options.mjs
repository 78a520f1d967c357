import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** The report that the page in docs/benchmarks shows. */
export const RESULTS = fileURLToPath(new URL('../docs/benchmarks/results.json', import.meta.url))

export const usage = `Usage: npm run bench -- [options]

  --quick            fewer processes and shorter ones
  --cases a,b        only these cases
  --drivers x,y      only these drivers
  --check            compare the figures with the targets; exit code 1 when one is missed
  --json [file]      write the report as JSON to the file, or to standard output instead of the tables
  --add              keep the cases that the file holds and that are not measured now
  --plots            write the report into docs/benchmarks and draw its pictures and its page; with --cases, the
                     others stay as they are
  --list             name the cases and drivers
  --help`

/**
 * @typedef {object} Options
 * @property {boolean} quick
 * @property {boolean} check
 * @property {boolean} add
 * @property {boolean} plots
 * @property {boolean} list
 * @property {boolean} help
 * @property {string | undefined} json a file, or `-` for standard output
 * @property {string[] | undefined} cases
 * @property {string[] | undefined} drivers
 */

/**
 * @param {readonly string[]} args
 * @returns {Options}
 */
export function parse(args) {
  const { values } = parseArgs({
    args: args.map((arg, index) => {
      // The one option whose value may be left out, which `parseArgs` does not know.
      const alone = arg === '--json' && (args[index + 1] ?? '--').startsWith('--')
      return alone ? '--json=-' : arg
    }),
    options: {
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      add: { type: 'boolean', default: false },
      plots: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      json: { type: 'string' },
      cases: { type: 'string' },
      drivers: { type: 'string' },
    },
  })
  const { plots, json } = values
  if (plots && (json !== undefined || values.drivers !== undefined))
    throw new RangeError(
      '--plots writes the report of all drivers to a place of its own: it goes with neither --json nor --drivers',
    )
  if (values.add && (json === undefined || json === '-')) throw new RangeError('--add needs --json with a file')
  return {
    quick: values.quick === true,
    check: values.check === true,
    add: values.add === true || (plots === true && values.cases !== undefined),
    plots: plots === true,
    list: values.list === true,
    help: values.help === true,
    json: plots ? RESULTS : json,
    cases: values.cases?.split(','),
    drivers: values.drivers?.split(','),
  }
}

/**
 * @template {{ name: string }} T
 * @param {readonly T[]} all
 * @param {readonly string[] | undefined} names all of them when undefined
 * @returns {T[]}
 */
export function select(all, names) {
  const unknown = names?.find((name) => !all.some((each) => each.name === name))
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(', ')
    throw new RangeError(`There is no '${unknown}'; there are ${known}`)
  }
  return all.filter(({ name }) => !names || names.includes(name))
}
