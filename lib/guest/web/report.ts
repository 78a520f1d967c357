import { report } from './event-target.js'

/** Reports an error as one that nobody has caught: the host is told, and the guest goes on. */
export function reportError(...args: unknown[]): void {
  if (args.length === 0) throw new TypeError("Failed to execute 'reportError': the error is missing")
  report(args[0])
}
