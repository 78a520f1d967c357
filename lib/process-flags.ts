/** The last of the flags of this process, or of its environment, that matches. */
function lastFlag(pattern: RegExp): string | undefined {
  const flags = [...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/), ...process.execArgv]
  return flags.map((flag) => flag.replaceAll('_', '-')).findLast((flag) => pattern.test(flag))
}

/**
 * Isolates must start from the snapshot that Node itself started from. Without it (`--no-node-snapshot`) the process
 * has V8's own, and an isolate from Node's would read wrong strings.
 */
export function runsFromNodeSnapshot(): boolean {
  return lastFlag(/^--(no-)?node-snapshot$/) !== '--no-node-snapshot'
}

/** Whether the user has said how V8 optimises, so that it is not changed for guests. */
export function ownsRecompilation(): boolean {
  return lastFlag(/^--((no-)?concurrent-recompilation|single-threaded|predictable|jitless)$/) !== undefined
}

/** The same for WebAssembly. */
export function ownsWasmTiering(): boolean {
  return lastFlag(/^--(no-)?wasm-dynamic-tiering$/) !== undefined
}
