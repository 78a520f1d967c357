import type { Worker, WorkerOptions } from 'node:worker_threads'
import { Failure } from '../failure.js'
import type { IsolateOptions } from '../options.js'
import { exposed } from '../remote/expose.js'
import { native, reportUncaught, residences } from '../runtime.js'
import { rootFolder } from './options.js'
import { fromReserve, newWorker } from './reserve.js'

/** The thread of a Node isolate, made by Node's own Worker. */
export interface NodeThread {
  readonly id: number
  terminate(): void
}

/**
 * Starts the thread of an isolate, or takes a spare one.
 *
 * @throws What `Worker` throws for its options; RangeError for a root that is not there; NotShareableError.
 */
export function startThread(handle: object, options: IsolateOptions): NodeThread {
  const { name, memoryLimit, globals, timeout = 0, uncaughtErrors, expose, maxPendingCalls = 1024 } = options
  const base = rootFolder(options.modules?.root)
  const boot = expose === undefined ? undefined : { expose: exposed(expose) }
  const ends = uncaughtErrors === 'close'
  const limit = (memoryLimit ?? 0) * 2 ** 20
  const id = native.createNode(handle, name, globals, timeout, ends, boot, maxPendingCalls, limit)
  const assignment = { isolate: id, base }
  const settings = threadSettings(options)
  let worker: Worker
  try {
    worker =
      (settings === undefined ? fromReserve(assignment) : undefined) ??
      newWorker(assignment, { name: name ?? `isolate-${id}`, ...settings }, native.makeLifeline(id))
  } catch (error) {
    native.terminate(id)
    native.nodeGone(id, false, false)
    throw error
  }
  let outOfMemory = false
  let failed = false
  worker.on('error', (error) => {
    if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') {
      outOfMemory = true
      return
    }
    failed = true
    const { message } = error as Error
    const failure = new Failure('ERR_REMOTE', error, '', message, false)
    reportUncaught(id, { kind: 'uncaughtException' }, failure.toError(undefined))
  })
  worker.on('exit', (code) => {
    const residence = residences.get(id)
    if (residence !== undefined) residence.exitCode = code
    native.nodeGone(id, outOfMemory, failed)
  })
  return { id, terminate: () => void worker.terminate() }
}

/** What a thread has to be made with; undefined where any will do. */
function threadSettings({ memoryLimit, env, argv, execArgv }: IsolateOptions): WorkerOptions | undefined {
  const settings: WorkerOptions = {}
  if (memoryLimit !== undefined) settings.resourceLimits = { maxOldGenerationSizeMb: memoryLimit }
  if (env !== undefined) settings.env = env as NonNullable<WorkerOptions['env']>
  if (argv !== undefined) settings.argv = argv
  if (execArgv !== undefined) settings.execArgv = execArgv
  return Object.keys(settings).length === 0 ? undefined : settings
}
