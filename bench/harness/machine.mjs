import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

/** @returns {import('../types.d.ts').Machine} */
export function machine() {
  return {
    node: process.version,
    v8: process.versions.v8,
    system: `${type()} ${release()} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    load: loadavg()[0] ?? 0,
  }
}
