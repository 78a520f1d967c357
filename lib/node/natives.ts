/** The addon's functions for isolates that are Node environments; conventions as in `Native`. */
export interface NodeNatives {
  /** As `create`, for an isolate that is a Node environment; its thread is the caller's to start. */
  createNode(
    handle: object,
    name: string | undefined,
    globals: object | undefined,
    timeout: number,
    endsOnError: boolean,
    boot: object | undefined,
    maxPendingCalls: number,
    memoryLimit: number,
  ): number
  /** Whether this thread stands still until that isolate, which has a thread of its own, has answered. */
  isWaitingFor(id: number): boolean
  /**
   * To be handed over to that thread with what it is told: so a host that waits for it learns when it ends before it
   * has begun. Undefined where V8 takes no memory from outside.
   */
  makeLifeline(id: number): ArrayBuffer | undefined
  /** That thread is gone; `failed` when an error has ended it. */
  nodeGone(id: number, outOfMemory: boolean, failed: boolean): void
  /**
   * On that thread, once: makes it the isolate's. Gives what lib/guest/remote.ts is built on, or undefined when the
   * isolate was told to end. Scripts of the host import as `like` does, from `base` where they have no file.
   */
  attachNode(id: number, like: (...args: never[]) => void, base: string): object | undefined
  /** Defines the isolate's globals, and begins with what it was asked. */
  startNode(): void
  /** Output of the isolate; `isLine` when it ends with a line break, which is left out. */
  printNode(toStderr: boolean, isLine: boolean, text: string): void
  uncaughtNode(isRejection: boolean, error: unknown): void
}
