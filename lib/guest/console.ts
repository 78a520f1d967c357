import {
  captureStackTrace,
  defineProperty,
  isArray,
  Map,
  mapDelete,
  mapGet,
  mapHas,
  mapSet,
  slice,
  TypeError,
  toStringTag,
  unshift,
} from './builtins.js'
import { dialect } from './dialect.js'
import type { InspectOptions } from './inspect/context.js'
import { format } from './inspect/format.js'
import { inspect } from './inspect/index.js'
import { indentLines } from './inspect/lines.js'
import { native } from './native.js'
import * as stopwatch from './stopwatch.js'
import { formatTable } from './table.js'

type Printer = (...data: unknown[]) => void

// The state of one isolate: empty while the snapshot is made.
const counts = new Map<string, number>()
let indentation = ''

function write(method: string, stderr: boolean, text: string): void {
  native.print(method, stderr, indentation + indentLines(text, indentation))
}

/** What Node reports as a warning of the process. */
function warn(method: string, text: string): void {
  native.print(method, true, `Warning: ${text}`)
}

/** A method of its own for each name, since `console.info.name` is 'info' and entries tell the method. */
function printer(method: string, stderr: boolean): Printer {
  const methods: Record<string, Printer> = {
    [method](...data) {
      write(method, stderr, format(data))
    },
  }
  return methods[method] as Printer
}

function grouper(method: string): Printer {
  const methods: Record<string, Printer> = {
    [method](...data) {
      if (data.length > 0) write(method, false, format(data))
      indentation += '  '
    },
  }
  return methods[method] as Printer
}

function logTime(method: string, label: string, data: unknown[]): void {
  const time = stopwatch.elapsed(label)
  if (time === undefined) {
    warn(method, `No such label '${label}' for console.${method}()`)
    return
  }
  unshift<unknown>(data, '%s: %s', label, time)
  write(method, false, format(data))
}

const methods = {
  log: printer('log', false),
  info: printer('info', false),
  debug: printer('debug', false),
  warn: printer('warn', true),
  error: printer('error', true),
  dirxml: printer('dirxml', false),
  group: grouper('group'),
  groupCollapsed: grouper('groupCollapsed'),

  groupEnd(): void {
    indentation = slice(indentation, 2)
  },

  dir(value: unknown, options?: InspectOptions): void {
    write('dir', false, inspect(value, { customInspect: false, ...options }))
  },

  table(data: unknown, properties?: readonly string[]): void {
    if (properties !== undefined && !isArray(properties)) throw invalidProperties()
    const text = typeof data === 'object' && data !== null ? formatTable(data, properties) : format([data])
    write('table', false, text)
  },

  time(label: unknown = 'default'): void {
    const name = `${label}`
    if (!stopwatch.start(name)) warn('time', `Label '${name}' already exists for console.time()`)
  },

  timeLog(label: unknown = 'default', ...data: unknown[]): void {
    logTime('timeLog', `${label}`, data)
  },

  timeEnd(label: unknown = 'default'): void {
    const name = `${label}`
    logTime('timeEnd', name, [])
    stopwatch.stop(name)
  },

  count(label: unknown = 'default'): void {
    const name = `${label}`
    const count = (mapGet(counts, name) ?? 0) + 1
    mapSet(counts, name, count)
    write('count', false, `${name}: ${count}`)
  },

  countReset(label: unknown = 'default'): void {
    const name = `${label}`
    if (!mapHas(counts, name)) warn('countReset', `Count for '${name}' does not exist`)
    mapDelete(counts, name)
  },

  assert(condition: unknown, ...data: unknown[]): void {
    if (condition) return
    if (data.length > 0 && (typeof data[0] === 'string' || dialect.stringAssertions)) {
      data[0] = `Assertion failed: ${data[0]}`
    } else {
      unshift<unknown>(data, 'Assertion failed')
    }
    write('assert', true, format(data))
  },

  trace(...data: unknown[]): void {
    const carrier: { name: string; message: string; stack?: unknown } = { name: 'Trace', message: format(data) }
    captureStackTrace(carrier, methods.trace)
    write('trace', true, format([carrier.stack]))
  },

  // Of use to a terminal or a debugger only.
  clear(): void {},
  profile(): void {},
  profileEnd(): void {},
  timeStamp(): void {},
}

function invalidProperties(): TypeError {
  const error: TypeError & { code?: string } = new TypeError('The "properties" argument must be an instance of Array')
  error.code = 'ERR_INVALID_ARG_TYPE'
  return error
}

/** The console object, which by the standard has an empty object for prototype. */
export function createConsole(): object {
  const console: object = { __proto__: {}, ...methods } as object
  return defineProperty(console, toStringTag, { value: 'console', configurable: true })
}
