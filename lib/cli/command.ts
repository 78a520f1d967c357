/** A command of `npx isolates`: takes its arguments, resolves to the exit code. */
export type RunCommand = (args: string[]) => Promise<number>

/** Says on stderr what is wrong with the command line; gives the exit code for that. */
export function invalidUsage(problem: string, usage: string): number {
  process.stderr.write(`isolates: ${problem}\n\n${usage}`)
  return 2
}
