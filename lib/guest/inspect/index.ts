import { customInspect, defineProperty } from '../builtins.js'
import { createContext, type InspectOptions } from './context.js'
import { formatValue } from './value.js'

/**
 * A value as text, the way `util.inspect` of Node has it. The format, down to the arithmetic of columns and of repeated
 * stack frames, is the one defined by Node's lib/internal/util/inspect.js (MIT licence).
 */
export function inspect(value: unknown, options?: InspectOptions | boolean): string {
  return formatValue(createContext(options), value, 0)
}

// Custom inspect functions get `inspect` itself and may look for the symbol there.
defineProperty(inspect, 'custom', { value: customInspect })
