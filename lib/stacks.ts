let map = (stack: string): string => stack

/** Called when the first isolate has modules: from then on stacks may name places that have a source map. */
export function useStackMap(mapStack: (stack: string) => string): void {
  map = mapStack
}

/** A guest's stack for people: without the frames of the guest runtime, and with the places that source maps tell. */
export function readableStack(stack: string): string {
  return map(stack.replace(/\n {4}at [^\n]*\bisolates:guest:[^\n]*/g, ''))
}
