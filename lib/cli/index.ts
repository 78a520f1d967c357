#!/usr/bin/env node
import { invalidUsage, type RunCommand } from './command.js'

/** What `npx isolates <name>` runs; a command's file is loaded when it is asked for. */
const commands: Record<string, { summary: string; load(): Promise<{ run: RunCommand }> }> = {
  serve: {
    summary: 'a web server: npx isolates serve app.mjs --workers 4 --port 3000 --watch',
    load: () => import('./serve.js'),
  },
  doctor: {
    summary: 'what was loaded, from where, on which system, and whether it works; --json for programs',
    load: () => import('./doctor.js'),
  },
  explain: {
    summary: 'what an error code means and what to do: npx isolates explain ERR_TIMEOUT',
    load: () => import('./explain.js'),
  },
}

const help = `Usage: npx isolates <command>

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join('\n')}
`

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || ['help', '--help', '-h'].includes(name)) {
    process.stdout.write(help)
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) return invalidUsage(`there is no command ${JSON.stringify(name)}`, help)
  const { run } = await command.load()
  return await run(args)
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = 1
  },
)
