import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/** @typedef {import('../types.d.ts').Report} Report */

/** Which form of it this code reads and writes. */
const FORMAT = 2

/**
 * @param {string} file
 * @returns {Report}
 */
export function readReport(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'))
  if (report.format !== FORMAT)
    throw new RangeError(`${file} has format ${report.format}, not ${FORMAT}: measure again`)
  return report
}

/**
 * Whole or not at all: what was there stays readable when the writer is stopped.
 *
 * @param {string} file
 * @param {Report} report
 */
export function writeReport(file, report) {
  const beside = `${file}.${process.pid}`
  writeFileSync(beside, `${JSON.stringify(report, undefined, 1)}\n`)
  renameSync(beside, file)
}

/**
 * The report that a run of some cases adds to. Figures of different machines, or of different versions, never share
 * a report.
 *
 * @param {string} file
 * @param {Report} fresh the report of this run, without a case so far
 * @returns {Report}
 */
export function reportToAddTo(file, fresh) {
  if (!existsSync(file)) return fresh
  const old = readReport(file)
  const [before, now] = [old, fresh].map(({ quick, machine: { load, ...rest } }) => JSON.stringify([quick, rest]))
  const versions = Object.entries(fresh.versions)
  const changed = versions.filter(([name, version]) => (old.versions[name] ?? version) !== version)
  if (before !== now || changed.length > 0) {
    const why =
      before === now
        ? `other versions of ${changed.map(([name]) => name).join(', ')}`
        : 'another machine, Node or length'
    throw new RangeError(`${file} holds figures of ${why}: measure all cases, or write to another file`)
  }
  const missing = Object.entries({ ...old.missing, ...fresh.missing })
  return {
    ...fresh,
    machine: { ...fresh.machine, load: Math.max(old.machine.load, fresh.machine.load) },
    versions: { ...old.versions, ...fresh.versions },
    missing: Object.fromEntries(missing.filter(([name]) => !(name in fresh.versions))),
    cases: old.cases,
  }
}

/**
 * Puts a case in the place of what the report has of it, or where its order says.
 *
 * @param {Report} report
 * @param {import('../types.d.ts').CaseReport} measured
 * @param {readonly string[]} order names of all cases
 */
export function putCase(report, measured, order) {
  const others = report.cases.filter(({ name }) => name !== measured.name)
  const place = (/** @type {{ name: string }} */ { name }) => order.indexOf(name)
  report.cases.splice(0, Number.POSITIVE_INFINITY, ...[...others, measured].sort((a, b) => place(a) - place(b)))
}
