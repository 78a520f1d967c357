/** Figures of an isolate, as the addon gives them. */
export type Figures = ReturnType<typeof figuresOf>

/** Names the numbers of `IsolateStats` in native/engine/isolate_backend.h, in their order; all 0 for an isolate that is gone. */
export function figuresOf(numbers: readonly number[] | undefined) {
  const at = (index: number): number => numbers?.[index] ?? 0
  return {
    heapUsed: at(0),
    heapTotal: at(1),
    heapLimit: at(2),
    external: at(3),
    cpuMs: at(4),
    wallMs: at(5),
    calls: at(6),
    errors: at(7),
    queued: at(8),
    waitMs: at(9),
    channels: at(10),
    channelBytes: at(11),
    storeBytes: at(12),
    sharedBytes: at(13),
  }
}
