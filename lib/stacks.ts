/** A guest's stack for people: without the frames of the guest runtime, and with the places that source maps tell. */
export function readableStack(stack: string, map: ((stack: string) => string) | undefined): string {
  const own = stack.replace(/\n {4}at [^\n]*\bisolates:guest:[^\n]*/g, '')
  return map === undefined ? own : map(own)
}
