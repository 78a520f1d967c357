/**
 * A figure that has to be reached: the median named by `figure`, divided by the one named by `over` if there is
 * one, is at least `least` or at most `most`. A name is `case.metric@driver`.
 *
 * @typedef {object} Target
 * @property {string} text
 * @property {string} figure
 * @property {string} [over]
 * @property {number} [least]
 * @property {number} [most]
 */

/**
 * @param {Pick<import('./types.d.ts').Machine, 'node' | 'cores'>} machine where the figures were measured
 * @returns {readonly Target[]}
 */
export const targetsOn = ({ node, cores }) => [
  {
    text: 'start to end, by a plain V8 isolate',
    figure: 'startup.total@isolates',
    over: 'startup.total@native-floor',
    most: 1.5,
  },
  {
    text: 'start to end, worker thread by isolate',
    figure: 'startup.total@worker_threads',
    over: 'startup.total@isolates',
    // From Node 26 on a worker thread starts twice as fast.
    least: Number.parseInt(node.slice(1), 10) >= 26 ? 8 : 15,
  },
  {
    text: 'start to end, process by isolate',
    figure: 'startup.total@child_process',
    over: 'startup.total@isolates',
    least: 20,
  },
  {
    text: 'start to end, isolated-vm by isolate',
    figure: 'startup.total@isolated-vm',
    over: 'startup.total@isolates',
    least: 1,
  },
  {
    text: 'start of a prewarmed isolate',
    figure: 'startup.ready@isolates-prewarmed',
    most: 100e-6,
  },
  {
    text: 'round trip to an isolate with all of Node, by a worker thread',
    figure: 'round-trip.awake@isolates-node',
    over: 'round-trip.awake@worker_threads',
    most: 0.7,
  },
  {
    text: '100 one after another, by 100 at once',
    figure: 'startup-100.sequential@isolates',
    over: 'startup-100.concurrent@isolates',
    least: 0.8 * cores,
  },
  {
    text: 'resident memory of an idle isolate',
    figure: 'memory.resident@isolates',
    most: 2 ** 20,
  },
  {
    text: 'resident memory, worker thread by isolate',
    figure: 'memory.resident@worker_threads',
    over: 'memory.resident@isolates',
    least: 8,
  },
  {
    text: 'proportional memory, worker thread by isolate',
    figure: 'memory.proportional@worker_threads',
    over: 'memory.proportional@isolates',
    least: 8,
  },
  {
    text: 'callSync with a number',
    figure: 'sync-call.call@isolates',
    most: 0.7e-6,
  },
  {
    text: 'sync call, isolated-vm by isolate',
    figure: 'sync-call.call@isolated-vm',
    over: 'sync-call.call@isolates',
    least: 1.3,
  },
  {
    text: 'round trip awake, by worker thread',
    figure: 'round-trip.awake@isolates',
    over: 'round-trip.awake@worker_threads',
    most: 0.7,
  },
  {
    text: 'round trip on idle cores, by worker thread',
    figure: 'round-trip.idle@isolates',
    over: 'round-trip.idle@worker_threads',
    most: 0.7,
  },
  {
    text: 'pipelined calls, by worker thread',
    figure: 'pipelined.rate@isolates',
    over: 'pipelined.rate@worker_threads',
    least: 2.5,
  },
  {
    text: 'pipelined calls, by isolated-vm',
    figure: 'pipelined.rate@isolates',
    over: 'pipelined.rate@isolated-vm',
    least: 4,
  },
  {
    text: 'numbers one way, by postMessage',
    figure: 'one-way.number@isolates',
    over: 'one-way.number@worker_threads',
    least: 2,
  },
  {
    text: 'objects of 100 keys one way, by postMessage',
    figure: 'one-way.object@isolates',
    over: 'one-way.object@worker_threads',
    least: 2,
  },
  {
    text: '1,000 records one way, by postMessage',
    figure: 'one-way.records@isolates',
    over: 'one-way.records@worker_threads',
    least: 2,
  },
  {
    text: 'numbers from unit to unit, by postMessage',
    figure: 'between.rate@isolates',
    over: 'between.rate@worker_threads',
    least: 3,
  },
  {
    text: 'echo awake, by postMessage',
    figure: 'echo.awake@isolates',
    over: 'echo.awake@worker_threads',
    most: 0.7,
  },
  {
    text: 'echo on idle cores, by postMessage',
    figure: 'echo.idle@isolates',
    over: 'echo.idle@worker_threads',
    most: 0.7,
  },
  {
    text: '1 MB string to 8, BroadcastChannel by isolates',
    figure: 'spread.time@worker_threads',
    over: 'spread.time@isolates',
    least: 5,
  },
  {
    text: 'memory of 1 MB string in 8 isolates',
    figure: 'spread.memory@isolates',
    most: 2 * 2 ** 20,
  },
  {
    text: '1 MB by transfer, by 1 KB',
    figure: 'move.large@isolates',
    over: 'move.small@isolates',
    most: 2,
  },
  {
    text: 'a hot value of a store, in a guest',
    figure: 'hot-value.unit@isolates',
    most: 100e-9,
  },
  {
    text: "a hot value of a store, by a Map's",
    figure: 'hot-value.map@isolates',
    most: 10,
  },
  {
    text: '1,000 records in and out, by structured clone',
    figure: 'copy-records.both@structured-clone',
    over: 'copy-records.both@isolates',
    least: 2,
  },
  {
    text: 'a lookup in a table of 10 MB',
    figure: 'lookup.one@isolates',
    most: 500e-9,
  },
  {
    text: 'a table of 10 MB for 8 isolates',
    figure: 'lookup.resident@isolates',
    most: 30 * 2 ** 20,
  },
  {
    text: 'two readers at once, by one',
    figure: 'lookup.speedup@isolates',
    least: 1.7,
  },
  {
    text: "CPU time of a guest, by the host's",
    figure: 'cpu.ratio@isolates',
    most: 1.02,
  },
  {
    text: 'two isolates at once, by one',
    figure: 'scaling.speedup@isolates',
    least: 1.9,
  },
  {
    text: 'import of a bundle, in the first isolate by the others',
    figure: 'import.first@isolates',
    over: 'import.next@isolates',
    least: 3,
  },
  {
    text: 'empty tasks of a pool, 64 in flight',
    figure: 'pool-empty.rate@isolates',
    least: 250e3,
  },
  {
    text: 'empty tasks of a pool, by piscina',
    figure: 'pool-empty.rate@isolates',
    over: 'pool-empty.rate@piscina',
    least: 8,
  },
  {
    text: 'a task of a pool, one at a time',
    figure: 'pool-single.task@isolates',
    most: 20e-6,
  },
  {
    text: 'tasks of 50 µs in a pool, by the main thread alone',
    figure: 'pool-small-tasks.speedup@isolates',
    least: 1.7,
  },
  {
    text: 'one piece of code in an isolate of its own',
    figure: 'evaluate.one@isolates',
    most: 3e-3,
  },
  {
    text: 'one piece of code, from the reserve',
    figure: 'evaluate.one@isolates-prewarmed',
    most: 500e-6,
  },
  {
    text: 'pieces of code, one after another',
    figure: 'evaluate.rate@isolates-prewarmed',
    least: 1000,
  },
  ...['hello', 'json'].flatMap((app) =>
    ['cluster', 'reuse-port'].map((peer) => ({
      text: `requests of 2 workers (${app}), by ${peer}`,
      figure: `server-${app}.two@isolates`,
      over: `server-${app}.two@${peer}`,
      least: 1,
    })),
  ),
  {
    text: 'launch to first answer of 10 workers, by cluster',
    figure: 'server-start.first@isolates',
    over: 'server-start.first@cluster',
    most: 0.5,
  },
  {
    text: 'memory of 10 workers of cluster, by bare isolates',
    figure: 'server-start.memory@cluster',
    over: 'server-start.memory@isolates',
    least: 3,
  },
  {
    text: "others' 99th percentile beside a tenant that loops, by without",
    figure: 'tenants.slower@isolates',
    most: 1.5,
  },
]
