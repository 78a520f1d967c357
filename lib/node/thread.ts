import { join } from 'node:path'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { Failure } from '../failure.js'
import { addonPath } from '../native.js'
import type { IsolateOptions } from '../options.js'
import { exposed } from '../remote/expose.js'
import { native, reportUncaught } from '../runtime.js'
import { rootFolder } from './options.js'

/** What the first code on the thread of a Node isolate finds as its `workerData`. */
export interface ThreadData {
  readonly isolate: number
  /** Where imports begin. */
  readonly base: string
  /** The addon of the host: a second one would share nothing with it. */
  readonly addon: string
}

/** The thread of a Node isolate, made by Node's own Worker. */
export interface NodeThread {
  readonly id: number
  terminate(): void
}

/**
 * Starts the thread of an isolate.
 *
 * @throws What `Worker` throws for its options; NotShareableError.
 */
export function startThread(handle: object, options: IsolateOptions): NodeThread {
  const { name, memoryLimit, globals, timeout = 0, uncaughtErrors, expose, maxPendingCalls = 1024 } = options
  const base = rootFolder(options.modules?.root)
  const boot = expose === undefined ? undefined : { expose: exposed(expose) }
  const ends = uncaughtErrors === 'close'
  const limit = (memoryLimit ?? 0) * 2 ** 20
  const id = native.createNode(handle, name, globals, timeout, ends, boot, maxPendingCalls, limit)
  const data: ThreadData = { isolate: id, base, addon: addonPath }
  let outOfMemory = false
  const settings: WorkerOptions = {
    workerData: { isolates: data },
    name: name ?? `isolate-${id}`,
    // What it prints comes through the addon: see worker.ts.
    stdout: true,
    stderr: true,
  }
  if (memoryLimit !== undefined) settings.resourceLimits = { maxOldGenerationSizeMb: memoryLimit }
  if (options.env !== undefined) settings.env = options.env as NonNullable<WorkerOptions['env']>
  if (options.argv !== undefined) settings.argv = options.argv
  if (options.execArgv !== undefined) settings.execArgv = options.execArgv
  let worker: Worker
  try {
    worker = new Worker(join(__dirname, 'worker.js'), settings)
  } catch (error) {
    native.terminate(id)
    native.nodeGone(id, false)
    throw error
  }
  worker.unref()
  worker.on('error', (error) => {
    if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') outOfMemory = true
    else
      reportUncaught(
        id,
        { kind: 'uncaughtException' },
        new Failure('ERR_REMOTE', error, '', '', false).toError(undefined),
      )
  })
  worker.on('exit', () => native.nodeGone(id, outOfMemory))
  return { id, terminate: () => void worker.terminate() }
}
