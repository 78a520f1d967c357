/**
 * How long anything in this suite may take to come about before it counts as never: generous, since only a defect reaches it. Sanitizers make
 * everything several times slower.
 */
export const patience: number = process.env['ISOLATES_SANITIZER'] === undefined ? 30_000 : 60_000

/** Waits until `condition` holds; fails when it does not within `ms`. */
export async function until(condition: () => boolean, what: string, ms: number = patience): Promise<void> {
  const deadline = performance.now() + ms
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Ends every turn of the event loop that is due, so that what was posted to it has been seen. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
