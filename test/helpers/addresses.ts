import { execFileSync } from 'node:child_process'
import { sanitized } from './sanitizer.js'

/** Whether a program can be given a bound on its addresses. A sanitizer has most of them already. */
export const canLimit: boolean = process.platform === 'linux' && !sanitized && hasPrlimit()

function hasPrlimit(): boolean {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Code by which a program gets so many MiB of addresses more from `few()` on, and as many as it likes from `many()` on. */
export const limited = (mebibytes: number): string => `
  const { readFileSync } = require('fs')
  const size = () => Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
  const limit = (to) => require('child_process').execFileSync('prlimit', ['--pid', process.pid, '--as=' + to + ':'])
  const few = () => limit(size() + ${mebibytes} * 2 ** 20), many = () => limit('unlimited')`
