import { Control, type Perform } from './control.js'
import type { Command, Report, ThreadData } from './settings.js'

/** What runs in a server's threads, which are Node isolates: their server calls these two by name. */

let perform: Perform | undefined

/** Starts the thread's program, which serves until the isolate ends: so this is under way as long. */
export async function run(data: ThreadData, report: (report: Report) => Promise<void>): Promise<never> {
  const control = new Control(data, report)
  // Each loads much that the other does not need.
  const { start } = await (data.program === 'io' ? import('./io.js') : import('./node.js'))
  perform = await start(control)
  control.ready()
  return await new Promise<never>(() => {})
}

/** They may overlap. */
export async function ask(kind: Command): Promise<unknown> {
  return await perform?.(kind)
}
