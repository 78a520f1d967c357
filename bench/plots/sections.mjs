/** @typedef {import('../types.d.ts').CaseReport} CaseReport */

/** In the order of the page. What is in none of them comes last. @type {readonly { title: string, text?: string, cases: readonly string[] }[]} */
const order = [
  {
    title: 'Starting',
    text: 'A unit is an isolate, a thread, a process or a context: what a driver runs code in. `isolates-prewarmed` takes isolates from a reserve (`prewarm()`), `isolates-node` are isolates with all of Node, `native-floor` is a plain V8 isolate made by the same addon, with nothing of ours around it. `vm` is a context on the host’s own heap and thread, and `isolated-vm` one that the host’s thread makes itself where the case allows that.',
    cases: ['startup', 'startup-100'],
  },
  { title: 'What a unit takes', cases: ['memory', 'memory-units'] },
  {
    title: 'Work',
    text: 'Where the same work is done by more than one core, and from which size of it on that pays. `inline` is the host doing it alone.',
    cases: ['pi-units', 'cut-off-fresh', 'cut-off-warm', 'small-tasks', 'cores', 'scaling', 'cpu'],
  },
  { title: 'Calls', cases: ['sync-call', 'round-trip', 'pipelined'] },
  {
    title: 'Exchange of data',
    cases: ['one-way', 'exchange-text', 'exchange-bytes', 'exchange-records', 'between', 'echo', 'spread', 'move'],
  },
  { title: 'Shared values', cases: ['hot-value', 'copy-records', 'lookup'] },
  { title: 'Modules and limits', cases: ['import', 'precision'] },
  { title: 'Pools and one-shot code', cases: ['pool-empty', 'pool-single', 'pool-small-tasks', 'evaluate'] },
  {
    title: 'Servers',
    text: '`isolates` is `serve()` with bare isolates, `serve-node` the same with all of Node; `http` is one process and one thread, whatever the number of workers says.',
    cases: ['server-hello', 'server-json', 'server-start', 'tenants'],
  },
]

/**
 * @param {readonly CaseReport[]} reports
 * @returns {{ title: string, text?: string, reports: CaseReport[] }[]} those that have some
 */
export function sections(reports) {
  const named = new Set(order.flatMap(({ cases }) => cases))
  const others = reports.filter(({ name }) => !named.has(name)).map(({ name }) => name)
  return [...order, { title: 'Others', cases: others }]
    .map(({ cases, ...rest }) => ({ ...rest, reports: reports.filter(({ name }) => cases.includes(name)) }))
    .filter((section) => section.reports.length > 0)
}
