/**
 * Puts the host's own signal where the guest had one among its arguments: `at` is twice the index of the argument, plus
 * 1 where it is the argument's property `signal`.
 */
export function placeSignal(args: unknown[], at: number, signal: AbortSignal): void {
  const index = at >> 1
  if (index >= args.length) return
  if (at % 2 === 0) {
    args[index] = signal
    return
  }
  const options = args[index]
  if (typeof options === 'object' && options !== null) {
    Object.defineProperty(options, 'signal', { value: signal, writable: true, enumerable: true, configurable: true })
  }
}
