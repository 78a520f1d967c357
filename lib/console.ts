import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { inspect } from 'node:util'
import type { Isolate } from './isolate.js'

/**
 * What becomes of the console output of an isolate: printed on the host's stdout and stderr, dropped, or handed to a
 * function.
 */
export type ConsoleOption = 'inherit' | 'ignore' | ((entry: ConsoleEntry) => void)

/** One piece of console output of an isolate. */
export interface ConsoleEntry {
  /**
   * The console method that was called: `log`, `warn`, `table`, ... Of an isolate with `runtime: 'node'`, whose output is
   * what is written to its `process.stdout` and `process.stderr`: `log` or `error` for lines, `write` for a text that no
   * line break ends.
   */
  method: string
  /** The stream that a Node program would have printed it on. */
  stream: 'stdout' | 'stderr'
  /** The formatted text, without a final newline. */
  text: string
  /** The isolate whose code called the console, or above that one. */
  isolate: Isolate
  /** The name of the isolate whose code called the console: another than that of `isolate` when that one made it. */
  name: string
}

/** Prints an entry as Node's own console does: errors of the stream, such as a closed pipe, are nobody's concern. */
export function writeConsole(entry: Pick<ConsoleEntry, 'method' | 'stream' | 'text'>): void {
  const stream = process[entry.stream]
  const silence = (): void => {
    if (stream.listenerCount('error') === 0) stream.once('error', ignore)
  }
  // The error comes from the call, or with an event during it, or, for pipes, with an event later on.
  silence()
  try {
    stream.write(entry.method === 'write' ? entry.text : `${entry.text}\n`, (error) => {
      if (error) silence()
    })
  } catch {
  } finally {
    stream.removeListener('error', ignore)
  }
}

function ignore(): void {}

/**
 * Where Node's versions print differently, found out from the running one; the guest's console is told. The fields
 * are those of `Dialect` in lib/guest/dialect.ts.
 */
export interface ConsoleDialect {
  bracketedSymbolKeys: boolean
  plainBufferFields: boolean
  bareProxies: boolean
  tagRule: 'differs' | 'contained' | 'dotted'
  plainErrors: boolean
  stringAssertions: boolean
}

export function consoleDialect(): ConsoleDialect {
  const options = { customInspect: false, compact: 3, breakLength: 80, sorted: false, depth: 2 } as const
  const show = (value: unknown): string => inspect(value, options)
  return {
    bracketedSymbolKeys: show({ [Symbol('key')]: 0 }).includes('[Symbol'),
    plainBufferFields: !show(new ArrayBuffer(1)).includes('[byteLength]'),
    bareProxies: !show(new Proxy({}, {})).startsWith('Proxy'),
    tagRule: tagRule(show),
    plainErrors: show(Object.create(new Error('outer', { cause: 0 }))).includes('cause'),
    stringAssertions: assertion().includes('[object Object]'),
  }
}

function tagRule(show: (value: unknown) => string): ConsoleDialect['tagRule'] {
  class Word {
    get [Symbol.toStringTag](): string {
      return 'some.Word'
    }
  }
  class MyWord {
    get [Symbol.toStringTag](): string {
      return 'Word'
    }
  }
  if (!show(new Word()).includes('[')) return 'dotted'
  return show(new MyWord()).includes('[') ? 'differs' : 'contained'
}

function assertion(): string {
  let text = ''
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  })
  new Console({ stdout }).assert(false, {} as string)
  return text
}
