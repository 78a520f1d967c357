// What the chaos test leaves behind.
import { dlopen } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const addon = { exports: {} }
dlopen(addon, process.env.ISOLATES_ADDON ?? fileURLToPath(new URL('../build/Release/isolates.node', import.meta.url)))

/**
 * What the process still has, in MiB: of the C library, the heap of this thread, and pages. The last has holes in it,
 * which grow with what was ever there at once, so it says little.
 */
export async function held() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await sleep(50)
  }
  const bytes = {
    allocated: addon.exports.allocatedBytes(),
    'of JavaScript': process.memoryUsage().heapUsed,
    resident: process.memoryUsage.rss(),
  }
  return Object.fromEntries(Object.entries(bytes).map(([what, size]) => [what, size / 2 ** 20]))
}

/** By how much each may grow. A C library that is not glibc does not tell what was allocated. */
export function mostGrowth({ allocated }) {
  return [['of JavaScript', 1], allocated > 0 ? ['allocated', 1] : ['resident', 100]]
}
