// Runs all programs twice, with Node's own console and with a guest's, and prints what differs as JSON.
//   node --expose-internals test/console/compare.mjs [directory of the build]
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import vm from 'node:vm'
import { errors } from './errors.mjs'
import { exotics } from './exotics.mjs'
import { createGuest } from './guest.mjs'
import { objects } from './objects.mjs'
import { programs } from './programs.mjs'
import { randomStacks, randomValues } from './random.mjs'

let output = ''

function record(stream) {
  return new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      output += `${stream}: ${chunk}`
      done()
    },
  })
}

const hostConsole = new Console({ stdout: record('stdout'), stderr: record('stderr') })
const guest = createGuest((_method, stderr, text) => {
  output += `${stderr ? 'stderr' : 'stdout'}: ${text}\n`
}, process.argv[2])
const guestConsole = vm.runInContext('console', guest)

/** What a function of `console` prints; stack frames below and inside the consoles differ and are left out. */
function run(evaluate, console) {
  output = ''
  try {
    evaluate()(console)
  } catch (error) {
    output += `threw: ${error?.stack}\n`
  }
  const lines = output.split('\n')
  return lines.filter((line) => !/^\s+'?\s*at .*(node:|\.mjs|guest\.js|<anonymous>)/.test(line)).join('\n')
}

/** The ways in which every value is printed. */
const ways = [
  (value) => `console.log(${value})`,
  (value) => `console.log('%o', ${value})`,
  (value) => `console.log('%s|%O', ${value}, [{ deep: ${value} }])`,
  (value) => `console.dir([${value}], { showHidden: true, depth: 5, breakLength: 60 })`,
  (value) => `console.dir({ key: ${value} }, { compact: true, sorted: true, getters: true })`,
  (value) => `console.dir({ key: ${value} }, { compact: false, depth: 0, maxArrayLength: 2, maxStringLength: 5 })`,
  (value) => `console.table([${value}, [${value}], { a: ${value} }])`,
]

const sources = [
  ...programs,
  ...[...objects, ...exotics, ...errors].flatMap((value) => ways.map((way) => way(value))),
  ...randomStacks.map((value) => `console.log(${value})`),
  ...randomValues.map(
    (value) => `console.log(${value}); console.dir(${value}, { breakLength: 60, compact: 2, colors: true })`,
  ),
]
const differences = []
for (const source of sources) {
  const script = new vm.Script(`(console) => {${source}\n}`, { filename: 'program.js' })
  const expected = run(() => script.runInThisContext(), hostConsole)
  const actual = run(() => script.runInContext(guest), guestConsole)
  if (actual !== expected) differences.push({ source, expected, actual })
}
process.stdout.write(JSON.stringify({ compared: sources.length, differences }))
