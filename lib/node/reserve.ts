import { join } from 'node:path'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { addonPath, packageRoot } from '../addon.js'

/** Whose a thread is. */
export interface Assignment {
  readonly isolate: number
  /** The folder that imports begin at, with a separator at its end. */
  readonly base: string
}

/** What the first code on a thread finds as its `workerData`. */
export interface ThreadData {
  /** The addon of the host: a second one would share nothing with it. */
  readonly addon: string
  /** Undefined for a spare thread, which is told later. */
  readonly assignment: Assignment | undefined
  /** See `makeLifeline` in natives.ts; to be let go of once the thread has attached itself. */
  readonly lifeline: ArrayBuffer | undefined
}

/** What a spare thread is told when it is taken. */
export interface SpareMessage {
  readonly assignment: Assignment
  /** `process.env` as it is then. */
  readonly env: NodeJS.ProcessEnv
}

interface Spare {
  readonly worker: Worker
  readonly ready: Promise<unknown>
}

const spares: Spare[] = []
let wanted = 0

/** A thread of Node's own that begins with worker.ts. */
export function newWorker(
  assignment: Assignment | undefined,
  options: WorkerOptions,
  lifeline?: ArrayBuffer | undefined,
): Worker {
  const data: ThreadData = { addon: addonPath(), assignment, lifeline }
  // What it prints comes through the addon: see output.ts.
  const transferList = lifeline === undefined ? [] : [lifeline]
  const settings = { ...options, workerData: { isolates: data }, transferList, stdout: true, stderr: true }
  const worker = new Worker(join(packageRoot, 'dist/node/worker.js'), settings)
  worker.unref()
  return worker
}

/** A spare thread, which becomes that isolate's; undefined when there is none. */
export function fromReserve(assignment: Assignment): Worker | undefined {
  const worker = spares.shift()?.worker
  if (worker === undefined) return undefined
  worker.removeAllListeners()
  worker.postMessage({ assignment, env: { ...process.env } } satisfies SpareMessage)
  // Not before the one who takes this one has begun to use it.
  setImmediate(fill).unref()
  return worker
}

/** Keeps so many threads ready, in this thread of Node's; resolves when they are. */
export async function reserve(count: number): Promise<void> {
  wanted = count
  for (const { worker } of spares.splice(count)) void worker.terminate()
  fill()
  await Promise.all(spares.map(({ ready }) => ready))
}

function fill(): void {
  while (spares.length < wanted) spares.push(makeSpare())
}

function makeSpare(): Spare {
  const worker = newWorker(undefined, { name: 'isolates-spare' })
  const ready = new Promise<void>((resolve, reject) => {
    // While somebody waits for it.
    worker.ref()
    worker.once('message', () => {
      worker.unref()
      resolve()
    })
    worker.once('error', reject)
    worker.once('exit', () => {
      const at = spares.findIndex((spare) => spare.worker === worker)
      if (at >= 0) spares.splice(at, 1)
      resolve()
    })
  })
  // For those that are made when nobody waits.
  ready.catch(() => {})
  return { worker, ready }
}
