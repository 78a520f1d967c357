import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fewest, shiftOf } from '../bench/compare/signed-rank.mjs'
import { each, judge } from '../bench/compare/verdict.mjs'
import { node, root } from './helpers/child.js'

const time = { label: 'a time', unit: 'seconds' } as const
const rate = { label: 'a rate', unit: 'per second' } as const

/** Numbers between 0 and 1 that are the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Pairs as a shared machine gives them: both slow down together, noise is lopsided, and one in ten is a stray. */
function measured(random: () => number, change: number, count = 20): [number, number][] {
  let machine = 1
  const figure = () => machine * (1 + 0.03 * random() ** 2) * (random() < 0.1 ? 1 + random() : 1)
  return Array.from({ length: count }, () => {
    machine *= 0.97 + 0.06 * random()
    return [figure(), figure() * change]
  })
}

describe('the interval of a shift', () => {
  it('is the one of the textbooks', () => {
    // Hollander and Wolfe, Nonparametric Statistical Methods, example 3.1: nine patients, 96.1 %.
    const differences = [-0.952, 0.147, -1.022, -0.43, -0.62, -0.59, -0.49, 0.08, -0.01]
    const { estimate, low, high } = shiftOf(differences, 0.96)
    expect([estimate, low, high].map((value) => Number(value.toFixed(3)))).toEqual([-0.46, -0.786, -0.01])
  })

  it('asks for as many pairs as its confidence takes', () => {
    expect([0.9, 0.95, 0.99].map(fewest)).toEqual([5, 6, 8])
    expect(() => shiftOf([1, 2, 3, 4, 5], 0.95)).toThrow('5 pairs are too few: 6 are the least')
  })

  it('has all differences between its ends when there are just enough', () => {
    expect(shiftOf([3, 1, 2, 6, 5, 4], 0.95)).toEqual({ estimate: 3.5, low: 1, high: 6 })
  })
})

describe('two builds', () => {
  it('that are alike are called different no more often than the confidence says', () => {
    const random = randomFrom(1)
    const runs = Array.from({ length: 1_000 }, () => judge(measured(random, 1), time, 0.95).text)
    expect(runs.filter((text) => text !== 'no difference').length).toBeLessThan(65)
  })

  it('of which one takes 5 % more time are told apart through all that noise three times in four, and never the wrong way round', () => {
    const random = randomFrom(2)
    const runs = Array.from({ length: 300 }, () => judge(measured(random, 1.05), time, 0.95))
    expect(runs.filter(({ text }) => text === 'worse').length).toBeGreaterThan(225)
    expect(runs.filter(({ text }) => text === 'better')).toEqual([])
    expect(runs.filter(({ low, high }) => low <= 1.05 && 1.05 <= high).length).toBeGreaterThan(275)
  })

  it('are better or worse by what their figure counts', () => {
    const pairs = measured(randomFrom(3), 1.5)
    expect([judge(pairs, time, 0.95).text, judge(pairs, rate, 0.95).text]).toEqual(['worse', 'better'])
    expect(judge(pairs, { ...rate, better: 'less' }, 0.95).text).toBe('worse')
  })

  it('have to be surer of each of many figures than of one', () => {
    expect([each(0.95, 1), each(0.95, 10)].map((value) => Number(value.toFixed(6)))).toEqual([0.95, 0.995])
  })
})

describe('bench/compare', () => {
  const compare = (...args: string[]) => node([join(root, 'bench/compare/index.mjs'), ...args], { deadline: 200_000 })

  it('finds no difference between a build and itself', async () => {
    // Sixteen pairs can be that sure; one run in ten thousand may find one.
    const plan = ['--cases', 'sync-call', '--pairs', '16', '--milliseconds', '5', '--confidence', '0.9999']
    const { code, stdout, stderr } = await compare('.', '.', ...plan, '--check')
    expect(stderr).toBe('')
    expect(stdout).toMatch(/per call .* no difference/)
    expect(code).toBe(0)
  }, 240_000)

  it('says what is wrong with what it was asked', async () => {
    const answers = await Promise.all([
      compare('.', '--cases', 'nothing'),
      compare('no-such-commit', '--cases', 'startup'),
      compare('.', '--cases', 'sync-call', '--pairs', '3'),
      compare('.', '--cases', 'hot-value', '--driver', 'worker_threads'),
    ])
    expect(answers.map(({ code, stderr }) => [code, stderr.split('\n')[0]])).toEqual([
      [2, expect.stringContaining("There is no 'nothing'; there are startup, ")],
      [2, "'no-such-commit' is neither a folder, nor a file, nor a commit"],
      [2, 'sync-call needs --pairs 6 at least, for the confidence asked for'],
      [2, 'worker_threads cannot do the case hot-value'],
    ])
  })
})
