import { exposed } from '../remote/expose.js'
import type { HostFunctions } from '../remote/types.js'
import type { FetchDoor } from './fetch.js'

/** What the runtime in a guest is told before its first code; undefined when there is nothing to tell. */
export function bootData(
  expose: HostFunctions | undefined,
  fetch: FetchDoor | undefined,
  serves: boolean,
): object | undefined {
  if (expose === undefined && fetch === undefined && !serves) return undefined
  return {
    ...(serves ? { serve: true } : {}),
    ...(expose === undefined ? {} : { expose: exposed(expose) }),
    ...(fetch === undefined ? {} : { fetch: exposed(fetch.functions()) }),
  }
}
