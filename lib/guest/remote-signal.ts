import type { AbortSignalLike } from '../shared/options.js'
import { hasOwn } from './builtins.js'
import { Kind, native } from './native.js'

// The signals that guests give to functions of the host. They are the guest's own objects, whatever it has made of them.

/** A signal that was among the arguments; `at` is twice its index, plus 1 where it is the option `signal` of that. */
export interface Signal {
  readonly signal: AbortSignalLike
  readonly at: number
  listener: (() => void) | undefined
}

function isSignal(value: unknown): value is AbortSignalLike {
  if (typeof value !== 'object' || value === null || native.kind(value) !== Kind.Other) return false
  const signal = value as Partial<AbortSignalLike>
  return typeof signal.aborted === 'boolean' && typeof signal.addEventListener === 'function'
}

/** Takes a signal out of the last argument, which may be one or have one as its property `signal`. */
export function takeSignal(args: unknown[]): Signal | undefined {
  const index = args.length - 1
  const value = args[index]
  if (typeof value !== 'object' || value === null) return undefined
  if (isSignal(value)) {
    args[index] = undefined
    return { signal: value, at: index * 2, listener: undefined }
  }
  if (native.kind(value) !== Kind.Other || !hasOwn(value, 'signal')) return undefined
  const { signal, ...rest } = value as { signal: unknown }
  if (!isSignal(signal)) return undefined
  args[index] = rest
  return { signal, at: index * 2 + 1, listener: undefined }
}

export function stopListening(signal: Signal): void {
  const { listener } = signal
  if (listener === undefined) return
  signal.listener = undefined
  try {
    signal.signal.removeEventListener('abort', listener)
  } catch {
    // The guest's own signal.
  }
}
