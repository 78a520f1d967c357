import { crossingsOf } from './crossings.mjs'
import { format } from './format.mjs'
import { table } from './table.mjs'
import { tablesOf } from './tables.mjs'

/**
 * @param {import('../types.d.ts').Machine} machine
 * @param {Readonly<Record<string, string>>} versions
 */
export function headline(machine, versions) {
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const busy = machine.load > machine.cores / 2
  return [
    `Node ${machine.node} (V8 ${machine.v8}), ${machine.system}`,
    `${machine.cpu}, ${machine.cores} cores, ${format(machine.memory, 'bytes')}`,
    peers.join(', '),
    ...(busy ? [`The machine is busy (load ${machine.load.toFixed(1)}): expect figures that are too high.`] : []),
  ].join('\n')
}

/** @param {import('../types.d.ts').CaseReport} report */
export function caseText(report) {
  const { name, title, failed } = report
  const pays = crossingsOf(report).map(({ text }) => `  ${text}`)
  const failures = Object.entries(failed).map(([driver, problem]) => `  ${driver} failed: ${problem}`)
  return [
    `${name}: ${title}`,
    ...tablesOf(report).map(({ head, rows }) => table(head, rows)),
    ...pays,
    ...failures,
  ].join('\n')
}
